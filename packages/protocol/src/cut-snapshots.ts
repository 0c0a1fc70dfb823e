import type { CutSnapshot } from "./cut-snapshot.ts"
import type { FrameOf } from "./frame.ts"
import type { LogId } from "./ids.ts"
import { type Resumption, resumptionOf } from "./resumption.ts"
import { vectorHash } from "./version-vector.ts"

/** The beginning of a snapshot's update. */
type Beginning = Pick<CutSnapshot, "vector" | "total" | "bytes">

/**
 * What arrived of snapshots whose transfer was cut with its connection: the next session asks for the rest, a device's only with the same start of the
 * relay. In memory alone, and bounded to `maxBytes`: the oldest are forgotten first. `source` names what was read: the document, and where several relays
 * are read from at once the relay, too.
 */
export class CutSnapshots {
  readonly #maxBytes: number
  readonly #beginnings = new Map<string, Beginning>()
  #bytes = 0
  #log: LogId | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** A session with the relay start `log` begins: what is of another is void. */
  begin(log: LogId): void {
    if (this.#log !== log) for (const source of this.#beginnings.keys()) this.forget(source)
    this.#log = log
  }

  /** A transfer for `source` was cut. */
  keep(source: string, { vector, total, offset, bytes: brought }: CutSnapshot): void {
    const known = this.#beginnings.get(source)
    const continues = known !== undefined && known.bytes.length === offset && known.total === total
    if (offset > 0 && !(continues && vectorHash(known.vector) === vectorHash(vector))) return this.forget(source)
    const bytes = offset > 0 ? joined(known!.bytes, brought) : brought
    this.forget(source)
    if (bytes.length > this.#maxBytes || bytes.length >= total) return
    this.#beginnings.set(source, { vector, total, bytes })
    this.#bytes += bytes.length
    for (const oldest of this.#beginnings.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.forget(oldest)
    }
  }

  /** What to ask for when `source` is opened. */
  resumption(source: string): Resumption | undefined {
    const known = this.#beginnings.get(source)
    return known && resumptionOf(known.vector, known.total, known.bytes)
  }

  /** The snapshot that `frame` completes, which is then forgotten here; `undefined` when it continues nothing that was asked for. */
  complete(source: string, frame: FrameOf<"rest">): FrameOf<"snapshot"> | undefined {
    const known = this.#beginnings.get(source)
    this.forget(source)
    const { handle, vector, offset, total, update, erased } = frame
    if (known?.bytes.length !== offset || known.total !== total || offset + update.length !== total) return undefined
    if (vectorHash(known.vector) !== vectorHash(vector)) return undefined
    return { type: "snapshot", handle, vector, update: joined(known.bytes, update), erased }
  }

  forget(source: string): void {
    this.#bytes -= this.#beginnings.get(source)?.bytes.length ?? 0
    this.#beginnings.delete(source)
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const whole = new Uint8Array(left.length + right.length)
  whole.set(left)
  whole.set(right, left.length)
  return whole
}
