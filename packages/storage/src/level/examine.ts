import type { DocumentId } from "@polylogue/protocol"
import { toHexString } from "lib0/buffer"
import { decodeHead, decodePurged, decodeRow, decodeUint, encodeHead, encodeItem, encodeSnapshot, encodeUint } from "../at-rest.ts"
import { StorageError } from "../errors.ts"
import { firstSegment } from "../feed.ts"
import { classicLevel, type LevelDatabase, levelError, type LevelOperation, openError, pairs, steps } from "./database.ts"
import { dumpOf } from "./dump.ts"
import { examineDocument, type Kept, type RawDocument, type UpdateChecker } from "./examine-document.ts"
import { formatMark, LEVEL_FORMAT, UNFINISHED, unfinishedMark } from "./format.ts"
import { describeKey, KIND, type Kind, numberKey, numberOf, plainKey, prefixRange, textKey, textOf } from "./key.ts"

/** What was found at one place of a folder. */
export interface Examination {
  /** `undefined` for what belongs to no document. */
  readonly documentId: DocumentId | undefined
  /** Bytes of snapshot and items at rest. */
  readonly bytes: number
  /** One sentence each; empty when all is well. */
  readonly problems: readonly string[]
  /** What mending did, one sentence; `undefined` when nothing was asked or needed. */
  readonly mended: string | undefined
}

/** How a folder is examined. */
export interface ExamineOptions {
  /** Whether updates are ones that a reader takes in; asked for a new one for each document. */
  readonly checker: () => UpdateChecker
  /**
   * Present when what is damaged is to be mended: keeps what is taken out, a dump of the keys and values as they were. Mending goes on once it has
   * resolved, so that the bytes should be durable then. @returns where they are, for a person.
   */
  readonly aside?: (documentId: DocumentId | undefined, chunks: AsyncIterable<Uint8Array>) => Promise<string>
}

type Pair = readonly [Uint8Array, Uint8Array]

/**
 * Reads every key of the LevelDB folder at `location`, which nobody may have open, and says what is wrong, document by document; then of what belongs to none. Without
 * `aside` nothing is changed. With it each document that is damaged is put aside whole, and goes on with what stands before the damage; one batch a document, so that an
 * examination that is interrupted may simply be repeated. The feed names every document anew then.
 *
 * @throws StorageError `locked`, `unavailable`; `newer`; `corrupt` when LevelDB cannot read it ({@link repairLevel}), or it was not restored to the end; `io`.
 */
export async function* examineLevel(location: string, { checker, aside }: ExamineOptions): AsyncGenerator<Examination, void, void> {
  const database = classicLevel(location, { createIfMissing: false })
  try {
    await database.open().catch((cause: unknown) => {
      throw openError(location, cause)
    })
    await refuse(location, database)
    const examiner = new Examiner(database, checker, aside)
    for (const documentId of await examiner.documents()) yield await examiner.document(documentId)
    yield await examiner.rest()
  } catch (error) {
    throw levelError(`examining ${location}`, error)
  } finally {
    await database.close()
  }
}

/** What is not ours to judge. A number that does not decode says nothing. */
async function refuse(location: string, database: LevelDatabase): Promise<void> {
  const format = await numberIn(database, KIND.format)
  if (typeof format === "number" && format > LEVEL_FORMAT)
    throw new StorageError("newer", `${location} has format ${format}, this version knows ${LEVEL_FORMAT}`)
  if ((await numberIn(database, KIND.unfinished)) === UNFINISHED.restore)
    throw new StorageError("corrupt", `${location} was not restored to the end; remove it and restore it again`)
}

async function numberIn(database: LevelDatabase, kind: Kind): Promise<number | "damaged" | undefined> {
  const value = await database.get(plainKey(kind), {})
  if (value === undefined) return undefined
  try {
    return decodeUint(() => describeKey(plainKey(kind)), value)
  } catch {
    return "damaged"
  }
}

class Examiner {
  readonly #database: LevelDatabase
  readonly #checker: () => UpdateChecker
  readonly #aside: ExamineOptions["aside"]

  constructor(database: LevelDatabase, checker: () => UpdateChecker, aside: ExamineOptions["aside"]) {
    this.#database = database
    this.#checker = checker
    this.#aside = aside
  }

  /** Every document of which anything rests. */
  async documents(): Promise<DocumentId[]> {
    const found = new Set<DocumentId>()
    for (const kind of [KIND.head, KIND.snapshot, KIND.item])
      for await (const some of steps(this.#database, { ...prefixRange(kind, ""), values: false }, 1024))
        for (const [key] of some) found.add(textOf(key))
    return [...found].toSorted((one, other) => (one < other ? -1 : 1))
  }

  async document(documentId: DocumentId): Promise<Examination> {
    const one = async (kind: Kind): Promise<Pair | undefined> => {
      const key = textKey(kind, documentId)
      const value = await this.#database.get(key, {})
      return value && [key, value]
    }
    const raw: RawDocument = {
      head: await one(KIND.head),
      snapshot: await one(KIND.snapshot),
      items: await pairs(this.#database, {
        gte: numberKey(KIND.item, documentId, 0),
        lte: numberKey(KIND.item, documentId, Number.MAX_SAFE_INTEGER),
      }),
    }
    const { bytes, problems, kept } = examineDocument(raw, this.#checker)
    const mended = kept && this.#aside && (await this.#mend(documentId, raw, kept))
    return { documentId, bytes, problems, mended }
  }

  async #mend(documentId: DocumentId, raw: RawDocument, kept: Kept): Promise<string> {
    const all = [raw.head, ...raw.items, raw.snapshot].filter((pair) => pair !== undefined)
    const place = await this.#aside!(documentId, dumpOf([all]))
    const { head, snapshot, items, loses } = kept
    await this.#write([
      ...all.map(([key]): LevelOperation => ({ type: "del", key })),
      { type: "put", key: textKey(KIND.head, documentId), value: encodeHead(head) },
      ...(snapshot === undefined ? [] : [put(textKey(KIND.snapshot, documentId), encodeSnapshot(snapshot))]),
      ...items.map((item) => put(numberKey(KIND.item, documentId, item.position), encodeItem(item))),
    ])
    const what = `${snapshot === undefined ? "" : "its snapshot and "}${items.length} entries are kept`
    const rest = loses ? "what stood behind them is not; devices hand over what they have of it" : "nothing is missing"
    return `${what}, ${rest}; as it was, it is in ${place}`
  }

  /** What belongs to no one document: format, feed, outbox, notes. */
  async rest(): Promise<Examination> {
    const damaged: Pair[] = []
    const problems: string[] = []
    const operations: LevelOperation[] = []
    const problem = (what: string, ...mending: LevelOperation[]): void => {
      problems.push(what)
      operations.push(...mending)
    }
    for (const kind of [KIND.format, KIND.unfinished]) {
      const found = await numberIn(this.#database, kind)
      if (found === "damaged" || (kind === KIND.format && found === undefined))
        problem(`the value at ${describeKey(plainKey(kind))} does not decode, or is missing`)
    }
    await this.#rows(problem, damaged)
    for await (const some of steps(this.#database, prefixRange(KIND.purged, ""), 1024))
      for (const [key, value] of some)
        if (attempt(() => decodePurged(String, value)) === undefined) problem(`the value at ${describeKey(key)} does not decode`, del(key))
    await this.#feed(problem)
    if (problems.length === 0 || this.#aside === undefined) return { documentId: undefined, bytes: 0, problems, mended: undefined }
    const place = damaged.length === 0 ? undefined : await this.#aside(undefined, dumpOf([damaged]))
    await this.#write(operations)
    const kept = place === undefined ? "nothing is missing" : `what could not be read is in ${place}`
    return { documentId: undefined, bytes: 0, problems, mended: `made anew; ${kept}` }
  }

  async #rows(problem: (what: string, ...mending: LevelOperation[]) => void, damaged: Pair[]): Promise<void> {
    let last = 0
    const rows = new Set<string>()
    for await (const some of steps(this.#database, prefixRange(KIND.row, ""), 256)) {
      for (const [key, value] of some) {
        last = Math.max(last, numberOf(key))
        const row = attempt(() => decodeRow(String, value, numberOf(key)).row)
        if (row !== undefined) {
          const index = textKey(KIND.rowId, textOf(key), row)
          rows.add(toHexString(index))
          const order = await this.#database.get(index, {})
          if (order === undefined || attempt(() => decodeUint(String, order)) !== numberOf(key))
            problem(`the value at ${describeKey(index)} does not decode, or is missing`, put(index, encodeUint(numberOf(key))))
        } else {
          damaged.push([key, value])
          problem(`the value at ${describeKey(key)} does not decode`, del(key))
        }
      }
    }
    for await (const some of steps(this.#database, { ...prefixRange(KIND.rowId, ""), values: false }, 1024))
      for (const [key] of some) if (!rows.has(toHexString(key))) problem(`${describeKey(key)} names a row that is not there`, del(key))
    const known = await numberIn(this.#database, KIND.lastOrder)
    if (known === "damaged" || (known ?? 0) < last)
      problem(
        `the value at ${describeKey(plainKey(KIND.lastOrder))} is not the last order`,
        put(plainKey(KIND.lastOrder), encodeUint(last)),
      )
  }

  /** Every head that has a place stands there in the feed, and nothing else does. */
  async #feed(problem: (what: string, ...mending: LevelOperation[]) => void): Promise<void> {
    let last = 0
    let places = 0
    let wrong = 0
    for await (const some of steps(this.#database, { ...prefixRange(KIND.change, ""), values: false }, 1024)) {
      for (const [key] of some) last = Math.max(last, numberOf(key))
      places += some.length
    }
    for await (const some of steps(this.#database, prefixRange(KIND.head, ""), 1024)) {
      for (const [key, value] of some) {
        // One that does not decode was named with its document.
        const change = attempt(() => decodeHead(String, value).change) ?? 0
        if (change === 0) continue
        last = Math.max(last, change)
        places--
        const named = await this.#database.get(numberKey(KIND.change, firstSegment(textOf(key)), change), {})
        if (named === undefined || toHexString(named) !== toHexString(key)) wrong++
      }
    }
    const format = await numberIn(this.#database, KIND.format)
    // The next open makes it.
    const made = typeof format !== "number" || format === LEVEL_FORMAT
    if (!made || (await numberIn(this.#database, KIND.unfinished)) === UNFINISHED.feed) places = wrong = 0
    const known = await numberIn(this.#database, KIND.lastChange)
    if (known === "damaged" || (made && (known ?? 0) < last))
      problem(
        `the value at ${describeKey(plainKey(KIND.lastChange))} is not the last place`,
        put(plainKey(KIND.lastChange), encodeUint(last)),
      )
    if (wrong > 0 || places !== 0) problem("the feed does not name every document at its place")
  }

  /** The next open makes the feed anew, whatever comes in between. */
  async #write(operations: readonly LevelOperation[]): Promise<void> {
    const format = await numberIn(this.#database, KIND.format)
    const marks = [formatMark(typeof format === "number" ? format : LEVEL_FORMAT), unfinishedMark(UNFINISHED.feed)]
    await this.#database.batch([...marks, ...operations], { sync: true })
  }
}

function put(key: Uint8Array, value: Uint8Array): LevelOperation {
  return { type: "put", key, value }
}

function del(key: Uint8Array): LevelOperation {
  return { type: "del", key }
}

/** `undefined` when it does not decode. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
