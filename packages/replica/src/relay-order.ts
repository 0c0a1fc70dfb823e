import { type Code, codeName, type Frame, type FrameOf, isPermanent } from "@polylogue/protocol"
import type { RelaySocket, RelaySocketHost } from "./relay-socket.ts"

/**
 * How an address stood when it was last tried: `untried`, or not for a long time; it let us in (`well`); no answer in time (`slow`); no
 * connection, or one that ended (`unreachable`); a permanent code, so that it is not tried again before `reconnect` or another token (`refused`).
 */
export type RelayHealth = "untried" | "well" | "slow" | "unreachable" | "refused"

/** One of the relays that a replica knows. */
export interface RelayStatus {
  readonly url: string
  readonly health: RelayHealth
  /** Why it failed last; `undefined` when it has not, and when there was no code. */
  readonly code: Code | undefined
  /** Milliseconds from dialling to being let in, smoothed; `undefined` when it is not known, or not any more. */
  readonly welcomeMs: number | undefined
}

/** In which order relays are tried. Time comes in as an argument. */
export interface RelayOrder {
  /** What the device is mostly there for is known: from now on it decides between equals. */
  settle(affinity: string): void
  /** The address to try now, each once in a round; `undefined` when the round is over. */
  next(now: number): string | undefined
  /** All may be tried once more. */
  newRound(): void
  /** Whether no address may be tried before `reconsider`. */
  readonly refused: boolean
  /** `url` has let us in, `tookMs` milliseconds after it was dialled. */
  welcomed(url: string, tookMs: number, now: number): void
  /** The connection to `url` ended after it had stood for a while: the failures before it are over. */
  stood(url: string): void
  /** The attempt at `url`, or the connection to it, failed with the close code `code`. What this end found wrong (`own`) is never permanent. */
  failed(url: string, code: number, now: number, own: boolean): void
  /** The device woke up, perhaps in another network: what failed may have been its own fault. */
  forgive(): void
  /** Those that refused may be tried again. */
  reconsider(): void
  /** All addresses, that which would be tried first at the front. */
  statuses(now: number): readonly RelayStatus[]
}

/** Looks after better relays than the present one, from `begin` to `end`. */
export interface RelayLooking {
  begin(current: string): void
  end(): void
}

/** What looking after better relays needs of the connection. */
export interface LookingHost extends RelaySocketHost {
  /** Whether nothing is under way, and nothing was for a while. */
  quiet(): boolean
  /** What is known of relays has changed. */
  looked(): void
  /** The socket that has just been let in is the better one. It tells nobody anything before `listen`. */
  move(socket: RelaySocket, welcome: FrameOf<"welcome">, rest: readonly Frame[]): void
}

/** Makes what devices with several relays need, or loads its code first: a page of one relay has no use for it. */
export type MakeManyRelays = (
  urls: readonly string[],
  host: LookingHost,
) => Promise<{ readonly order: RelayOrder; readonly looking: RelayLooking }>

/** How an address is that failed with `code`. */
export function healthOf(code: number, own: boolean): RelayHealth {
  const name = codeName(code)
  if (!own && isPermanent(code)) return "refused"
  return name === "handshake-timeout" || name === "heartbeat-lost" ? "slow" : "unreachable"
}

/** One relay; or several, as long as the code that chooses among them is not there: in turn, beginning with the one that was well last. */
export class RelaysInTurn implements RelayOrder {
  #relays: readonly RelayStatus[]
  readonly #tried = new Set<string>()

  constructor(urls: readonly string[]) {
    this.#relays = urls.map((url) => ({ url, health: "untried", code: undefined, welcomeMs: undefined }))
  }

  settle(): void {}

  next(): string | undefined {
    const next = this.#relays.find(({ url, health }) => health !== "refused" && !this.#tried.has(url))?.url
    if (next !== undefined) this.#tried.add(next)
    return next
  }

  newRound(): void {
    this.#tried.clear()
  }

  get refused(): boolean {
    return this.#relays.every(({ health }) => health === "refused")
  }

  welcomed(url: string, tookMs: number): void {
    this.#relays = [{ url, health: "well", code: undefined, welcomeMs: tookMs }, ...this.#others(url)]
  }

  stood(url: string): void {
    this.#tried.clear()
    this.#tried.add(url)
  }

  failed(url: string, code: number, _now: number, own: boolean): void {
    this.#relays = [...this.#others(url), { url, health: healthOf(code, own), code: codeName(code), welcomeMs: undefined }]
  }

  forgive(): void {
    this.newRound()
  }

  reconsider(): void {
    this.newRound()
    this.#relays = this.#relays.map((relay) => (relay.health === "refused" ? { ...relay, health: "untried" } : relay))
  }

  statuses(): readonly RelayStatus[] {
    return this.#relays
  }

  #others(than: string): readonly RelayStatus[] {
    return this.#relays.filter(({ url }) => url !== than)
  }
}
