import type { Code, LogId, RelayId } from "@polylogue/protocol"

/** How a link is: one that stands, or one that this relay is to dial. */
export interface LinkStatus {
  /** The relay at the other end, or that was last found at the address; `undefined` while none has said who it is. */
  readonly relay: RelayId | undefined
  readonly name: string
  readonly onDemand: boolean
  /** The address at which this relay dials it; `undefined` when the other has dialled. */
  readonly url: string | undefined
  /** The log of the other's present start. */
  readonly log: LogId | undefined
  /** `linked-otherwise`: the other relay has dialled too, and its link is the one that stands. */
  readonly state: "connecting" | "linked" | "linked-otherwise" | "waiting" | "refused" | "stopped"
  /** Why it does not stand. */
  readonly code: Code | undefined
  readonly reason: string
  /** Attempts since it stood. */
  readonly attempts: number
  /** Milliseconds for which it has stood. */
  readonly sinceMs: number | undefined
  /** Documents that are read from the other end at the moment. */
  readonly documentsOpen: number
  /** Documents of which the other end is known to have something that is not durable here, or may have. */
  readonly documentsBehind: number
  /** Whether all that the other end had when the link began to stand is durable here, and all that it told of since. */
  readonly level: boolean
  /** Since it stands. */
  readonly bytesSent: number
  readonly bytesReceived: number
}
