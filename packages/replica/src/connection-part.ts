import type { Code } from "@polylogue/protocol"
import type { PrepareHandOver } from "./hand-over.ts"
import type { MakeManyRelays, RelayStatus } from "./relay-order.ts"
import type { Session } from "./session.ts"
import type { SessionHost } from "./session-host.ts"
import type { Tokens } from "./tokens.ts"

/** What a connection shows of itself. */
export interface ConnectionFacts {
  readonly connection: "offline" | "connecting" | "online" | "refused"
  readonly code: Code | undefined
  readonly relay: string | undefined
  /** All addresses and how they are, that which would be tried first at the front. */
  readonly relays: readonly RelayStatus[]
  readonly principal: string | undefined
  /** When the grants end, by the device's clock. */
  readonly expiresAt: number | undefined
  readonly relayTimeOffsetMs: number
}

/** What a connection needs of its replica. */
export interface ConnectionHost extends SessionHost {
  readonly relays: readonly string[]
  readonly agent: string
  readonly tokens: Pick<Tokens, "current" | "mark">
  /** What decides between relays that are equally near; `undefined` while that is not known. */
  readonly affinity: string | undefined
  readonly make: { readonly prepareHandOver: PrepareHandOver; readonly manyRelays: MakeManyRelays }
  /** The facts changed. */
  connectionChanged(facts: ConnectionFacts): void
  /** A session stands: the replica says which documents it wants. */
  sessionBegan(session: Session): void
  sessionEnded(): void
}

/** At most one session with one of the relays, taken up again whenever it ends. Does nothing before `start`. */
export interface ConnectionPart {
  readonly facts: ConnectionFacts
  readonly session: Session | undefined
  /** Connects, and stays connected until `stop`. Without addresses there is nothing to connect to. */
  start(): void
  /** Ends the connection; `start` takes it up again. */
  stop(): void
  /** The device may be online again: connects now if it was waiting, and makes sure that a silent connection is alive. */
  wake(): void
  /** As `wake`, and gives relays that refused another chance. */
  reconnect(): void
  /** The token is another one: the relay is told, or asked again if it had refused the last one. */
  renew(): void
}

/** Makes the connection of a replica. */
export type MakeConnection = (host: ConnectionHost) => ConnectionPart

/** What is known before anything was dialled. */
export function unknownFacts(relays: readonly string[]): ConnectionFacts {
  const untried = relays.map((url) => ({ url, health: "untried", code: undefined, welcomeMs: undefined }) as const)
  const nobody = { code: undefined, principal: undefined, expiresAt: undefined, relayTimeOffsetMs: 0 }
  return { connection: "offline", relay: relays[0], relays: untried, ...nobody }
}
