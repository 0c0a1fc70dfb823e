import type { BlobHash } from "@polylogue/protocol"
import type { Change, EntryLog } from "@polylogue/storage"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"

/*
 * Blobs rest among the records of the device's store, so that every kind of store holds them and all tabs see the same:
 *
 *   blob/<workspace>/<hash>                facts; a blob is there when its facts are
 *   blob-bytes/<workspace>/<hash>/<index>  its bytes, in pieces of their own commits: words wait for none of them long
 */

/** Why a blob was refused for good. */
export type BlobRefusal = "too-large" | "quota" | "erased" | "forbidden" | "mismatch"

/** What is known of a blob on the device. */
export interface BlobFacts {
  readonly size: number
  /** When it was last wanted, in the device's milliseconds since 1970. */
  readonly usedAt: number
  /** `waiting`: not at a relay yet; `stored`: a relay has it, so it may be dropped here; `refused`: no relay takes it. */
  readonly state: "waiting" | "stored" | "refused"
  readonly refusal: BlobRefusal | undefined
}

/** A blob on the device. */
export interface ShelvedBlob extends BlobFacts {
  readonly workspace: string
  readonly hash: BlobHash
}

const FACTS = "blob/"
const BYTES = "blob-bytes/"
const PIECE_BYTES = 1024 * 1024
const FORMAT = 1
const STATES = ["waiting", "stored", "refused"] as const
const REFUSALS = ["too-large", "quota", "erased", "forbidden", "mismatch"] as const

const nameOf = (workspace: string, hash: BlobHash): string => `${workspace}/${hash}`
const pieceKey = (name: string, index: number): string => `${BYTES}${name}/${index}`
const piecesOf = (size: number): number => Math.ceil(size / PIECE_BYTES)

/** The blobs in a store. Several tabs may work on one. */
export class BlobShelf {
  readonly #store: EntryLog

  constructor(store: EntryLog) {
    this.#store = store
  }

  /** Puts `bytes` there; durable when it resolves. @throws StorageError `quota-exceeded` and others; what was written of it is removed. */
  async put(workspace: string, hash: BlobHash, bytes: Uint8Array, facts: Omit<BlobFacts, "size">): Promise<void> {
    const name = nameOf(workspace, hash)
    const count = piecesOf(bytes.length)
    try {
      for (let index = 0; index < count; index++) {
        const value = bytes.slice(index * PIECE_BYTES, (index + 1) * PIECE_BYTES)
        await this.#store.commit([{ type: "record", key: pieceKey(name, index), value }])
      }
      await this.#store.commit([factsChange(name, { ...facts, size: bytes.length })])
    } catch (error) {
      await this.#drop(name, count).catch(() => undefined)
      throw error
    }
  }

  /** The facts of a blob, or `undefined` when it is not here. */
  async facts(workspace: string, hash: BlobHash): Promise<BlobFacts | undefined> {
    const value = await this.#store.record(FACTS + nameOf(workspace, hash))
    return value && decodeFacts(value)
  }

  /** The bytes of a blob that is here; `undefined` when it is not, or not whole any more. */
  async bytes(workspace: string, hash: BlobHash): Promise<Uint8Array | undefined> {
    const facts = await this.facts(workspace, hash)
    if (facts === undefined) return undefined
    const bytes = new Uint8Array(facts.size)
    for (let index = 0; index < piecesOf(facts.size); index++) {
      const piece = await this.#store.record(pieceKey(nameOf(workspace, hash), index))
      if (piece === undefined || index * PIECE_BYTES + piece.length > bytes.length) return undefined
      bytes.set(piece, index * PIECE_BYTES)
    }
    return bytes
  }

  /** Changes facts of a blob that is here; one that is gone stays so. */
  async change(workspace: string, hash: BlobHash, change: Partial<BlobFacts>): Promise<void> {
    const facts = await this.facts(workspace, hash)
    if (facts !== undefined) await this.#store.commit([factsChange(nameOf(workspace, hash), { ...facts, ...change })])
  }

  /** All blobs here. */
  async list(): Promise<ShelvedBlob[]> {
    const blobs: ShelvedBlob[] = []
    for (const key of await this.#store.recordKeys(FACTS)) {
      const [workspace = "", hash = ""] = key.slice(FACTS.length).split("/")
      const facts = await this.facts(workspace, hash)
      if (facts !== undefined) blobs.push({ ...facts, workspace, hash })
    }
    return blobs
  }

  /** Removes a blob; one that is not here is nothing to remove. */
  async remove(workspace: string, hash: BlobHash): Promise<void> {
    const facts = await this.facts(workspace, hash)
    if (facts !== undefined) await this.#drop(nameOf(workspace, hash), piecesOf(facts.size))
  }

  /** Removes what was never finished, of another run of the app. `busy` names those that are being put just now. */
  async sweep(busy: (workspace: string, hash: BlobHash) => boolean): Promise<void> {
    const whole = new Set((await this.#store.recordKeys(FACTS)).map((key) => key.slice(FACTS.length)))
    const stray = (await this.#store.recordKeys(BYTES)).filter((key) => {
      const [workspace = "", hash = ""] = key.slice(BYTES.length).split("/")
      return !whole.has(nameOf(workspace, hash)) && !busy(workspace, hash)
    })
    if (stray.length > 0) await this.#store.commit(stray.map((key) => ({ type: "record", key, value: null })))
  }

  async #drop(name: string, count: number): Promise<void> {
    const keys = [FACTS + name, ...Array.from({ length: count }, (_, index) => pieceKey(name, index))]
    await this.#store.commit(keys.map((key) => ({ type: "record", key, value: null })))
  }
}

function factsChange(name: string, { size, usedAt, state, refusal }: BlobFacts): Change {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FORMAT)
  encoding.writeVarUint(encoder, size)
  encoding.writeVarUint(encoder, Math.max(0, Math.floor(usedAt)))
  encoding.writeVarUint(encoder, STATES.indexOf(state))
  encoding.writeVarUint(encoder, refusal === undefined ? 0 : REFUSALS.indexOf(refusal) + 1)
  return { type: "record", key: FACTS + name, value: encoding.toUint8Array(encoder) }
}

/** What does not decode is not here: it is fetched again. */
function decodeFacts(value: Uint8Array): BlobFacts | undefined {
  try {
    const decoder = decoding.createDecoder(value)
    if (decoding.readVarUint(decoder) !== FORMAT) return undefined
    const size = decoding.readVarUint(decoder)
    const usedAt = decoding.readVarUint(decoder)
    const state = STATES[decoding.readVarUint(decoder)]
    const refusal = REFUSALS[decoding.readVarUint(decoder) - 1]
    return state && { size, usedAt, state, refusal }
  } catch {
    return undefined
  }
}
