import type { RelayStatus } from "@polylogue/replica"
import { dialWebSocket, openPageReplica, randomBytes, systemClock } from "@polylogue/replica/browser"
import { memoryStore } from "./memory-store.ts"

/** What comes from outside; by default the browser's. */
export type CheckEnvironment = Pick<Parameters<typeof openPageReplica>[0], "dial" | "clock" | "randomBytes">

const BROWSER: CheckEnvironment = { dial: dialWebSocket, clock: systemClock, randomBytes }

/** A relay that has said nothing for so many milliseconds is not there. */
const PATIENCE_MS = 15_000

/**
 * Dials a relay as this device would, shows it `token`, and says how that went; nothing is written there or here. Over when the relay has
 * answered, and after a while without.
 */
export async function checkRelay(url: string, token: string, environment = BROWSER): Promise<RelayStatus> {
  const replica = await openPageReplica({
    ...environment,
    store: memoryStore(),
    keeps: "tab",
    relays: [url],
    token,
    agent: "polylogue-web",
  })
  try {
    return await new Promise<RelayStatus>((resolve) => {
      const slow: RelayStatus = { url, health: "slow", code: undefined, welcomeMs: undefined }
      const cancel = environment.clock.setTimer(() => resolve(slow), PATIENCE_MS)
      const look = (): void => {
        const [relay] = replica.status.relays
        if (relay === undefined || relay.health === "untried") return
        cancel()
        resolve(relay)
      }
      replica.subscribe(look)
      look()
    })
  } finally {
    await replica.close()
  }
}
