import type { Applied, Change, DocumentHead, EntryLog, LogItem, NewLogItem, OutboxRow, Snapshot, StoredSnapshot } from "../src/index.ts"

/*
 * What a store must answer, said as plainly as possible and apart from the code under test: it keeps everything that ever happened
 * since the last reset and works everything out from that.
 */

interface OracleDocument {
  /** Every item since the last reset, deleted ones too. */
  items: LogItem[]
  /** Positions before the last reset. */
  void: number
  base: number
  resets: number
  snapshot: StoredSnapshot | undefined
  rows: OutboxRow[]
  /** Its place in the feed, 0 when it has none. */
  change: number
}

/** Everything that a store answers. */
export interface Dump {
  /** The feed, read in small pages: positions, documents and vectors; and the last place given out. */
  readonly feed: readonly unknown[]
  readonly documents: Readonly<Record<string, unknown>>
  readonly records: Readonly<Record<string, Uint8Array | undefined>>
}

export class Oracle {
  #documents = new Map<string, OracleDocument>()
  #records = new Map<string, Uint8Array>()
  #orders = 0
  #changes = 0

  /** Commits, or answers the code of the refusal. */
  commit(changes: readonly Change[]): readonly Applied[] | "gap" | "stale-compaction" {
    const before = [structuredClone(this.#documents), new Map(this.#records), this.#orders] as const
    const outcomes: { documentId: string | undefined; items: LogItem[]; rows: OutboxRow[] }[] = []
    for (const change of changes) {
      const outcome = this.#apply(change)
      if (typeof outcome === "string") {
        ;[this.#documents, this.#records, this.#orders] = before
        return outcome
      }
      outcomes.push({ documentId: change.type === "record" ? undefined : change.documentId, items: [], rows: [], ...outcome })
    }
    for (const documentId of new Set(outcomes.map((outcome) => outcome.documentId))) {
      const document = documentId === undefined ? undefined : this.#documents.get(documentId)!
      if (document !== undefined && hasChanged(document, before[0].get(documentId!))) document.change = ++this.#changes
    }
    return outcomes.map(({ documentId, items, rows }) => ({
      items,
      rows,
      head: documentId === undefined ? undefined : this.head(documentId),
    }))
  }

  head(documentId: string): DocumentHead {
    const document = this.#documents.get(documentId) ?? emptyDocument()
    return {
      head: document.void + document.items.length,
      base: document.base,
      vector: vectorOf(document.items),
      baseVector: vectorOf(document.items.filter(({ position }) => position <= document.base)),
      through: document.snapshot?.through ?? 0,
      snapshotBytes: document.snapshot?.update.length ?? 0,
      itemBytes: kept(document).reduce((sum, item) => sum + (item.kind === "entry" ? item.entry : item.snapshot).update.length, 0),
      resets: document.resets,
    }
  }

  /** Blobs that the document was ever said to have erased, since the last reset. */
  erased(documentId: string): string[] {
    const document = this.#documents.get(documentId) ?? emptyDocument()
    return [...new Set([...(document.snapshot?.erased?.blobs ?? []), ...document.items.flatMap((item) => erasedBy(item) ?? [])])]
  }

  dump(): Dump {
    const documents: Record<string, unknown> = {}
    for (const [id, document] of this.#documents) {
      const listed = document.items.length > 0 || document.void > 0 || document.resets > 0
      if (!listed && document.rows.length === 0) continue
      documents[id] = { listed, head: this.head(id), items: kept(document), snapshot: document.snapshot, rows: document.rows }
    }
    const feed = [...this.#documents].filter(([, { change }]) => change > 0).toSorted(([, left], [, right]) => left.change - right.change)
    return {
      feed: [...feed.map(([id, { change }]) => ({ position: change, documentId: id, vector: this.head(id).vector })), this.#changes],
      documents,
      records: Object.fromEntries(this.#records),
    }
  }

  #apply(change: Change): { items?: LogItem[]; rows?: OutboxRow[] } | "gap" | "stale-compaction" {
    if (change.type === "record") {
      if (change.value === null) this.#records.delete(change.key)
      else this.#records.set(change.key, change.value)
      return {}
    }
    const document = this.#documents.get(change.documentId) ?? emptyDocument()
    this.#documents.set(change.documentId, document)
    switch (change.type) {
      case "append":
        return appendTo(document, change.items, change.settled ?? [])
      case "compact": {
        const { through, base, snapshot } = change
        const { head, vector } = this.head(change.documentId)
        const covered = through > document.void && through <= head && base >= document.base && through >= (document.snapshot?.through ?? 0)
        const deleted = vectorOf(document.items.filter(({ position }) => position <= base))
        if (!covered || !within(deleted, snapshot.vector) || !within(snapshot.vector, vector)) return "stale-compaction"
        if (forgetsErased(document, base, snapshot)) return "stale-compaction"
        document.snapshot = { ...snapshot, through }
        document.base = base
        return {}
      }
      case "reset": {
        const { head, resets } = this.head(change.documentId)
        this.#documents.set(change.documentId, { ...emptyDocument(), void: head, base: head, resets: resets + 1, change: document.change })
        return {}
      }
      case "outbox": {
        const rows = change.rows.map((row) => {
          const there = document.rows.find((other) => other.row === row.row)
          if (there !== undefined) return there
          const added = { ...row, order: ++this.#orders }
          document.rows.push(added)
          return added
        })
        document.rows = document.rows.filter(({ row }) => !change.settled?.includes(row))
        return { rows }
      }
    }
  }
}

/** Everything that `log` answers, in the form of {@link Oracle.dump}. Reads in small pages. */
export async function dump(log: EntryLog): Promise<Dump> {
  const listed = await log.documents()
  const documents: Record<string, unknown> = {}
  for (const id of new Set([...listed, ...(await log.pendingDocuments())])) {
    const head = await log.head(id)
    const items: LogItem[] = []
    for (let after = head.base; after < head.head; after = items.at(-1)!.position) {
      const page = await log.read(id, after, { maxItems: 7, maxBytes: 40 })
      if (page.kind === "compacted" || page.items.length === 0) throw new Error(`no items after ${after} of ${id}`)
      items.push(...page.items)
    }
    documents[id] = { listed: listed.includes(id), head, items, snapshot: await log.snapshot(id), rows: await log.outbox(id) }
  }
  const records: Record<string, Uint8Array | undefined> = {}
  for (const key of await log.recordKeys("")) records[key] = await log.record(key)
  return { feed: await feedOf(log), documents, records }
}

async function feedOf(log: EntryLog): Promise<unknown[]> {
  const feed: unknown[] = []
  for (let after = 0; ;) {
    const page = await log.changes({ after, limit: 2 })
    feed.push(...page.changes)
    after = page.last
    if (page.changes.length < 2) return [...feed, after]
  }
}

function emptyDocument(): OracleDocument {
  return { items: [], void: 0, base: 0, resets: 0, snapshot: undefined, rows: [], change: 0 }
}

function appendTo(document: OracleDocument, items: readonly NewLogItem[], settled: readonly string[]): { items: LogItem[] } | "gap" {
  const added: LogItem[] = []
  for (const item of items) {
    const known = vectorOf(document.items)
    if (within(vectorOf([item]), known)) continue
    if (item.kind === "entry" && item.entry.stamp.seq !== (known.get(item.entry.stamp.log) ?? 0) + 1) return "gap"
    const placed = { ...item, position: document.void + document.items.length + 1 }
    document.items.push(placed)
    added.push(placed)
  }
  document.rows = document.rows.filter(({ row }) => !settled.includes(row))
  return { items: added }
}

/** Whether `document` knows more than `before`, or was reset since. */
function hasChanged(document: OracleDocument, before: OracleDocument = emptyDocument()): boolean {
  return document.resets !== before.resets || !within(vectorOf(document.items), vectorOf(before.items))
}

/** What `item` says of erased blobs. */
function erasedBy(item: LogItem): readonly string[] | undefined {
  return item.kind === "entry" ? item.entry.erases : item.snapshot.erased?.blobs
}

/** Whether `snapshot` lacks what the items that go with it, or the snapshot that it replaces, say of erasures. */
function forgetsErased({ items, base, snapshot: old }: OracleDocument, newBase: number, { erased }: Snapshot): boolean {
  const said = items.filter(({ position }) => position > base && position <= newBase).map(erasedBy)
  said.push(old?.erased?.blobs)
  return said.some((blobs) => blobs !== undefined && (erased === undefined || blobs.some((blob) => !erased.blobs.includes(blob))))
}

function kept(document: OracleDocument): LogItem[] {
  return document.items.filter(({ position }) => position > document.base)
}

function vectorOf(items: readonly NewLogItem[]): Map<string, number> {
  const vector = new Map<string, number>()
  for (const item of items) {
    const known = item.kind === "entry" ? [[item.entry.stamp.log, item.entry.stamp.seq] as const] : item.snapshot.vector
    for (const [log, seq] of known) vector.set(log, Math.max(seq, vector.get(log) ?? 0))
  }
  return vector
}

function within(vector: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return [...vector].every(([log, seq]) => seq <= (other.get(log) ?? 0))
}
