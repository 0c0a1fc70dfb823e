import type * as Y from "yjs"
import { readActivity } from "../conversation-card.ts"
import { ConversationError } from "../conversation-error.ts"
import { TITLE_AUTO, TITLE_USER } from "../conversation-layout.ts"
import { ConversationOrigin } from "../origin.ts"
import { KeyIndex, recordKey } from "../record-key.ts"
import { readEntry } from "../register.ts"
import { SEGMENTS } from "../segment.ts"
import { type Erasing, Sweep } from "./id-ranges.ts"
import { MessageEraser } from "./message-eraser.ts"

/*
 * What is erased, and what stays. Words go: texts, values, details, what is said about them. What stays is the shell that others hold on to: which
 * message follows which, and the containers that others may be writing in. Nothing is written here: the result is given to
 * `ReplicaDocument.erase`, which deletes the ranges and then has the shells written, in one turn.
 */

/** The maps of an index that hold cards. */
export type CardMap = "cards" | "prompts" | "sources" | "rounds"

/** Field of a card under which its tags stand. */
const TAG = "tag"

/** The keys of `meta` that a conversation without words still has. */
const META_SHELL: ReadonlySet<string> = new Set(["schema", "head", SEGMENTS, TITLE_USER, TITLE_AUTO])

/**
 * Erases message `id` from a conversation's document: all texts under that id (one that was written here, and every imported form of it), author,
 * attachments, details of its states, feedback on it, citations in it, what was looked up for it or for a reply to it, and an automatic title that quotes it. It stays in its place, empty and `erased`.
 *
 * What stays: its id, its links, role and clock; reactions to it; of an imported message the digest in its key. Words that others add to it at the same time, and
 * quotes in other messages, are not erased; erase again for them. A message may stand in several segments: `ConversationView.segmentsOf` names them. The workspace's index quotes messages too: see `eraseCard`; so do
 * notes and what is thought of answers, `eraseMessageNotes`, and rounds of judging, `eraseRoundItems`.
 * @throws ConversationError `unknown-message`.
 */
export function eraseMessage(ydoc: Y.Doc, id: string): Erasing {
  const owner = id.replace(/~.*$/su, "")
  const eraser = new MessageEraser(ydoc)
  if (!eraser.has(owner))
    throw new ConversationError("unknown-message", `message ${id} is not in this conversation, or has not arrived yet`)
  eraser.message(owner)
  eraser.titles(TITLE_AUTO, "quotes")
  return eraser.erasing()
}

/** Erases all messages of one document of a conversation as `eraseMessage` does, its titles, and whatever else was written in it. Each segment is erased so. */
export function eraseConversation(ydoc: Y.Doc): Erasing {
  const eraser = new MessageEraser(ydoc)
  for (const owner of eraser.owners()) eraser.message(owner)
  for (const field of [TITLE_USER, TITLE_AUTO]) eraser.titles(field, "all")
  eraser.rest(META_SHELL)
  return eraser.erasing()
}

/** Erases everything in a document of whatever kind, except the types themselves. Nothing is written in its place. */
export function eraseDocument(ydoc: Y.Doc): Erasing {
  const sweep = new Sweep()
  for (const type of ydoc.share.values()) sweep.inside(type)
  return { ranges: sweep.ranges(), blobs: [], after: () => undefined }
}

/**
 * Erases from a workspace's index what was taken from the messages of conversation `id`: the snippets, their authors and the automatic titles of its
 * card. With `all` also the title that a person gave and its tags, and the card is marked as erased: it stands among the deleted ones unless
 * something is written in the conversation later than what is known here. With another map likewise of the card of a prompt, a source or a round.
 */
export function eraseCard(indexDoc: Y.Doc, id: string, what: "quotes" | "all" = "quotes", of: CardMap = "cards"): Erasing {
  const cards = indexDoc.getMap<unknown>(of)
  const index = new KeyIndex(cards)
  const sweep = new Sweep()
  const writes: (readonly [key: string, value: unknown])[] = []
  const replace = (key: string, rest: unknown, already: boolean): void => {
    if (already) return sweep.history(cards, key)
    sweep.value(cards, key)
    writes.push([key, rest])
  }
  let latest = 0
  for (const [writer] of index.records(id, "activity")) {
    const key = recordKey(id, "activity", ...writer)
    const { clock = 0, snippet = "", authorId } = readActivity(cards.get(key)) ?? {}
    latest = Math.max(latest, clock)
    replace(key, { clock, snippet: "" }, snippet === "" && authorId === undefined)
  }
  for (const field of what === "all" ? [TITLE_AUTO, TITLE_USER, TAG] : [TITLE_AUTO]) {
    for (const [rest] of index.records(id, field)) {
      const key = recordKey(id, field, ...rest)
      const { turn = 0, clock = 0, value } = readEntry("", cards.get(key)) ?? {}
      replace(key, { turn, clock, value: "" }, value === "")
    }
  }
  // The clock stands in the key: two devices that erase at the same time both leave their mark, and readers take the later one.
  const mark = recordKey(id, "erased", String(latest))
  if (what === "all" && cards.get(mark) !== true) writes.push([mark, true])
  const write = (): void => writes.forEach(([key, rest]) => cards.set(key, rest))
  return { ranges: sweep.ranges(), blobs: [], after: () => indexDoc.transact(write, new ConversationOrigin("erase")) }
}
