import { counted } from "../frame/relative-time.ts"

/** What is known of the copies of a conversation. */
export interface Copies {
  /** On how many other relays replicated words are at least; 0 when no relay has spoken of others. */
  readonly otherRelays: number
  /** All of it is there. */
  readonly replicated: boolean
  /** Messages that one relay has, and no other one as far as was told. */
  readonly onOne: number
  /** Something of it is on no relay. */
  readonly waits: boolean
  /** The relay has sent all that it has, in this connection. */
  readonly synced: boolean
}

/** A fact on the copies of a conversation: what it is about, and how that is. `undefined` when nothing was told of which it could be said. */
export function copiesFact({ otherRelays, replicated, onOne, waits, synced }: Copies): readonly [term: string, value: string] | undefined {
  // A relay that stands alone is no trouble: nothing is said to be missing.
  if (otherRelays === 0) return synced && !waits ? ["Stored on", "one relay"] : undefined
  if (replicated) return ["Stored on", `at least ${counted(otherRelays + 1, "relay")}`]
  if (onOne > 0) return ["On one so far", counted(onOne, "message")]
  return waits ? undefined : ["On one so far", "some changes"]
}
