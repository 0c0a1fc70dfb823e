import type { DocumentId, RowId } from "@polylogue/protocol"
import { decodeHead, decodeItem, decodePurged, decodeRow, decodeSnapshot, decodeUint, type Purged } from "../at-rest.ts"
import type { ChangesPage, ChangesQuery, DocumentPlace, LogItem, OutboxRow, Page, PageLimits, StoredSnapshot } from "../entry-log.ts"
import { StorageError } from "../errors.ts"
import { changesPage, firstSegment, liesBelow } from "../feed.ts"
import { EMPTY_HEAD, type RestingHead } from "../head.ts"
import { PageBuilder } from "../page.ts"
import { type LevelDatabase, type LevelSnapshot, pairs } from "./database.ts"
import { describeKey, KIND, numberKey, numberOf, plainKey, prefixRange, textKey, textOf } from "./key.ts"

/** Items that one step of an iterator asks for. */
const STEP = 256

/** Reads the values of a LevelDB store. What it throws is a StorageError or an error of LevelDB. */
export class LevelReader {
  readonly #database: LevelDatabase

  constructor(database: LevelDatabase) {
    this.#database = database
  }

  async head(documentId: DocumentId, snapshot?: LevelSnapshot): Promise<RestingHead | undefined> {
    const key = textKey(KIND.head, documentId)
    const value = await this.#get(key, snapshot)
    return value && decodeHead(() => describeKey(key), value)
  }

  async snapshot(documentId: DocumentId): Promise<StoredSnapshot | undefined> {
    const key = textKey(KIND.snapshot, documentId)
    const value = await this.#get(key)
    return value && decodeSnapshot(() => describeKey(key), value)
  }

  /** Head and items of one instant. */
  async page(documentId: DocumentId, after: number, limits: Required<PageLimits>): Promise<Page> {
    const snapshot = this.#database.snapshot()
    try {
      const head = (await this.head(documentId, snapshot))?.head ?? EMPTY_HEAD
      if (after < head.base) return { kind: "compacted", head }
      const page = new PageBuilder(limits)
      await this.#walk(documentId, { after, to: Math.min(head.head, after + limits.maxItems), snapshot }, (item) => page.add(item))
      return { kind: "items", items: page.items, head }
    } finally {
      await snapshot.close()
    }
  }

  /** Visits the items after `after` up to `to`. */
  async visitItems(documentId: DocumentId, after: number, to: number, visit: (item: LogItem) => void): Promise<void> {
    await this.#walk(documentId, { after, to }, (item) => {
      visit(item)
      return true
    })
  }

  /** Walks along the items until `visit` says no. Nothing may be missing: LevelDB drops a damaged part of its log in silence. */
  async #walk(
    documentId: DocumentId,
    { after, to, snapshot }: { after: number; to: number; snapshot?: LevelSnapshot },
    visit: (item: LogItem) => boolean,
  ): Promise<void> {
    if (after >= to) return
    const iterator = this.#database.iterator({
      gt: numberKey(KIND.item, documentId, after),
      lte: numberKey(KIND.item, documentId, to),
      highWaterMarkBytes: 256 * 1024,
      ...(snapshot && { snapshot }),
    })
    try {
      let expected = after + 1
      while (expected <= to) {
        const some = await iterator.nextv(STEP)
        if (some.length === 0) throw missing(documentId, expected)
        for (const [rawKey, value] of some) {
          const position = numberOf(plain(rawKey))
          if (position !== expected) throw missing(documentId, expected)
          if (!visit(decodeItem(() => describeKey(plain(rawKey)), plain(value), position))) return
          expected++
        }
      }
    } finally {
      await iterator.close()
    }
  }

  async row(documentId: DocumentId, row: RowId): Promise<OutboxRow | undefined> {
    const index = textKey(KIND.rowId, documentId, row)
    const order = await this.#get(index)
    if (order === undefined) return undefined
    const place = decodeUint(() => describeKey(index), order)
    const key = numberKey(KIND.row, documentId, place)
    const value = await this.#get(key)
    if (value === undefined) throw new StorageError("corrupt", `${describeKey(index)} points to ${describeKey(key)}, which is missing`)
    return decodeRow(() => describeKey(key), value, place)
  }

  async rows(documentId: DocumentId, after = 0): Promise<OutboxRow[]> {
    const found = await pairs(this.#database, {
      gt: numberKey(KIND.row, documentId, after),
      lte: numberKey(KIND.row, documentId, Number.MAX_SAFE_INTEGER),
    })
    return found.map(([key, value]) => decodeRow(() => describeKey(plain(key)), plain(value), numberOf(plain(key))))
  }

  async purged(documentId: DocumentId): Promise<Purged> {
    const key = textKey(KIND.purged, documentId)
    const value = await this.#get(key)
    return value === undefined ? { items: 0, rows: 0 } : decodePurged(() => describeKey(key), value)
  }

  lastOrder(): Promise<number> {
    return this.#number(plainKey(KIND.lastOrder))
  }

  lastChange(snapshot?: LevelSnapshot): Promise<number> {
    return this.#number(plainKey(KIND.lastChange), snapshot)
  }

  /** Places and heads of one instant. */
  async changes(query: Required<ChangesQuery>): Promise<ChangesPage> {
    const snapshot = this.#database.snapshot()
    try {
      const places: [position: number, headKey: Uint8Array][] = []
      const workspaces = query.prefix === "" ? await this.#distinct(KIND.change, snapshot) : [firstSegment(query.prefix)]
      // Each workspace has places of its own: the first of all are among the first of each.
      for (const workspace of workspaces) for (const place of await this.#places(workspace, query, snapshot)) places.push(place)
      places.sort(([left], [right]) => left - right)
      const changes = await this.#documentsAt(places.slice(0, query.limit), snapshot)
      return changesPage(changes, query, await this.lastChange(snapshot))
    } finally {
      await snapshot.close()
    }
  }

  async #places(
    workspace: string,
    { prefix, after, limit }: Required<ChangesQuery>,
    snapshot: LevelSnapshot,
  ): Promise<[position: number, headKey: Uint8Array][]> {
    const iterator = this.#database.iterator({
      gt: numberKey(KIND.change, workspace, after),
      lte: numberKey(KIND.change, workspace, Number.MAX_SAFE_INTEGER),
      snapshot,
    })
    const places: [number, Uint8Array][] = []
    try {
      for (;;) {
        const some = await iterator.nextv(STEP)
        if (some.length === 0) return places
        for (const [key, headKey] of some) {
          if (!liesBelow(textOf(headKey), prefix)) continue
          places.push([numberOf(plain(key)), plain(headKey)])
          if (places.length >= limit) return places
        }
      }
    } finally {
      await iterator.close()
    }
  }

  /** The documents whose head keys stand at `places`, with what is known of them. */
  async #documentsAt(
    places: readonly (readonly [position: number, headKey: Uint8Array])[],
    snapshot: LevelSnapshot,
  ): Promise<DocumentPlace[]> {
    const heads = await this.#database.getMany(
      places.map(([, headKey]) => headKey),
      { snapshot },
    )
    return places.map(([position, headKey], index) => {
      const value = heads[index]
      const resting = value && decodeHead(() => describeKey(headKey), plain(value))
      if (resting?.change !== position) {
        throw new StorageError("corrupt", `${describeKey(headKey)} does not stand at place ${position} of the feed`)
      }
      return { position, documentId: textOf(headKey), vector: resting.head.vector }
    })
  }

  /** Documents that have outbox rows. */
  async pendingDocuments(): Promise<DocumentId[]> {
    return await this.#distinct(KIND.row)
  }

  /** The texts of the number keys of `kind`, each once, ascending: one step for each text, however many numbers it has. */
  async #distinct(kind: typeof KIND.row | typeof KIND.change, snapshot?: LevelSnapshot): Promise<string[]> {
    const iterator = this.#database.iterator({
      ...prefixRange(kind, ""),
      values: false,
      highWaterMarkBytes: 1,
      ...(snapshot && { snapshot }),
    })
    const texts: string[] = []
    try {
      for (;;) {
        const [first] = await iterator.nextv(1)
        if (first === undefined) return texts
        const text = textOf(plain(first[0]))
        texts.push(text)
        // Past every number of this text, and before a text that goes on with U+0000 (written 0x00 0xff).
        iterator.seek(Uint8Array.of(...textKey(kind, text), 0xff))
      }
    } finally {
      await iterator.close()
    }
  }

  async record(key: string): Promise<Uint8Array | undefined> {
    return await this.#get(textKey(KIND.record, key))
  }

  /** Texts of the keys of `kind` that begin with `prefix`, ascending: the first `limit` behind `after`. */
  async texts(kind: typeof KIND.head | typeof KIND.record, prefix: string, after?: string, limit = Infinity): Promise<string[]> {
    const { gte, lt } = prefixRange(kind, prefix)
    const range = { lt, values: false, ...(after === undefined ? { gte } : { gt: textKey(kind, after) }) } as const
    const texts: string[] = []
    for (const [key] of await pairs(this.#database, limit === Infinity ? range : { ...range, limit })) texts.push(textOf(plain(key)))
    return texts
  }

  async #number(key: Uint8Array, snapshot?: LevelSnapshot): Promise<number> {
    const value = await this.#get(key, snapshot)
    return value === undefined ? 0 : decodeUint(() => describeKey(key), value)
  }

  async #get(key: Uint8Array, snapshot?: LevelSnapshot): Promise<Uint8Array | undefined> {
    const value = await this.#database.get(key, snapshot ? { snapshot } : {})
    return value && plain(value)
  }
}

function missing(documentId: DocumentId, position: number): StorageError {
  return new StorageError("corrupt", `${describeKey(numberKey(KIND.item, documentId, position))} is missing`)
}

/** LevelDB answers with Node buffers, whose `slice` shares memory: they are not to leave this package. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
