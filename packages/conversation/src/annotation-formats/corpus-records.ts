import * as Y from "yjs"
import { isObject, type JsonObject } from "../formats/json-value.ts"
import { ConversationOrigin } from "../origin.ts"
import { parseRecordKey, recordKey } from "../record-key.ts"
import { PASSAGE_BATCH_CHARACTERS } from "../sources/source-limits.ts"
import type { CorpusPassage } from "./annotation-records.ts"

/*
 * What a corpus says of its passages beside their words, in the map `corpus` of the source that they make: key `<name there>/<passage id>`, value `{ n, title?, extra?, text? }`, never
 * changed. `n` is its place in the corpus; `text` stands there for a passage that says nothing, which a source has no place for. Key `collection` names the collection.
 */
const CORPUS = "corpus"
const COLLECTION = "collection"

/** A passage of a corpus, and the id of the passage of the source that it is; null for one that says nothing. */
export interface PlacedPassage {
  readonly passage: CorpusPassage
  readonly chunkId: string | null
}

/** Notes what the source's passages are in their corpus. What is noted already is left alone. Returns whether anything was written. */
export function writeCorpus(ydoc: Y.Doc, collection: string, placed: readonly PlacedPassage[]): boolean {
  const map = ydoc.getMap<unknown>(CORPUS)
  const missing: (readonly [key: string, value: JsonObject])[] = []
  if (collection !== "" && !map.has(COLLECTION)) missing.push([COLLECTION, { name: collection }])
  for (const [n, { passage, chunkId }] of placed.entries()) {
    const key = recordKey(passage.id, chunkId ?? "")
    if (map.has(key)) continue
    const { title, extra } = passage
    missing.push([
      key,
      {
        n,
        ...(title === undefined ? {} : { title }),
        ...(extra === undefined ? {} : { extra }),
        ...(chunkId === null ? { text: "" } : {}),
      },
    ])
  }
  for (let start = 0; start < missing.length;) {
    let end = start
    for (let length = 0; end < missing.length && (end === start || length < PASSAGE_BATCH_CHARACTERS); end++)
      length += JSON.stringify(missing[end]).length
    const batch = missing.slice(start, end)
    ydoc.transact(() => {
      for (const [key, value] of batch) map.set(key, value)
    }, new ConversationOrigin("import-corpus"))
    start = end
  }
  return missing.length > 0
}

/** The passages that a source is made of, in their order in the corpus; none for a source that is no corpus. @param textOf - what a passage of the source says; null when it is not here. */
export function readCorpus(ydoc: Y.Doc, textOf: (chunkId: string) => string | null): readonly PlacedPassage[] {
  const map = ydoc.getMap<unknown>(CORPUS)
  const named = map.get(COLLECTION)
  const collection = isObject(named) && typeof named["name"] === "string" ? named["name"] : undefined
  const found: { readonly n: number; readonly placed: PlacedPassage }[] = []
  for (const [key, value] of map.entries()) {
    const [id, chunkId, ...more] = parseRecordKey(key)
    if (id === undefined || chunkId === undefined || more.length > 0 || !isObject(value)) continue
    const { n, title, extra } = value
    const passage: CorpusPassage = {
      id,
      ...(typeof title === "string" ? { title } : {}),
      text: chunkId === "" ? "" : textOf(chunkId),
      ...(collection === undefined ? {} : { collection }),
      ...(isObject(extra) ? { extra } : {}),
    }
    found.push({ n: typeof n === "number" ? n : 0, placed: { passage, chunkId: chunkId === "" ? null : chunkId } })
  }
  return found
    .sort((left, right) => left.n - right.n || (left.placed.passage.id < right.placed.passage.id ? -1 : 1))
    .map(({ placed }) => placed)
}
