import * as Y from "yjs"

/** How the writer of a part reaches the document; given by `AnsweringConversation`. */
export interface ReplySink {
  /** Runs `write` in one transaction. */
  readonly transact: (operation: string, write: () => void) => void
  /** The parts of the message, or undefined when it is gone: erased, or not in the document that has taken the place of the one it was in. */
  readonly parts: () => Y.Array<unknown> | undefined
  /** Notes that part `pid` reached `state`; nothing when the message is gone. To be called in a transaction. */
  readonly setState: (pid: string, state: string, details: unknown) => void
  readonly mintPid: () => string
  /** What each part of the reply says of itself. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Wall time in ms since 1970. */
  readonly now: () => number
}

/** How the writing of a reply ends. */
export type ReplyEnd = "done" | "interrupted" | "stopped" | "failed"

/** Part `pid` as it stands in a document: looked up each time, for the document may have been replaced. */
export function findPart(parts: Y.Array<unknown> | undefined, pid: string): Y.Map<unknown> | undefined {
  return parts?.toArray().findLast((part): part is Y.Map<unknown> => part instanceof Y.Map && part.get("pid") === pid)
}
