import type { Frame, FrameType, LogId, RelayId } from "@polylogue/protocol"
import type { Outlet } from "../outlet.ts"

/** The relay at the other end of a link. */
export interface LinkedRelay {
  readonly relay: RelayId
  readonly name: string
  /** Whether it holds only what is in use there, and pulls from those that it dials. */
  readonly onDemand: boolean
  /** The address under which it was dialled; `undefined` when it has dialled. */
  readonly url: string | undefined
  /** The log of its present start; `undefined` when it has dialled. */
  readonly log: LogId | undefined
}

/** One link, as its services see it. */
export interface Link {
  readonly peer: LinkedRelay
  /** Queues a frame of the link itself. What the other end does not take is bounded: beyond `maxAnswerBytes` the link ends, and is made anew. */
  send(frame: Frame): void
  /** The way out, for what is much: sources are asked for frames only as fast as the other end takes them. */
  readonly outlet: Outlet
  /** A handle of this end, whose frames `receive` gets; for what the other end serves under a handle. */
  openHandle(receive: (frame: Frame) => Promise<void> | void): number
  /** What still comes under the handle is ignored. The other end is told by a `close` frame, which is the caller's to send. */
  closeHandle(handle: number): void
}

/** What a service does on one link. */
export interface LinkPart {
  /** A frame of a type that the service takes, one at a time and in order; what follows on the link waits for the promise. @throws RelayError: the link ends with its code */
  receive(frame: Frame): Promise<void> | void
  /** The link is over: nothing more may be sent on it. */
  left(): void
}

/** Something that relays do with each other beside exchanging entries; one of its kind per relay. */
export interface LinkService {
  readonly takes: ReadonlySet<FrameType>
  /** A link stands. */
  linked(link: Link): LinkPart
}
