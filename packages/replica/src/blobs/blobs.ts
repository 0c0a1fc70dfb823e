import { type BlobHash, type DocumentId, hashFromBytes, isBlobHash } from "@polylogue/protocol"
import * as sha256 from "lib0/hash/sha256"
import { Backoff } from "../backoff.ts"
import type { Environment } from "../environment.ts"
import { ReplicaError } from "../errors.ts"
import { Listeners } from "../listeners.ts"
import { type BlobFetch, BlobHttp, type PartialBlob, TransferFailure } from "./blob-http.ts"
import type { BlobsPart } from "./blobs-part.ts"
import { type BlobFacts, type BlobRefusal, BlobShelf, type ShelvedBlob } from "./blob-shelf.ts"

/** Attachments and other large bytes beside the documents: named by their content, in a workspace, never part of a document. */
export interface ReplicaBlobs {
  /**
   * Keeps `bytes` on the device and brings them to a relay when there is one, over reloads as well. Resolves with their name once they are on
   * the device's disk.
   * @throws ReplicaError `storage` when the device has no room; `too-large`; `closed`. RangeError for what is no workspace.
   */
  put(workspace: string, bytes: Uint8Array): Promise<BlobHash>
  /**
   * The bytes of a blob: from the device, or else from the relay, verified and kept.
   * @throws ReplicaError `not-found`, `erased`, `forbidden`, `unavailable` when no relay can be asked at the moment: what arrived is gone on with at the
   * next call; `storage`; `closed`. RangeError for what is no workspace or hash.
   */
  get(workspace: string, hash: BlobHash): Promise<Uint8Array>
  /** How a blob on this device stands; `undefined` when it is not here. */
  status(workspace: string, hash: BlobHash): Promise<BlobStatus | undefined>
  /** The blobs on this device that no relay has, those that were refused included. */
  uploads(): Promise<readonly ShelvedBlob[]>
  /** All blobs on this device. */
  shelved(): Promise<readonly ShelvedBlob[]>
  /** Drops from this device the blobs that a relay has; they are fetched again when they are wanted. Resolves with the bytes that this freed. */
  clear(): Promise<number>
  /** Tries a refused upload again; nothing for others. */
  retry(workspace: string, hash: BlobHash): Promise<void>
  /** Calls `listener` after each change of what this tab knows of uploads. Returns a function that ends it. */
  subscribe(listener: () => void): () => void
}

/** How a blob on the device stands. */
export type BlobStatus = Pick<BlobFacts, "size" | "state" | "refusal">

/** What {@link Blobs} needs of its replica. */
export interface BlobsHost {
  readonly environment: Environment
  /** The relay to ask now; `undefined` while the device is cut off, or none is configured. */
  relay(): string | undefined
  /** Tells the other tabs that there are blobs to upload. */
  announce(): void
  token(): string
}

/** Transfers that were cut and are remembered, oldest forgotten first. */
const MAX_PARTIALS = 4
/** Attempts at one download before its caller is told. */
const MAX_ATTEMPTS = 3
/** A blob that was wanted again is noted so at most once in so many milliseconds. */
const USE_GRAIN_MS = 60_000
const REFUSALS: ReadonlySet<string> = new Set<BlobRefusal>(["too-large", "quota", "erased", "forbidden", "mismatch"])
const WORKSPACE = /^[A-Za-z0-9._~-]{1,128}$/u

/** {@link ReplicaBlobs}: a shelf in the device's store, and the way to a relay. */
export class Blobs implements BlobsPart {
  readonly #host: BlobsHost
  readonly #fetch: BlobFetch | undefined
  readonly #shelf: BlobShelf
  readonly #backoff: Backoff
  readonly #listeners: Listeners<[]>
  readonly #partials = new Map<string, PartialBlob>()
  readonly #putting = new Set<string>()
  /** Downloads under way, and whether their blob was erased meanwhile. */
  readonly #fetching = new Set<{ readonly name: string; erased: boolean }>()
  #uploading = false
  #again = false
  #closed = false

  constructor(host: BlobsHost, fetch: BlobFetch | undefined) {
    this.#host = host
    this.#fetch = fetch
    const { environment } = host
    this.#shelf = new BlobShelf(environment.store)
    this.#backoff = new Backoff({ ...environment, ...environment.limits })
    this.#listeners = new Listeners((error) => environment.report({ kind: "listener-failed", documentId: undefined, error }))
  }

  async put(workspace: string, bytes: Uint8Array): Promise<BlobHash> {
    this.#check(workspace)
    const { clock, limits } = this.#host.environment
    if (bytes.length > limits.maxBlobBytes) throw new ReplicaError("too-large", `a blob has at most ${limits.maxBlobBytes} bytes`)
    const hash = hashFromBytes(sha256.digest(bytes))
    const name = `${workspace}/${hash}`
    this.#putting.add(name)
    try {
      if ((await this.#shelf.bytes(workspace, hash)) === undefined) {
        await this.#shelf.put(workspace, hash, bytes, { usedAt: clock.now(), state: "waiting", refusal: undefined })
      }
    } catch (cause) {
      throw new ReplicaError("storage", "the device does not take the blob", { cause })
    } finally {
      this.#putting.delete(name)
    }
    this.#listeners.emit()
    this.#host.announce()
    this.resume()
    return hash
  }

  async get(workspace: string, hash: BlobHash): Promise<Uint8Array> {
    this.#check(workspace, hash)
    const { clock } = this.#host.environment
    try {
      const here = await this.#shelf.bytes(workspace, hash)
      if (here !== undefined) {
        const usedAt = clock.now()
        const facts = await this.#shelf.facts(workspace, hash)
        if (facts !== undefined && usedAt - facts.usedAt > USE_GRAIN_MS) await this.#shelf.change(workspace, hash, { usedAt })
        return here
      }
    } catch (cause) {
      throw new ReplicaError("storage", "the device's store cannot be read", { cause })
    }
    return await this.#fetchAndKeep(workspace, hash)
  }

  async status(workspace: string, hash: BlobHash): Promise<BlobStatus | undefined> {
    this.#check(workspace, hash)
    const facts = await this.#shelf.facts(workspace, hash)
    return facts && { size: facts.size, state: facts.state, refusal: facts.refusal }
  }

  async uploads(): Promise<readonly ShelvedBlob[]> {
    return (await this.#shelf.list()).filter(({ state }) => state !== "stored")
  }

  shelved(): Promise<readonly ShelvedBlob[]> {
    return this.#shelf.list()
  }

  async clear(): Promise<number> {
    let freedBytes = 0
    for (const { workspace, hash, size, state } of await this.#shelf.list()) {
      if (state !== "stored") continue
      await this.#shelf.remove(workspace, hash)
      freedBytes += size
    }
    this.#listeners.emit()
    return freedBytes
  }

  async retry(workspace: string, hash: BlobHash): Promise<void> {
    const facts = await this.#shelf.facts(workspace, hash)
    if (facts?.state !== "refused") return
    await this.#shelf.change(workspace, hash, { state: "waiting", refusal: undefined })
    this.#listeners.emit()
    this.resume()
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  heard(): void {
    this.#listeners.emit()
    this.resume()
  }

  resume(): void {
    if (this.#closed || this.#fetch === undefined) return
    this.#again = true
    this.#backoff.wake()
    if (!this.#uploading) void this.#uploadWaiting()
  }

  async begin(): Promise<void> {
    try {
      await this.#shelf.sweep((workspace, hash) => this.#putting.has(`${workspace}/${hash}`))
      await this.#evict()
    } catch (error) {
      this.#host.environment.report({ kind: "store-failed", documentId: undefined, error })
    }
    this.resume()
  }

  async forget(documentId: DocumentId, hashes: readonly BlobHash[]): Promise<void> {
    const [workspace = ""] = documentId.split("/")
    for (const hash of hashes) {
      this.#partials.delete(`${workspace}/${hash}`)
      for (const fetching of this.#fetching) if (fetching.name === `${workspace}/${hash}`) fetching.erased = true
      await this.#shelf.remove(workspace, hash)
    }
    if (hashes.length > 0) this.#listeners.emit()
  }

  stop(): void {
    this.#closed = true
    this.#backoff.wake()
  }

  #check(workspace: string, hash?: BlobHash): void {
    if (this.#closed) throw new ReplicaError("closed", "the replica is closed")
    if (!WORKSPACE.test(workspace) || workspace === "." || workspace === "..")
      throw new RangeError(`${JSON.stringify(workspace)} is no workspace`)
    if (hash !== undefined && !isBlobHash(hash)) throw new RangeError(`${JSON.stringify(hash)} is no hash of a blob`)
  }

  #http(): BlobHttp | undefined {
    const relay = this.#host.relay()
    return this.#fetch === undefined || relay === undefined ? undefined : new BlobHttp(this.#fetch, relay, this.#host.token())
  }

  async #uploadWaiting(): Promise<void> {
    this.#uploading = true
    while (this.#again && !this.#closed && this.#host.relay() !== undefined) {
      this.#again = false
      let failed = false
      try {
        const waiting = (await this.#shelf.list()).filter(({ state }) => state === "waiting")
        for (const blob of waiting) if (!this.#closed && !(await this.#upload(blob))) failed = true
      } catch (error) {
        failed = true
        this.#host.environment.report({ kind: "store-failed", documentId: undefined, error })
      }
      if (!failed) this.#backoff.reset()
      else if (!this.#closed) {
        await this.#backoff.wait()
        this.#again = true
      }
    }
    this.#uploading = false
  }

  /** Whether nothing more is to be done for the blob. */
  async #upload({ workspace, hash }: ShelvedBlob): Promise<boolean> {
    const http = this.#http()
    const bytes = await this.#shelf.bytes(workspace, hash)
    if (http === undefined || bytes === undefined) return true
    try {
      await http.upload(workspace, hash, bytes)
      await this.#shelf.change(workspace, hash, { state: "stored", refusal: undefined })
      await this.#evict()
    } catch (error) {
      const problem = error instanceof TransferFailure ? error.problem : undefined
      if (problem === undefined) throw error
      if (!isRefusal(problem)) return false
      await this.#shelf.change(workspace, hash, { state: "refused", refusal: problem })
    }
    this.#listeners.emit()
    return true
  }

  async #fetchAndKeep(workspace: string, hash: BlobHash): Promise<Uint8Array> {
    const { environment } = this.#host
    const fetching = { name: `${workspace}/${hash}`, erased: false }
    this.#fetching.add(fetching)
    try {
      const bytes = await this.#download(workspace, hash)
      try {
        if (!fetching.erased)
          await this.#shelf.put(workspace, hash, bytes, { usedAt: environment.clock.now(), state: "stored", refusal: undefined })
        // It may have been written after the erasure had looked for it.
        if (fetching.erased) await this.#shelf.remove(workspace, hash)
        else await this.#evict()
      } catch (error) {
        // It is here all the same, and is fetched again when it is wanted again.
        environment.report({ kind: "store-failed", documentId: undefined, error })
      }
      if (fetching.erased) throw new ReplicaError("erased", `the blob ${fetching.name} was erased while it came`)
      return bytes
    } finally {
      this.#fetching.delete(fetching)
    }
  }

  async #download(workspace: string, hash: BlobHash): Promise<Uint8Array> {
    const name = `${workspace}/${hash}`
    const partial: PartialBlob = this.#partials.get(name) ?? { pieces: [], bytes: 0, total: undefined }
    const backoff = new Backoff({ ...this.#host.environment, ...this.#host.environment.limits })
    for (let attempt = 1; ; attempt++) {
      const http = this.#http()
      try {
        if (http === undefined) throw new TransferFailure("unavailable", "no relay can be asked for a blob at the moment")
        const bytes = await http.download(workspace, hash, partial)
        this.#partials.delete(name)
        if (hashFromBytes(sha256.digest(bytes)) !== hash)
          throw new TransferFailure("mismatch", "the relay sent other bytes than were asked for")
        return bytes
      } catch (error) {
        const problem = error instanceof TransferFailure ? error.problem : "unavailable"
        if (problem === "unavailable" && http !== undefined && attempt < MAX_ATTEMPTS && !this.#closed) await backoff.wait()
        else throw this.#failed(name, partial, problem, error)
      }
    }
  }

  #failed(name: string, partial: PartialBlob, problem: TransferFailure["problem"], cause: unknown): ReplicaError {
    this.#partials.delete(name)
    if (problem === "unavailable" && partial.bytes > 0) this.#partials.set(name, partial)
    for (const oldest of this.#partials.keys()) if (this.#partials.size > MAX_PARTIALS) this.#partials.delete(oldest)
    const code = problem === "missing" ? "not-found" : problem === "erased" || problem === "forbidden" ? problem : "unavailable"
    return new ReplicaError(code, `the blob ${name} cannot be had: ${problem}`, { cause })
  }

  /** Drops what was not wanted for longest, of what a relay has, until the rest is within bounds. */
  async #evict(): Promise<void> {
    const { maxBlobCacheBytes } = this.#host.environment.limits
    const blobs = await this.#shelf.list()
    let bytes = blobs.reduce((sum, { size }) => sum + size, 0)
    for (const { workspace, hash, size } of blobs.filter(({ state }) => state === "stored").toSorted((a, b) => a.usedAt - b.usedAt)) {
      if (bytes <= maxBlobCacheBytes) return
      await this.#shelf.remove(workspace, hash)
      bytes -= size
    }
  }
}

function isRefusal(problem: TransferFailure["problem"]): problem is BlobRefusal {
  return REFUSALS.has(problem)
}
