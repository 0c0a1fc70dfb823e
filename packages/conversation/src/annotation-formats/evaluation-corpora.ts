import { wellFormed } from "../well-formed.ts"
import { importedId } from "../identifier.ts"
import type { ImportReason } from "../formats/import-item.ts"
import { passageHash, prepareChunking } from "../sources/chunking.ts"
import { joinPassages } from "../sources/join-passages.ts"
import { MAX_PASSAGE_CHARACTERS, MAX_SOURCE_FIELD_LENGTH } from "../sources/source-limits.ts"
import type { NewSource } from "../sources/source.ts"
import { canonicalJson, textHash } from "../text/canonical-json.ts"
import type { CorpusPassage } from "./annotation-records.ts"
import type { PlacedPassage } from "./corpus-records.ts"
import { inOrder } from "./group-by.ts"

/** A source to be made of passages of a corpus. */
export interface PlannedSource {
  /** The same on every device that reads this corpus. */
  readonly id: string
  readonly source: NewSource
  readonly title: string
  readonly collection: string
  readonly passages: readonly PlacedPassage[]
}

/** Where a passage that a file names stands, or would stand. */
export interface PassagePlace {
  readonly sourceId: string
  readonly chunkId: string
  readonly hash: string
}

/** A corpus as sources. */
export interface PlannedCorpora {
  readonly sources: readonly PlannedSource[]
  /** By the name of a passage, those of which the words are not here included. */
  placeOf(passageId: string): PassagePlace
  readonly notices: readonly ImportReason[]
}

/** Most characters of the passages of one source that is made of a corpus, and most of them: what an editor shows and a device opens at once. */
export const MAX_CORPUS_SOURCE_CHARACTERS = 500_000
export const MAX_CORPUS_SOURCE_PASSAGES = 5_000
/** Most characters of a collection's name that its sources are called by. */
const MAX_TITLE_LENGTH = 200
const CONFIG = { cut: "as the corpus has it" }

/** Puts passages into sources: a source, or several, for each collection. */
export function planCorpora(name: string, passages: readonly CorpusPassage[]): PlannedCorpora {
  const notices: ImportReason[] = []
  const places = new Map<string, PassagePlace>()
  const sources: PlannedSource[] = []
  for (const [collection, members] of inOrder(
    passages.filter((passage) => isTaken(passage, notices)),
    (passage) => passage.collection ?? "",
  )) {
    const groups = cut(members)
    for (const [n, group] of groups.entries()) {
      const title = `${(collection === "" ? name : collection).slice(0, MAX_TITLE_LENGTH)}${groups.length > 1 ? ` ${n + 1}` : ""}`
      const source = plannedSource(title, collection, group)
      sources.push(source)
      for (const { passage, chunkId } of source.passages) {
        const place = { sourceId: source.id, chunkId: chunkId ?? absentChunk(passage.id), hash: passageHash(passage.text ?? "") }
        if (!places.has(passage.id)) places.set(passage.id, place)
      }
    }
  }
  const elsewhere = importedId("corpus", "elsewhere")
  const placeOf = (id: string): PassagePlace => places.get(id) ?? { sourceId: elsewhere, chunkId: absentChunk(id), hash: "" }
  return { sources, placeOf, notices }
}

/** Names a passage whose words no source has. */
function absentChunk(passageId: string): string {
  return importedId("passage", passageId)
}

function isTaken({ id, text }: CorpusPassage, notices: ImportReason[]): boolean {
  if (text === null) return false
  const most = text.length > MAX_PASSAGE_CHARACTERS ? `${text.length} characters, the most is ${MAX_PASSAGE_CHARACTERS}` : undefined
  const long = id.length > MAX_SOURCE_FIELD_LENGTH ? `a name of ${id.length} characters, the most is ${MAX_SOURCE_FIELD_LENGTH}` : undefined
  const problem = most ?? long
  if (problem === undefined) return true
  notices.push({ code: "too-large", message: `passage ${id.slice(0, 80)} has ${problem}: its words are left out` })
  return false
}

function cut(passages: readonly CorpusPassage[]): CorpusPassage[][] {
  const groups: CorpusPassage[][] = []
  let length = Infinity
  for (const passage of passages) {
    const size = (passage.text ?? "").length + 2
    const last = groups.at(-1)
    if (last === undefined || length + size > MAX_CORPUS_SOURCE_CHARACTERS || last.length >= MAX_CORPUS_SOURCE_PASSAGES) {
      groups.push([passage])
      length = size
    } else {
      last.push(passage)
      length += size
    }
  }
  return groups
}

function plannedSource(title: string, collection: string, passages: readonly CorpusPassage[]): PlannedSource {
  const { text, chunks } = joinPassages(passages.map((passage) => ({ text: passage.text ?? "", externalId: passage.id })))
  const ids = prepareChunking(text, chunks, CONFIG).record["ids"] as readonly string[]
  let next = 0
  const placed = passages.map((passage) => {
    const said = wellFormed(passage.text ?? "")
    return { passage: { ...passage, text: said }, chunkId: said === "" ? null : (ids[next++] ?? null) }
  })
  const facts = placed.map(({ passage: { id, title: heading, extra }, chunkId }) => [id, chunkId, heading ?? null, extra ?? null])
  const id = importedId("corpus", collection, textHash(canonicalJson(facts)))
  return { id, title, collection, passages: placed, source: { meta: { title, mime: "text/plain", size: 0 }, text, chunks, config: CONFIG } }
}
