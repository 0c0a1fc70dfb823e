import { type CutSnapshot, type DocumentId, type FrameOf, type LogId, type Resumption, resumptionOf, vectorHash } from "@polylogue/protocol"

/** The beginning of a snapshot's update. */
type Beginning = Pick<CutSnapshot, "vector" | "total" | "bytes">

/**
 * What arrived of snapshots whose transfer was cut with its connection: the next session with the same start of the relay asks for the rest. In
 * memory alone, and bounded: the oldest are forgotten first.
 */
export class CutSnapshots {
  readonly #maxBytes: number
  readonly #beginnings = new Map<DocumentId, Beginning>()
  #bytes = 0
  #log: LogId | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** A session with the relay start `log` begins: what is of another is void. */
  begin(log: LogId): void {
    if (this.#log !== log) for (const documentId of this.#beginnings.keys()) this.forget(documentId)
    this.#log = log
  }

  /** A transfer for `documentId` was cut. */
  keep(documentId: DocumentId, { vector, total, offset, bytes: brought }: CutSnapshot): void {
    const known = this.#beginnings.get(documentId)
    const continues = known !== undefined && known.bytes.length === offset && known.total === total
    if (offset > 0 && !(continues && vectorHash(known.vector) === vectorHash(vector))) return this.forget(documentId)
    const bytes = offset > 0 ? joined(known!.bytes, brought) : brought
    this.forget(documentId)
    if (bytes.length > this.#maxBytes || bytes.length >= total) return
    this.#beginnings.set(documentId, { vector, total, bytes })
    this.#bytes += bytes.length
    for (const oldest of this.#beginnings.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.forget(oldest)
    }
  }

  /** What to ask for when `documentId` is opened. */
  resumption(documentId: DocumentId): Resumption | undefined {
    const known = this.#beginnings.get(documentId)
    return known && resumptionOf(known.vector, known.total, known.bytes)
  }

  /** The snapshot that `frame` completes, which is then forgotten here; `undefined` when it continues nothing that was asked for. */
  complete(documentId: DocumentId, frame: FrameOf<"rest">): FrameOf<"snapshot"> | undefined {
    const known = this.#beginnings.get(documentId)
    this.forget(documentId)
    const { handle, vector, offset, total, update, erased } = frame
    if (known?.bytes.length !== offset || known.total !== total || offset + update.length !== total) return undefined
    if (vectorHash(known.vector) !== vectorHash(vector)) return undefined
    return { type: "snapshot", handle, vector, update: joined(known.bytes, update), erased }
  }

  forget(documentId: DocumentId): void {
    this.#bytes -= this.#beginnings.get(documentId)?.bytes.length ?? 0
    this.#beginnings.delete(documentId)
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const whole = new Uint8Array(left.length + right.length)
  whole.set(left)
  whole.set(right, left.length)
  return whole
}
