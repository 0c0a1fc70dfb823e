import type * as Y from "yjs"
import { parseRecordKey } from "../record-key.ts"
import { readEntry } from "../register.ts"

/** Somebody's words in a thread that one document has and another has not. */
export interface MissingComment {
  readonly clock: number
  readonly authorId: string | null
  readonly text: string
}

/** The maps that hold threads: of prompts, and of notes. */
const THREADS = ["threads", "notes"]

/** Comments that `kept` has and `current` has not, each once; nothing for documents without threads. */
export function missingComments(kept: Y.Doc, current: Y.Doc): readonly MissingComment[] {
  const here = new Set(commentsOf(current).map(({ text }) => text))
  return commentsOf(kept).filter(({ text }) => !here.has(text))
}

/** Whether `text` stands in what was said in a thread. */
export function isInComments(text: string, ydoc: Y.Doc): boolean {
  return commentsOf(ydoc).some((known) => known.text.includes(text))
}

function commentsOf(ydoc: Y.Doc): readonly MissingComment[] {
  return THREADS.filter((name) => ydoc.share.has(name)).flatMap((name) => commentsIn(ydoc.getMap(name)))
}

function commentsIn(threads: Y.Map<unknown>): readonly MissingComment[] {
  const comments: MissingComment[] = []
  for (const [key, value] of threads.entries()) {
    const [, , what, , field, writer] = parseRecordKey(key)
    if (what !== "comment" || field !== "text" || writer === undefined) continue
    const said = readEntry(writer, value)
    if (said === undefined || typeof said.value !== "string" || said.value === "") continue
    const made = threads.get(`${key.slice(0, key.lastIndexOf("/text/"))}/made`) as { author?: { id?: unknown } } | null | undefined
    const author = made?.author?.id
    comments.push({ text: said.value, clock: said.clock, authorId: typeof author === "string" ? author : null })
  }
  return comments
}
