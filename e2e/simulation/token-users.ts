import type { DocumentId } from "@polylogue/protocol"
import { isLacking, tokenOf, waitFor } from "@polylogue/replica"
import type { DeviceTab, OpenView } from "./device-tab.ts"
import type { Fleet } from "./fleet.ts"
import { OperationSet } from "./operation.ts"
import type { Random } from "./random.ts"
import { checkSessionGuarantees, describeViolation, type SessionEvent } from "./session-guarantees.ts"
import type { World } from "./world.ts"

/** People who go from device to device with a token. */
const USERS = 3
/** Virtual milliseconds after which somebody leaves a device that does not answer. */
const PATIENCE_MS = 15_000
/** Virtual milliseconds in which a token is satisfied when all is healed. */
const HEALED_MS = 10_000

/** People who read and write on whichever device is at hand, and carry with them, as a token per document, what they have seen. */
export class TokenUsers {
  readonly #fleet: Fleet
  readonly #random: Random
  readonly #history: SessionEvent[] = []
  readonly #users: TokenUser[]

  constructor(fleet: Fleet) {
    this.#fleet = fleet
    this.#random = fleet.world.random.fork("token users")
    this.#users = Array.from({ length: USERS }, (_, index) => {
      const name = `user-${index + 1}`
      return new TokenUser(fleet, name, this.#random.fork(name), this.#history)
    })
  }

  /** One of them does one thing. */
  act(): void {
    this.#random.pick(this.#users).act()
  }

  /** When all is healed: a token of each device is satisfied on another, and nobody was ever shown less than they may count on (I3). */
  async check(): Promise<void> {
    const { world, devices } = this.#fleet
    if (world.options.tokenOperations === 0) return
    const tabs = devices.flatMap((device) => device.usableTabs())
    for (const documentId of world.documents) {
      for (const [index, from] of tabs.entries()) {
        // What a relay has under other stamps is noted in the store; one that failed then knows it again with the next connection.
        if (this.#fleet.device(deviceOf(from)).failedCommits === 0) await this.#carry(documentId, from, tabs[(index + 1) % tabs.length]!)
      }
    }
    for (const violation of checkSessionGuarantees(this.#history)) world.complain("I3", describeViolation(violation))
  }

  async #carry(documentId: DocumentId, from: DeviceTab, to: DeviceTab): Promise<void> {
    const { clock, complain } = this.#fleet.world
    const [there, here] = [from.views.get(documentId), to.views.get(documentId)]
    if (there === undefined || here === undefined || to.replica === undefined) return
    const token = await clock.complete(tokenOf(there.document), HEALED_MS, "making a token")
    const owed = shownBy(there)
    try {
      await clock.complete(waitFor(to.replica, token, { deadlineMs: HEALED_MS }), HEALED_MS * 2, "waiting for a token")
    } catch (error) {
      complain("I3", `${to.session} does not get what ${from.session} has when all is healed: ${String(error)}`)
      return
    }
    const session = `${from.session} to ${to.session}`
    this.#history.push({ kind: "read", session, documentId, shown: owed }, { kind: "read", session, documentId, shown: shownBy(here) })
  }
}

/** One of them. */
class TokenUser {
  readonly #fleet: Fleet
  readonly #world: World
  readonly #name: string
  readonly #random: Random
  readonly #history: SessionEvent[]
  /** What they carry: the token for a document, and the device that it is of. */
  readonly #carried = new Map<DocumentId, { readonly token: string; readonly device: string }>()
  /** Counts their visits; 0 between two of them. */
  #visit = 0
  #visits = 0

  constructor(fleet: Fleet, name: string, random: Random, history: SessionEvent[]) {
    this.#fleet = fleet
    this.#world = fleet.world
    this.#name = name
    this.#random = random
    this.#history = history
  }

  /** Goes to a device that shows one of the documents, unless they are at one. */
  act(): void {
    if (this.#visit !== 0) return
    const documentId = this.#random.pick(this.#world.documents)
    const tabs = this.#fleet.devices.flatMap((device) => device.usableTabs()).filter(({ views }) => views.has(documentId))
    if (tabs.length === 0) return
    const visit = ++this.#visits
    this.#visit = visit
    const leave = (): void => {
      if (this.#visit === visit) this.#visit = 0
    }
    // The tab may die over it, and never answer.
    this.#world.clock.schedule(PATIENCE_MS, leave)
    const tab = this.#random.pick(tabs)
    this.#use(tab, documentId, () => this.#visit === visit)
      .catch((error: unknown) => this.#world.trace(`${this.#name} at ${tab.session}: ${String(error)}`))
      .finally(leave)
  }

  /** Reads at least what they carry, perhaps writes, and takes along what they have seen. */
  async #use(tab: DeviceTab, documentId: DocumentId, isHere: () => boolean): Promise<void> {
    const view = tab.views.get(documentId)!
    if (!(await this.#reads(tab, view)) || !isHere() || !tab.usable || tab.views.get(documentId) !== view) return
    const session = this.#name
    const step = { session, documentId }
    // What the device has not sent yet may go down with it: nobody counts on that elsewhere.
    this.#history.push({ kind: "read", ...step, shown: shownBy(view), promised: new Set() })
    const write = this.#random.chance(0.6) ? tab.operateIn(documentId, this.#random)?.index : undefined
    if (write !== undefined) {
      this.#history.push({ kind: "write", ...step, write })
      if (this.#carried.has(documentId)) this.#world.count("written behind a token")
    }
    const shown = shownBy(view)
    const token = await tokenOf(view.document, { after: "stored" })
    if (!isHere()) return
    if (write !== undefined) this.#history.push({ kind: "stored", ...step, write })
    this.#history.push({ kind: "read", ...step, shown })
    this.#carried.set(documentId, { token, device: deviceOf(tab) })
    this.#world.trace(`${session} takes a token of ${documentId} from ${tab.session}`)
  }

  /** Waits for what they carry. @returns whether it is shown. */
  async #reads(tab: DeviceTab, { document: { documentId } }: OpenView): Promise<boolean> {
    const carried = this.#carried.get(documentId)
    if (carried === undefined || this.#world.options.sabotage === "nobody waits for tokens") return true
    const deadlineMs = this.#random.pick([0, 300, 3_000, 10_000])
    const { clock } = this.#world
    const from = clock.elapsedMs
    try {
      await waitFor(tab.replica!, carried.token, { deadlineMs })
      this.#world.count(carried.device === deviceOf(tab) ? "token shown on the same device" : "token shown on another device")
      if (clock.elapsedMs > from) this.#world.count("token waited for")
      return true
    } catch (error) {
      if (!isLacking(error)) throw error
      const { why, lacking } = error
      this.#world.trace(`${this.#name} at ${tab.session}: ${error.message}`)
      this.#world.count("token given up with what is lacking")
      if (lacking.length === 0 || lacking.some(({ ranges }) => ranges.length === 0))
        this.#world.complain("I3", `${tab.session} gives ${this.#name} up and does not say what is lacking`)
      if (why !== "forbidden" && why !== "refused" && clock.elapsedMs < from + deadlineMs)
        this.#world.complain("I3", `${tab.session} gives ${this.#name} up ${why} before the deadline`)
      return false
    }
  }
}

function deviceOf({ session }: DeviceTab): string {
  return session.split("/")[0]!
}

function shownBy({ knowledge }: OpenView): ReadonlySet<number> {
  return new Set(knowledge.visible.without(new OperationSet()))
}
