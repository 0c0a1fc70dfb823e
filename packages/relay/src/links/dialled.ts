import type { FrameOf, RelayId } from "@polylogue/protocol"
import type { Principal } from "../options.ts"

/** What a session is given that this relay has dialled. */
export interface Dialled {
  readonly url: string
  /** What is said first. */
  readonly hello: FrameOf<"hello">
  /** Whether the address is still to be dialled; when not, no link is made any more. */
  wanted(): boolean
  /** Whom the other end is taken for: who configured its address trusts it. */
  readonly principal: Principal
  /** It has become a link, to that relay. */
  linked(relay: RelayId): void
  /** The session is over, whoever ended it. */
  ended(code: number, reason: string): void
}
