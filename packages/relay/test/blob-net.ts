import { createHash } from "node:crypto"
import { type BlobHash, decodeMessage, encodeFrames, encodeMessage, type Frame, type RelayId } from "@polylogue/protocol"
import type { BlobHolder, BlobPiece, BlobTaking } from "../src/blobs/blob-holder.ts"
import { pieceBytes } from "../src/blobs/blob-asks.ts"
import { BlobPeers } from "../src/blobs/blob-peers.ts"
import type { FrameSource, Outlet } from "../src/outlet.ts"
import type { LinkPart } from "../src/links/link-service.ts"
import { ManualClock, settle } from "./test-relay.ts"

export const WORKSPACE = "home"

export const hashOf = (bytes: Uint8Array): BlobHash => createHash("sha256").update(bytes).digest("hex")
export const bytesOf = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (Math.imul(index + seed, 2_654_435_761) >>> 13) & 0xff)

/** Blobs in memory, each by workspace and hash. */
export class MemoryHolder implements BlobHolder {
  readonly blobs = new Map<string, Uint8Array>()
  readonly erased = new Set<string>()
  readonly parts = new Map<string, Uint8Array>()
  readonly cameAt = new Map<string, number>()
  /** How blobs came to be taken. */
  readonly kinds: string[] = []
  /** Answers instead of taking. */
  full = false
  failing = false
  readonly #clock: ManualClock

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  put(bytes: Uint8Array, hash = hashOf(bytes), workspace = WORKSPACE): BlobHash {
    this.blobs.set(`${workspace}/${hash}`, bytes)
    this.cameAt.set(`${workspace}/${hash}`, this.#clock.now())
    return hash
  }

  read(workspace: string, hash: BlobHash, offset: number, maxBytes: number): Promise<BlobPiece | "never" | undefined> {
    if (this.failing) return Promise.reject(new Error("the disk failed"))
    const key = `${workspace}/${hash}`
    if (this.erased.has(key)) return Promise.resolve("never")
    const blob = this.blobs.get(key)
    return Promise.resolve(blob && { total: blob.length, bytes: blob.slice(offset, Math.min(offset + maxBytes, blob.length)) })
  }

  lacks(workspace: string, hash: BlobHash): Promise<boolean> {
    const key = `${workspace}/${hash}`
    return Promise.resolve(!this.blobs.has(key) && !this.erased.has(key))
  }

  async take(
    { workspace, hash, kind }: { workspace: string; hash: BlobHash; total: number; kind: string },
    pieces: (offset: number) => AsyncIterable<Uint8Array>,
  ): Promise<BlobTaking> {
    if (this.full) return "later"
    const key = `${workspace}/${hash}`
    const before = this.parts.get(key) ?? new Uint8Array()
    const parts = [before]
    try {
      for await (const piece of pieces(before.length)) parts.push(piece)
    } catch {
      this.parts.set(key, Buffer.concat(parts))
      return "cut"
    }
    this.parts.delete(key)
    const whole = new Uint8Array(Buffer.concat(parts))
    if (hashOf(whole) !== hash) return "mismatch"
    if (this.erased.has(key)) return "refused"
    this.kinds.push(kind)
    this.put(whole, hash, workspace)
    return "stored"
  }

  async *list(sinceMs: number): AsyncIterable<{ workspace: string; hashes: readonly BlobHash[] }> {
    if (this.failing) throw new Error("the disk failed")
    const pages = new Map<string, BlobHash[]>()
    for (const key of this.blobs.keys()) {
      const [workspace, hash] = key.split("/") as [string, string]
      if (this.cameAt.get(key)! < sinceMs) continue
      const page = pages.get(workspace) ?? []
      pages.set(workspace, page)
      page.push(hash)
    }
    for (const [workspace, hashes] of pages) yield await Promise.resolve({ workspace, hashes })
  }
}

/** What blobs do not need of a link. */
const NO_HANDLES = { openHandle: () => 1, closeHandle: () => undefined }

/** Takes whatever its sources have to say. */
function outletTo(cross: (frame: Frame) => void): Outlet {
  const drain = (source: FrameSource): void => {
    for (let frame = source.next(); frame !== undefined; frame = source.next())
      for (const read of decodeMessage(encodeMessage([frame]))) cross(read)
  }
  return { activate: (source: FrameSource) => void setImmediate(drain, source), remove: () => undefined } as unknown as Outlet
}

/** Bytes of a message, and of a piece in it. */
export const MESSAGE_BYTES = 16 * 1024
export const PIECE_BYTES = pieceBytes(MESSAGE_BYTES)

interface Options {
  readonly mirror?: readonly string[]
}

/** Relays that do nothing but give each other blobs, linked as a test says. */
export class BlobNet {
  readonly clock = new ManualClock()
  readonly peers = new Map<number, BlobPeers>()
  readonly holders = new Map<number, MemoryHolder>()
  /** Every frame that crossed a link. */
  readonly crossed: { readonly from: number; readonly to: number; readonly frame: Frame }[] = []
  readonly failures: unknown[] = []
  /** Links whose frames do not arrive any more, though they stand: `from to`. */
  readonly mute = new Set<string>()
  /** What a part threw, for which its link would end. */
  readonly ended: unknown[] = []
  readonly #mirrors = new Map<number, readonly string[]>()
  readonly #parts = new Map<string, LinkPart>()

  static idOf(index: number): RelayId {
    return index.toString(16).padStart(16, "0")
  }

  add(index: number, { mirror = [] }: Options = {}): MemoryHolder {
    const holder = this.holders.get(index) ?? new MemoryHolder(this.clock)
    this.holders.set(index, holder)
    this.#mirrors.set(index, mirror)
    const failed = (error: unknown): void => void this.failures.push(error)
    this.peers.set(
      index,
      new BlobPeers({ relay: () => BlobNet.idOf(index), clock: this.clock, holder, mirror, messageBytes: MESSAGE_BYTES, failed }),
    )
    return holder
  }

  /** @param logs - which start of each end it is. */
  link(left: number, right: number, logs: Readonly<Record<number, number>> = {}): void {
    for (const [from, to] of [
      [left, right],
      [right, left],
    ] as const) {
      const peer = {
        relay: BlobNet.idOf(to),
        name: `relay ${to}`,
        onDemand: this.#mirrors.get(to)!.length === 0,
        url: undefined,
        log: BlobNet.idOf(1000 + (logs[to] ?? 0)),
      }
      const send = (frame: Frame): void => this.#cross(from, to, frame)
      this.#parts.set(`${from} ${to}`, this.peers.get(from)!.linked({ peer, send, outlet: outletTo(send), ...NO_HANDLES }))
    }
  }

  cut(left: number, right: number): void {
    for (const key of [`${left} ${right}`, `${right} ${left}`]) {
      this.#parts.get(key)?.left()
      this.#parts.delete(key)
    }
  }

  /** Frames of a type that crossed since the last call. */
  take(type: Frame["type"]): Frame[] {
    return this.crossed.splice(0).flatMap(({ frame }) => (frame.type === type ? [frame] : []))
  }

  /** A frame as if `from` had sent it to `to`. */
  say(from: number, to: number, frame: Frame): void {
    this.#cross(from, to, frame)
  }

  has(index: number, hash: BlobHash, workspace = WORKSPACE): boolean {
    return this.holders.get(index)!.blobs.has(`${workspace}/${hash}`)
  }

  fetch(index: number, hash: BlobHash): Promise<string> {
    return this.peers.get(index)!.fetch(WORKSPACE, hash)
  }

  /** Lets everything come to rest. */
  async quiet(): Promise<void> {
    await settle(60)
  }

  /** Lets what is there now happen. */
  async step(): Promise<void> {
    await settle(1)
  }

  #cross(from: number, to: number, frame: Frame): void {
    this.crossed.push({ from, to, frame })
    if (this.mute.has(`${from} ${to}`)) return
    // As over a socket: never from inside the call that sends.
    setImmediate(() => {
      const part = this.#parts.get(`${to} ${from}`)
      if (part === undefined) return
      try {
        for (const read of decodeMessage(encodeFrames(frame))) void part.receive(read)
      } catch (error) {
        this.ended.push(error)
      }
    })
  }
}
