import type * as Y from "yjs"
import type { ConversationOptions } from "../conversation.ts"
import { ConversationError } from "../conversation-error.ts"
import { SCHEMA_VERSION } from "../conversation-layout.ts"
import { ownerOf } from "../conversation-view.ts"
import { checkComment, type ThreadPlace, ThreadWriter } from "../discussion/thread-writer.ts"
import { type Listener, Listeners } from "../listeners.ts"
import { notHere } from "../not-here.ts"
import { KeyIndex } from "../record-key.ts"
import { RegisterWriter } from "../register-writer.ts"
import { foldTag, normaliseTag, tagDigest } from "../tag.ts"
import type { TextAnchor } from "../text/text-anchor.ts"
import { type NoteKind, type NoteTarget, NOTES, type NoteThread, readNotes, SOURCE_OWNER, type StoredNote } from "./note-records.ts"

/** Most notes of a source or of a message, removed ones included. */
export const MAX_NOTES = 5000
/** Most tags of a note. */
export const MAX_NOTE_TAGS = 20

/** A note as whoever makes it gives it. */
export interface NewNote {
  readonly target: NoteTarget
  /** Of the target's text, by `anchorText` or `anchorWords`; null for all of it. */
  readonly anchor: TextAnchor | null
  /** What is said about it. A highlight may say nothing. */
  readonly text?: string
  readonly kind: NoteKind
  readonly tags?: readonly string[]
}

const CHANGED = "notes"

/**
 * The notes of a source or of a conversation, in a document of their own: what people mark and say about places in texts that stand in other documents. Where those places are now
 * is told by `placeNotes`. Each operation is one transaction with a tagged origin; what it gives is immutable, and the same object until it changes.
 */
export class Notes {
  readonly ydoc: Y.Doc
  readonly #index: KeyIndex
  readonly #options: ConversationOptions
  readonly #place: ThreadPlace
  readonly #writer: ThreadWriter
  readonly #listeners = new Listeners()
  readonly #detach: () => void
  #stored: readonly StoredNote[] | undefined
  #before: ReadonlyMap<string, readonly [json: string, note: StoredNote]> = new Map()

  /** Attaches to `ydoc`, which stays the caller's. @throws TypeError when `options.writer` is not the name of a writer. */
  constructor(ydoc: Y.Doc, options: ConversationOptions) {
    this.ydoc = ydoc
    this.#options = options
    const map = ydoc.getMap<unknown>(NOTES)
    this.#index = new KeyIndex(map)
    this.#place = notePlace(ydoc, this.#index, options)
    this.#writer = new ThreadWriter(this.#place)
    const observer = ({ keysChanged }: Y.YMapEvent<unknown>): void => {
      for (const key of keysChanged) this.#index.add(key)
      this.#stored = undefined
      this.#listeners.notify(CHANGED)
    }
    map.observe(observer)
    this.#detach = () => map.unobserve(observer)
  }

  /**
   * Makes a note and returns its id.
   * @throws ConversationError `too-large` above 10,000 characters, 20 tags, or 5000 notes of one source or message. RangeError for a note that says nothing, or a tag that is none.
   */
  add(note: NewNote): string {
    const count = countNotes(this.#index, ownerOfNote(note.target))
    return writeNote(this.#place, note, { count, seen: this.#notes().map(({ begun }) => begun) })
  }

  /** Answers under a note and returns the comment's id. @throws ConversationError `unknown-thread`, `too-large`. RangeError for a text without words. */
  reply(noteId: string, text: string): string {
    const note = this.#known(noteId)
    return this.#writer.reply(note.owner, note, text)
  }

  /** Changes one's own comment. @throws ConversationError `unknown-thread`, `unknown-comment`, `not-author`, `too-large`. RangeError for a text without words. */
  edit(noteId: string, commentId: string, text: string): void {
    const note = this.#known(noteId)
    this.#writer.edit(note.owner, note, commentId, text)
  }

  /** Deletes one's own comment; its place stays. @throws ConversationError `unknown-thread`, `unknown-comment`, `not-author`. */
  delete(noteId: string, commentId: string): void {
    const note = this.#known(noteId)
    this.#writer.delete(note.owner, note, commentId)
  }

  /** Takes one's own note away, as a whole; its words stay in the document. @throws ConversationError `unknown-thread`, `not-author`. */
  remove(noteId: string): void {
    const { owner, author } = this.#known(noteId)
    if (author.id !== this.#options.author.id) throw new ConversationError("not-author", "a note is removed by whoever made it")
    this.#writer.set([owner, noteId, "removed"], true)
  }

  /** Calls a note settled; anybody may. @throws ConversationError `unknown-thread`. */
  resolve(noteId: string): void {
    const note = this.#known(noteId)
    this.#writer.resolve(note.owner, note, true)
  }

  /** @throws ConversationError `unknown-thread`. */
  reopen(noteId: string): void {
    const note = this.#known(noteId)
    this.#writer.resolve(note.owner, note, false)
  }

  /** Attaches a note to another place of its text, as a person does with an orphan; anybody may. @throws ConversationError `unknown-thread`. */
  reattach(noteId: string, anchor: TextAnchor): void {
    this.#writer.set([this.#known(noteId).owner, noteId, "anchor"], anchor)
  }

  /** Gives a note a tag; anybody may. @throws ConversationError `unknown-thread`, `too-large` above 20 tags. RangeError for a tag that is none. */
  addTag(noteId: string, tag: string): void {
    const { owner, tags } = this.#known(noteId)
    const name = normaliseTag(tag)
    if (tags.some((known) => foldTag(known) === foldTag(name))) return
    if (tags.length >= MAX_NOTE_TAGS) throw new ConversationError("too-large", `a note has at most ${MAX_NOTE_TAGS} tags`)
    this.#writer.set([owner, noteId, "tag", tagDigest(name)], name)
  }

  /** Takes a tag from a note, whatever its spelling. @throws ConversationError `unknown-thread`. */
  removeTag(noteId: string, tag: string): void {
    const { owner, tags } = this.#known(noteId)
    if (tags.some((known) => foldTag(known) === foldTag(tag))) this.#writer.set([owner, noteId, "tag", tagDigest(tag)], null)
  }

  /** All notes, oldest first, resolved ones included. The same array until one changes. */
  getThreads(): readonly NoteThread[] {
    return this.#notes()
  }

  /** Calls `listener` after each change of a note. Returns the unsubscription. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.add(CHANGED, listener)
  }

  /** Detaches from the Y.Doc and forgets all listeners; what was read stays readable. Idempotent. */
  destroy(): void {
    this.#detach()
    this.#listeners.clear()
  }

  #notes(): readonly StoredNote[] {
    if (this.#stored !== undefined) return this.#stored
    const read = readNotes(this.#index, this.#index.owners()).map((note): readonly [string, StoredNote] => {
      const json = JSON.stringify(note)
      const before = this.#before.get(note.id)
      return before?.[0] === json ? before : [json, note]
    })
    this.#before = new Map(read.map((entry) => [entry[1].id, entry]))
    this.#stored = Object.freeze(read.map(([, note]) => note))
    return this.#stored
  }

  #known(id: string): StoredNote {
    const note = this.#notes().find((known) => known.id === id)
    if (note === undefined) throw notHere("unknown-thread", "note", id, "this document")
    return note
  }
}

/** Where the notes of `ydoc` are written. @throws TypeError when `options.writer` is not the name of a writer. */
export function notePlace(ydoc: Y.Doc, index: KeyIndex, options: ConversationOptions): ThreadPlace {
  const registers = new RegisterWriter(ydoc, options)
  const transact = (operation: string, write: () => void): void =>
    registers.transact(operation, () => {
      const meta = ydoc.getMap<unknown>("meta")
      if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
      write()
    })
  return { index, registers, options, transact }
}

/** What stands in a document of notes already. */
export interface KnownNotes {
  /** Notes of the same source or message, removed ones included. */
  readonly count: number
  /** Clocks of all notes, after which a new one stands. */
  readonly seen: readonly number[]
}

/** {@link Notes.add} without reading what is there, which whoever adds many knows. @throws as that. */
export function writeNote(place: ThreadPlace, { target, anchor, text, kind, tags = [] }: NewNote, { count, seen }: KnownNotes): string {
  const said = text === undefined && kind === "highlight" ? undefined : checkComment(text ?? "")
  const names = new Map(tags.map((tag) => [foldTag(tag), normaliseTag(tag)]))
  if (names.size > MAX_NOTE_TAGS) throw new ConversationError("too-large", `a note has at most ${MAX_NOTE_TAGS} tags`)
  if (count >= MAX_NOTES) throw new ConversationError("too-large", `a text has at most ${MAX_NOTES} notes`)
  const { options, registers, transact } = place
  const { author, now } = options
  const about = { kind, target: { ...target }, anchor, author: { ...author }, clock: registers.clock(seen), createdAt: now() }
  const writer = new ThreadWriter(place)
  const owner = ownerOfNote(target)
  let id = ""
  transact("note", () => {
    id = writer.begin(owner, about, said, seen)
    for (const tag of names.values()) writer.set([owner, id, "tag", tagDigest(tag)], tag)
  })
  return id
}

/** How many notes of a source or message there are, removed ones included. */
export function countNotes(index: KeyIndex, owner: string): number {
  return new Set([...index.records(owner)].map(([[threadId]]) => threadId)).size
}

function ownerOfNote(target: NoteTarget): string {
  return target.kind === "source" ? SOURCE_OWNER : ownerOf(target.messageId)
}
