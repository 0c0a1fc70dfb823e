import type * as Y from "yjs"
import { ConversationError } from "../conversation-error.ts"
import { textHash } from "../text/canonical-json.ts"
import type { ConversationOptions } from "../conversation.ts"
import type { ImportReason } from "../formats/import-item.ts"
import { isObject, type JsonObject } from "../formats/json-value.ts"
import { hash128 } from "../content-hash.ts"
import { NOTES, readNotes, SOURCE_OWNER } from "../notes/note-records.ts"
import { countNotes, notePlace, writeNote } from "../notes/notes.ts"
import { ConversationOrigin } from "../origin.ts"
import { KeyIndex } from "../record-key.ts"
import { normaliseTag } from "../tag.ts"
import { resolveInWords } from "../text/strict-anchor.ts"
import { anchorText, MAX_QUOTE_LENGTH, type TextAnchor, type TextRange } from "../text/text-anchor.ts"
import { utf16Offsets } from "../text/utf16-offsets.ts"
import type { AnnotatedPlace, AnnotationRecord } from "./annotation-records.ts"

/*
 * Annotations as notes on a source. What an annotation was when it was read stands in the map `annotations` of the notes' document: key the hash of its address, value
 * `{ note, json }`, never changed. So it is not taken in twice, and whatever a note has no place for goes out again with it.
 */
const ANNOTATIONS = "annotations"
const WRITER = "import"
/** Longest JSON text of an annotation that is taken in, in UTF-16 units: it is kept whole. */
const MAX_ANNOTATION_LENGTH = 256 * 1024

/** What became of one annotation. */
export interface ImportedNote {
  /** Address of the annotation. */
  readonly id: string
  readonly status: "imported" | "unchanged" | "failed"
  /** Where it is: as an anchor is resolved; `whole` for one about the source as a whole. */
  readonly place: "exact" | "moved" | "ambiguous" | "orphan" | "whole"
  readonly reason: ImportReason | null
  readonly notices: readonly ImportReason[]
}

/**
 * Takes annotations in as notes on a source, each on the words that it quotes and on no others: one whose words are not there, or are there several times, is kept as one
 * that a person has to attach. Notes are their makers', with the times that they say. An annotation that is here already is left alone.
 * @param text - of the source, as it is now; the anchors lead into it.
 */
export function importNotes(
  annotations: Iterable<AnnotationRecord>,
  text: Y.Text,
  notesDoc: Y.Doc,
  options: ConversationOptions,
): readonly ImportedNote[] {
  const words = text.toJSON()
  const index = new KeyIndex(notesDoc.getMap<unknown>(NOTES))
  const seen = readNotes(index, index.owners()).map(({ begun }) => begun)
  const target = { text, words, notesDoc, options, seen, count: countNotes(index, SOURCE_OWNER) }
  return [...annotations].map((annotation) => importNote(annotation, target))
}

/** What annotations are taken into. What is there is read once, or a file of thousands would take minutes. */
interface ImportTarget {
  readonly text: Y.Text
  /** What `text` says. */
  readonly words: string
  readonly notesDoc: Y.Doc
  readonly options: ConversationOptions
  /** Clocks of the notes that are there. */
  readonly seen: number[]
  /** How many there are. */
  count: number
}

/** What the annotation was of which a note was made; undefined for a note that was made here. */
export function annotationsOfNotes(notesDoc: Y.Doc): ReadonlyMap<string, JsonObject> {
  const found = new Map<string, JsonObject>()
  for (const value of notesDoc.getMap<unknown>(ANNOTATIONS).values()) {
    if (!isObject(value) || typeof value["note"] !== "string" || typeof value["json"] !== "string") continue
    const original = parse(value["json"])
    if (original !== undefined) found.set(value["note"], original)
  }
  return found
}

function importNote(annotation: AnnotationRecord, target: ImportTarget): ImportedNote {
  const { id, places, tags } = annotation
  const known = target.notesDoc.getMap<unknown>(ANNOTATIONS)
  const key = textHash(id)
  let place: ImportedNote["place"] = "orphan"
  const notices: ImportReason[] = []
  try {
    const found = anchorOf(places[0], target.text, target.words)
    place = found.place
    if (known.has(key)) return { id, status: "unchanged", place, reason: null, notices }
    const json = originalOf(annotation)
    notices.push(...noticesOf(annotation, place))
    const names = tags.filter((tag) => isTag(tag, notices))
    target.notesDoc.transact(() => {
      known.set(key, { note: addNote(annotation, found.anchor, names, target), json })
    }, new ConversationOrigin("import-note"))
    return { id, status: "imported", place, reason: null, notices }
  } catch (error) {
    if (!(error instanceof ConversationError) && !(error instanceof RangeError)) throw error
    return { id, status: "failed", place, reason: { code: "too-large", message: error.message }, notices }
  }
}

function addNote(annotation: AnnotationRecord, anchor: TextAnchor | null, tags: readonly string[], target: ImportTarget): string {
  const { notesDoc, options, seen, count } = target
  const said = annotation.text
  const isHighlight = said.trim() === ""
  // Of a note that is made now nothing stands there yet: what others have under their keys need not be looked through.
  const index = new KeyIndex(notesDoc.getMap<unknown>(NOTES), [])
  const place = notePlace(notesDoc, index, asMaker(annotation, options))
  const clock = place.registers.clock(seen)
  const kind = isHighlight ? "highlight" : "note"
  const note = { target: { kind: "source" }, anchor, kind, ...(isHighlight ? {} : { text: said }), tags } as const
  const id = writeNote(place, note, { count, seen })
  seen.push(clock)
  target.count++
  return id
}

/** The annotation as it was. @throws ConversationError `too-large`. */
function originalOf({ original }: AnnotationRecord): string {
  const json = JSON.stringify(original ?? {})
  if (json.length > MAX_ANNOTATION_LENGTH)
    throw new ConversationError("too-large", `an annotation has at most ${MAX_ANNOTATION_LENGTH} characters, not ${json.length}`)
  return json
}

/** Who made it, when, with ids that are made of its address: two devices that take it in at the same time make one note. */
function asMaker({ id, creator, createdAt, modifiedAt }: AnnotationRecord, options: ConversationOptions): ConversationOptions {
  const at = createdAt ?? modifiedAt
  let asked = 0
  return {
    ...options,
    writer: WRITER,
    author: creator === null ? options.author : { id: creator.id, kind: "person", name: creator.name ?? creator.id },
    ...(at === null
      ? {}
      : { now: () => at, relayNow: () => at, randomBytes: (length: number) => hash128("note", id, String(asked++)).slice(0, length) }),
  }
}

function anchorOf(
  place: AnnotatedPlace | undefined,
  text: Y.Text,
  words: string,
): { readonly anchor: TextAnchor | null; readonly place: ImportedNote["place"] } {
  if (place?.quote === undefined && place?.position === undefined) return { anchor: null, place: "whole" }
  const { quote, position } = place
  if (quote !== undefined && quote.exact.length > MAX_QUOTE_LENGTH)
    throw new ConversationError("too-large", `an anchor quotes at most ${MAX_QUOTE_LENGTH} characters, not ${quote.exact.length}`)
  const range = rangeOf(position, words)
  // Offsets without the words that they are of say nothing about a text that may be another.
  if (range !== undefined && quote !== undefined && words.slice(range.from, range.to) === quote.exact)
    return { anchor: anchorText(text, range), place: "exact" }
  if (quote === undefined)
    return range === undefined ? { anchor: null, place: "orphan" } : { anchor: anchorText(text, range), place: "exact" }
  const quoted: TextAnchor = { start: "", end: "", quote, position: { from: -1, to: -1 } }
  const found = resolveInWords(words, quoted)
  return "from" in found ? { anchor: anchorText(text, found), place: found.state } : { anchor: quoted, place: found.state }
}

function rangeOf(position: AnnotatedPlace["position"], words: string): TextRange | undefined {
  if (position === undefined) return undefined
  const [from, to] = utf16Offsets(words, position.unit, [position.start, position.end])
  return from === undefined || to === undefined || from >= to ? undefined : { from, to }
}

function noticesOf({ places }: AnnotationRecord, place: ImportedNote["place"]): ImportReason[] {
  const notices: ImportReason[] = []
  if (place === "orphan" || place === "ambiguous") {
    const why = place === "orphan" ? "the words that it quotes are not there" : "the words that it quotes are there several times"
    notices.push({ code: "other-text", message: `${why}: it is kept, and waits for somebody to attach it` })
  }
  if (places.length > 1)
    notices.push({
      code: "reshaped",
      message: `it is about ${places.length} places: it stands at the first; the others are kept for export`,
    })
  return notices
}

function isTag(tag: string, notices: ImportReason[]): boolean {
  try {
    normaliseTag(tag)
    return true
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    notices.push({ code: "reshaped", message: `"${tag.slice(0, 40)}" cannot be a tag here: it is kept for export` })
    return false
  }
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) && Object.keys(value).length > 0 ? value : undefined
  } catch {
    return undefined
  }
}
