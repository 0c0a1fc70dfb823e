import type { DocumentId, RowId } from "@polylogue/protocol"
import { decodeHead, decodeItem, decodeRow, decodeSnapshot, decodeUint } from "../at-rest.ts"
import type { DocumentHead, LogItem, OutboxRow, Page, PageLimits, StoredSnapshot } from "../entry-log.ts"
import { StorageError } from "../errors.ts"
import { EMPTY_HEAD } from "../head.ts"
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

  async head(documentId: DocumentId, snapshot?: LevelSnapshot): Promise<DocumentHead | undefined> {
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
      const head = (await this.head(documentId, snapshot)) ?? EMPTY_HEAD
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

  async lastOrder(): Promise<number> {
    const key = plainKey(KIND.lastOrder)
    const value = await this.#get(key)
    return value === undefined ? 0 : decodeUint(() => describeKey(key), value)
  }

  /** Documents that have outbox rows: one step for each document, however many rows it has. */
  async pendingDocuments(): Promise<DocumentId[]> {
    const iterator = this.#database.iterator({ ...prefixRange(KIND.row, ""), values: false, highWaterMarkBytes: 1 })
    const documents: DocumentId[] = []
    try {
      for (;;) {
        const [first] = await iterator.nextv(1)
        if (first === undefined) return documents
        const documentId = textOf(plain(first[0]))
        documents.push(documentId)
        // Past every order of this document, and before a document whose id goes on with U+0000 (written 0x00 0xff).
        iterator.seek(Uint8Array.of(...textKey(KIND.row, documentId), 0xff))
      }
    } finally {
      await iterator.close()
    }
  }

  async record(key: string): Promise<Uint8Array | undefined> {
    return await this.#get(textKey(KIND.record, key))
  }

  /** Texts of the keys of `kind` that begin with `prefix`, ascending. */
  async texts(kind: typeof KIND.head | typeof KIND.record, prefix: string): Promise<string[]> {
    const texts: string[] = []
    for (const [key] of await pairs(this.#database, { ...prefixRange(kind, prefix), values: false })) texts.push(textOf(plain(key)))
    return texts
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
