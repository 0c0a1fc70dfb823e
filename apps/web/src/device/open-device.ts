import { createPolylogue, type Polylogue } from "@polylogue/react"
import type { Keeps, Replica } from "@polylogue/replica"
import { browserTabs, browserWake, dialWebSocket, openPageReplica, randomBytes, systemClock } from "@polylogue/replica/browser"
import type { EntryLog } from "@polylogue/storage"
import { IndexedDbEntryLog } from "@polylogue/storage/indexeddb"
import { followCutOff, isCutOff } from "../sync/cut-off.ts"
import { followToken, readToken, signedInUser, takeTokenFromAddress, watchUser } from "../identity/access.ts"
import { loadIdentity, shownName } from "../identity/identity.ts"
import { otherRelays } from "./other-relays.ts"
import { STORE_NAME } from "./store-name.ts"

const WORKSPACE = "home"

/**
 * Opens this device's copy: from IndexedDB, and where the browser refuses that, in memory, saying so. Never waits for the network. `show` is called
 * once it is open, and again when somebody else signs in.
 */
export async function openDevice(show: (polylogue: Polylogue) => void): Promise<void> {
  takeTokenFromAddress()
  const replica = await openHere()
  followCutOff(replica)
  followToken(replica)
  watchUser(() => show(polylogueOf(replica)))
  show(polylogueOf(replica))
  void import("./learn-relays.ts").then(({ learnRelays }) => learnRelays())
}

function polylogueOf(replica: Replica): Polylogue {
  const user = signedInUser()
  return createPolylogue({
    replica,
    workspace: WORKSPACE,
    writer: loadIdentity().id,
    // A relay gives nobody else's private documents to this one.
    ...(user === undefined ? {} : { user }),
    author: () => {
      const { id, ...rest } = loadIdentity()
      return { id, kind: "person", name: shownName(rest) }
    },
  })
}

async function openHere(): Promise<Replica> {
  try {
    return await open(new IndexedDbEntryLog({ name: STORE_NAME }), "durable")
  } catch (error) {
    // A store made by a newer version is there and must not be passed over: words would seem to be gone.
    if (codeOf(error) === "newer") throw error
    // Few browsers need it.
    const { memoryStore } = await import("./memory-store.ts")
    return open(memoryStore(), "tab")
  }
}

function open(store: EntryLog, keeps: Keeps): Promise<Replica> {
  const { protocol, host } = location
  // Tabs share what is on disk; a store in memory is this tab's alone.
  const tabs = keeps === "tab" ? undefined : browserTabs(STORE_NAME)
  return openPageReplica({
    store,
    keeps,
    relays: [`${protocol === "https:" ? "wss" : "ws"}://${host}/sync`, ...otherRelays()],
    dial: dialWebSocket,
    fetch: (url, request) => fetch(url, request),
    clock: systemClock,
    randomBytes,
    wake: browserWake,
    cutOff: isCutOff(),
    token: readToken(),
    ...(tabs === undefined ? {} : { tabs }),
    agent: "polylogue-web",
  })
}

function codeOf(error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code
  return code === "storage" ? codeOf((error as { cause?: unknown }).cause) : code
}
