import {
  type Applied,
  type Change,
  type EntryLog,
  MemoryDisk,
  MemoryEntryLog,
  StorageError,
  type StorageErrorCode,
} from "@polylogue/storage"

/** A store whose commits can be made to fail, to lie about having failed, or to wait. */
export class FaultyStore extends MemoryEntryLog {
  readonly committed: (readonly Change[])[] = []
  commits = 0
  /** Which commits fail, counted from 1, and how. */
  fails: (commit: number, changes: readonly Change[]) => StorageErrorCode | undefined = () => undefined
  /** A failure that has written all the same: what a crash between writing and answering looks like. */
  liesAbout: (commit: number, changes: readonly Change[]) => boolean = () => false
  #gate: Promise<void> | undefined
  #open: (() => void) | undefined

  constructor(disk = new MemoryDisk()) {
    super({ disk })
  }

  /** Commits wait from now on. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  letGo(): void {
    this.#gate = undefined
    this.#open?.()
  }

  override async commit(changes: readonly Change[]): Promise<readonly Applied[]> {
    const count = ++this.commits
    await this.#gate
    const code = this.fails(count, changes)
    if (code !== undefined) throw new StorageError(code, `commit ${count} was told to fail`)
    const applied = await super.commit(changes)
    this.committed.push(changes)
    if (this.liesAbout(count, changes)) throw new StorageError("io", `commit ${count} was told to lie`)
    return applied
  }
}

/** Everything that a store holds of a document, for comparison. */
export async function outboxOf(store: EntryLog, documentId = "home/a"): Promise<string[]> {
  return (await store.outbox(documentId)).map(({ row }) => row)
}
