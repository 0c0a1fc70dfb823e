import type * as Y from "yjs"
import { ownerOf } from "../conversation-view.ts"
import { type Erasing, Sweep } from "../erasing/id-ranges.ts"
import { ConversationOrigin } from "../origin.ts"
import { KeyIndex, parseRecordKey, recordKey } from "../record-key.ts"
import { readEntry } from "../register.ts"
import { NOTES } from "./note-records.ts"

/**
 * Erases from the notes of a conversation what they have of the words of message `messageId`: the quotes of all notes about it, what people thought of it as an answer (grades, labels, and the notes
 * given with them) and the texts of answers suggested in its place. To be erased with `eraseMessage`, whose document is another one. A note stays with what people said, about the message as a whole: those are their own words, and they delete or erase them.
 * Of an erased conversation or source the whole document of notes goes, by `eraseDocument`.
 */
export function eraseMessageNotes(ydoc: Y.Doc, messageId: string): Erasing {
  const owner = ownerOf(messageId)
  const sweep = new Sweep()
  const writes: (() => void)[] = []
  eraseQuotes(ydoc, owner, sweep, writes)
  eraseOpinions(ydoc, owner, sweep, writes)
  const write = (): void => writes.forEach((run) => run())
  return { ranges: sweep.ranges(), blobs: [], after: () => ydoc.transact(write, new ConversationOrigin("erase")) }
}

function eraseQuotes(ydoc: Y.Doc, owner: string, sweep: Sweep, writes: (() => void)[]): void {
  const index = new KeyIndex(ydoc.getMap<unknown>(NOTES))
  const { map } = index
  const replace = (key: string, rest: unknown): void => {
    sweep.value(map, key)
    writes.push(() => map.set(key, rest))
  }
  for (const [[noteId = "", field, ...rest], value] of index.records(owner)) {
    const key = recordKey(owner, noteId, field ?? "", ...rest)
    if (field === "about" && rest.length === 0) {
      const { anchor, ...about } = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>
      if (anchor === undefined || anchor === null) sweep.history(map, key)
      else replace(key, { ...about, anchor: null })
    } else if (field === "anchor") {
      const entry = readEntry("", value)
      if (entry?.value === null) sweep.history(map, key)
      else replace(key, { turn: entry?.turn ?? 0, clock: entry?.clock ?? 0, value: null })
    }
  }
}

/** What is said about an answer goes as feedback on a message does; who said it and what the suggestions were called stays. */
function eraseOpinions(ydoc: Y.Doc, owner: string, sweep: Sweep, writes: (() => void)[]): void {
  const opinions = ydoc.getMap<unknown>("opinions")
  for (const key of opinions.keys()) {
    if (ownerOf(parseRecordKey(key)[0] ?? "") !== owner) continue
    const entry = readEntry("", opinions.get(key))
    if (entry?.value === null) sweep.history(opinions, key)
    else {
      sweep.value(opinions, key)
      writes.push(() => opinions.set(key, { turn: entry?.turn ?? 0, clock: entry?.clock ?? 0, value: null }))
    }
  }
  const corrections = new KeyIndex(ydoc.getMap<unknown>("corrections"))
  for (const corrected of corrections.owners()) {
    if (ownerOf(corrected) !== owner) continue
    for (const [[id, field]] of corrections.records(corrected)) {
      const type = field === "made" && id !== undefined ? ydoc.share.get(`correction:${id}`) : undefined
      if (type !== undefined) sweep.inside(type)
    }
  }
}
