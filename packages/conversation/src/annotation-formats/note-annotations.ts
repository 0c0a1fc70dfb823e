import type * as Y from "yjs"
import { type Citation, citationsOf, placeOf } from "../citations/citation-records.ts"
import { partText } from "../citations/part-text.ts"
import { readNotes, NOTES, type NoteThread } from "../notes/note-records.ts"
import type { JsonObject } from "../formats/json-value.ts"
import { CITATIONS } from "../message-annotations.ts"
import { KeyIndex } from "../record-key.ts"
import type { Author } from "../stored-message.ts"
import type { TextAnchor } from "../text/text-anchor.ts"
import type { AnnotationLeft } from "./annotation-left.ts"
import type { AnnotatedPlace, AnnotationRecord } from "./annotation-records.ts"
import { annotationsOfNotes } from "./import-notes.ts"
import { hypothesisRecord } from "./hypothesis.ts"
import { annotationRecord, isWebAnnotation } from "./web-annotation.ts"

/** What things are called outside, where addresses name them. */
export interface AnnotationAddresses {
  readonly source: (sourceId: string) => string
  readonly message: (messageId: string) => string
  readonly person: (author: Author) => string
}

type Text = Y.Text | string | undefined

/**
 * The notes of one document as annotations: each note one, each answer to it one that is about the note. Words that are in the text now have their place in it; of
 * others the quotation alone goes out, and that is told.
 * @param textOf - the text that a note is about; undefined while that is not here.
 * @param source - the id of the source whose notes these are; absent for those of a conversation.
 */
export function noteAnnotations(
  notesDoc: Y.Doc,
  textOf: (note: NoteThread) => Text,
  addresses: AnnotationAddresses,
  left: AnnotationLeft[],
  source?: string,
): readonly AnnotationRecord[] {
  const originals = annotationsOfNotes(notesDoc)
  const index = new KeyIndex(notesDoc.getMap<unknown>(NOTES))
  return readNotes(index, index.owners()).flatMap((note) => {
    const address = note.target.kind === "source" ? addresses.source(source ?? "") : addresses.message(note.target.messageId)
    const original = originals.get(note.id)
    const was = original === undefined ? undefined : readOriginal(original)
    const id = was?.id ?? `urn:uuid:${note.id}`
    const own = annotatedPlace(address, note.anchor, textOf(note), id, left)
    // As long as nobody attached it anew, it is about what it was about, in the selectors that it had.
    const isSame =
      was !== undefined && isWebAnnotation(was.original) && (was.places[0]?.quote?.exact ?? "") === (note.anchor?.quote.exact ?? "")
    const [first, ...replies] = note.comments.filter(({ deleted }) => !deleted)
    const record: AnnotationRecord = {
      id,
      motivations: was?.motivations ?? [note.kind === "highlight" && first === undefined ? "highlighting" : "commenting"],
      text: first?.text ?? "",
      tags: was !== undefined && sameTags(was.tags, note.tags) ? was.tags : note.tags,
      creator: was?.creator ?? creatorOf(note.author, addresses),
      createdAt: was === undefined ? note.createdAt : was.createdAt,
      modifiedAt: was?.modifiedAt ?? null,
      places: isSame ? was.places : [own],
      ...(original === undefined ? {} : { original }),
    }
    if (was !== undefined && !isWebAnnotation(was.original)) left.push({ item: id, code: "extra", what: "fields of Hypothesis" })
    if (note.resolvedBy !== null) left.push({ item: id, code: "extra", what: "that it is settled" })
    const answers = replies.map((reply): AnnotationRecord => ({
      id: `urn:uuid:${reply.id}`,
      motivations: ["replying"],
      text: reply.text,
      tags: [],
      creator: creatorOf(reply.author, addresses),
      createdAt: reply.createdAt,
      modifiedAt: null,
      places: [{ source: id }],
    }))
    return [record, ...answers]
  })
}

/** The citations in one segment of a conversation as annotations: the words of the answer are what they are about, the words of the source what they link to. @param sourceText - of a source, where it is here. */
export function citationAnnotations(
  segment: Y.Doc,
  sourceText: (sourceId: string) => Text,
  addresses: AnnotationAddresses,
  left: AnnotationLeft[],
): readonly AnnotationRecord[] {
  const owners = [...new KeyIndex(segment.getMap<unknown>(CITATIONS)).owners()].sort()
  return owners.flatMap((messageId) =>
    citationsOf(segment, messageId).map((citation): AnnotationRecord => {
      const id = `urn:uuid:${citation.id}`
      const answer = partText(segment, messageId, citation.partId)
      return {
        id,
        motivations: ["linking"],
        text: "",
        tags: [],
        creator: creatorOf(citation.by, addresses),
        createdAt: citation.createdAt === 0 ? null : citation.createdAt,
        modifiedAt: null,
        places: [annotatedPlace(addresses.message(messageId), citation.answer, answer, id, left)],
        cites: citedPlace(citation, sourceText, addresses, id, left),
      }
    }),
  )
}

/** The annotation that a note was made of, as it was. */
function readOriginal(original: JsonObject): AnnotationRecord | undefined {
  if (isWebAnnotation(original)) return annotationRecord(original)
  const found = hypothesisRecord(original)
  return "message" in found ? undefined : found
}

function citedPlace(
  { source }: Citation,
  sourceText: (sourceId: string) => Text,
  addresses: AnnotationAddresses,
  id: string,
  left: AnnotationLeft[],
): AnnotatedPlace {
  if (source.kind === "source")
    return annotatedPlace(addresses.source(source.sourceId), source.anchor, sourceText(source.sourceId), id, left)
  const quote = source.anchor?.quote
  return { source: source.url === "" ? "urn:polylogue:unknown" : encodeAddress(source.url), ...(quote === undefined ? {} : { quote }) }
}

function annotatedPlace(address: string, anchor: TextAnchor | null, text: Text, item: string, left: AnnotationLeft[]): AnnotatedPlace {
  const source = encodeAddress(address)
  if (anchor === null) return { source }
  const place = placeOf(anchor, text)
  const quoted = { source, quote: anchor.quote }
  if (place === null || !("from" in place)) {
    const why =
      place === null
        ? "the text is not here"
        : place.state === "ambiguous"
          ? "its words are there several times"
          : "its words are not in the text any more"
    left.push({ item, code: "place", what: `${why}: the quotation goes out without a position` })
    return quoted
  }
  const words = typeof text === "string" ? text : (text?.toJSON() ?? "")
  const start = pointsIn(words.slice(0, place.from))
  return { ...quoted, position: { start, end: start + pointsIn(words.slice(place.from, place.to)), unit: "code-points" } }
}

function creatorOf(author: Author, { person }: AnnotationAddresses): AnnotationRecord["creator"] {
  return { id: encodeAddress(person(author)), ...(author.name === undefined ? {} : { name: author.name }) }
}

/** What an address cannot hold, escaped; the rest as it is. */
function encodeAddress(address: string): string {
  return address.replaceAll(/[\s\p{Cc}<>"{}|\\^`]/gu, (character) => encodeURIComponent(character))
}

function sameTags(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one.toSorted()) === JSON.stringify(other.toSorted())
}

/** How many code points a text has. */
function pointsIn(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) count++
  return count
}
