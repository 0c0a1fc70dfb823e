import { type BlobHash, type Clock, type Frame, type FrameOf, type FrameType, MAX_RELAYS, type RelayId } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import type { Link, LinkPart, LinkService } from "../links/link-service.ts"
import { BlobAnswers } from "./blob-answers.ts"
import { BlobAsks, pieceBytes, SIZE_ALONE } from "./blob-asks.ts"
import { BlobQueue, EMPTY_BLOB, piecesOf } from "./blob-fetch.ts"
import { type BlobHolder, blobKey, type BlobPiece } from "./blob-holder.ts"
import { BlobNews, ToldRelays } from "./blob-news.ts"
import { BlobRetries } from "./blob-retries.ts"
import { BlobSearches, type BlobSource } from "./blob-search.ts"

/**
 * How the search for a blob at other relays ended:
 * - `stored`: it is here now.
 * - `none`: nobody who is reached has it.
 * - `refused`: it will never be here: it was erased, or is too large.
 * - `later`: it may be had later: somebody did not answer, there is no room, or too much else is asked for.
 */
export type BlobFetched = "stored" | "none" | "refused" | "later"

/** Blobs that are fetched at once because somebody asked for them, and so many more wait. */
export const MAX_FETCHES = 8
export const MAX_WAITING_FETCHES = 1_024
/** Blobs of other relays that are mirrored at once. */
const MAX_MIRRORED = 4
/** Questions of one link that are being answered; with one more the link ends. */
export const MAX_QUESTIONS_OF_LINK = 1_024

/** Where a relay has its blobs, and what it is. */
export interface BlobPeersOptions {
  /** Known before there are links. */
  readonly relay: () => RelayId
  readonly clock: Clock
  readonly holder: BlobHolder
  /** Bytes of the messages that it sends. */
  readonly messageBytes: number
  /** Prefixes of the documents that it holds whoever uses them; the blobs of their workspaces are mirrored. */
  readonly mirror: readonly string[]
  /** Told what is caught. */
  readonly failed: (error: unknown) => void
}

interface Neighbour {
  readonly link: Link
  readonly asks: BlobAsks
  /** Absent for one that holds only what is asked for there. */
  readonly news: BlobNews | undefined
  readonly answers: BlobAnswers
  questions: number
  mirroring: boolean
}

/** Blobs of a relay and of those that it is linked with. */
export interface RelayBlobs {
  /** Brings a blob here that somebody asked for and that is not here. Whether they may have it is the caller's to know. Never rejects. */
  fetch(workspace: string, hash: BlobHash): Promise<BlobFetched>
  /** A blob came here otherwise: relays that mirror its workspace are told. */
  stored(workspace: string, hash: BlobHash): void
}

/** Blobs over links: fetched when they are asked for, mirrored when they are told of, given to others piece by piece. */
export class BlobPeers implements LinkService, RelayBlobs {
  readonly takes: ReadonlySet<FrameType> = new Set<FrameType>(["askBlob", "blob", "blobs"])
  readonly #options: BlobPeersOptions
  readonly #neighbours = new Set<Neighbour>()
  readonly #searches: BlobSearches
  readonly #told = new ToldRelays()
  readonly #retries: BlobRetries
  readonly #fetches = new BlobQueue<BlobFetched>(MAX_FETCHES, MAX_WAITING_FETCHES)
  readonly #mirrored = new BlobQueue<BlobFetched>(MAX_MIRRORED, Infinity)
  #closed = false

  constructor(options: BlobPeersOptions) {
    this.#options = options
    this.#searches = new BlobSearches(options.clock)
    this.#retries = new BlobRetries(options.clock, (workspace, hash) => this.#wanted(workspace, hash, "mirrored"))
  }

  async fetch(workspace: string, hash: BlobHash): Promise<BlobFetched> {
    if (this.#closed) return "later"
    const fetched = this.#fetches.run(blobKey(workspace, hash), () => this.#wanted(workspace, hash, "asked"))
    return (await fetched) ?? "later"
  }

  stored(workspace: string, hash: BlobHash): void {
    for (const { news } of this.#neighbours) news?.add(workspace, hash)
  }

  linked(link: Link): LinkPart {
    const { holder, clock } = this.#options
    const failed = (error: unknown): void => this.#failed(error)
    const news = link.peer.onDemand ? undefined : new BlobNews(link, { holder, clock, told: this.#told, failed })
    const answers = new BlobAnswers(link.outlet, () => neighbour.questions--)
    const neighbour: Neighbour = { link, asks: new BlobAsks(link, clock), answers, news, questions: 0, mirroring: false }
    this.#neighbours.add(neighbour)
    return {
      receive: (frame) => this.#receive(neighbour, frame),
      left: () => {
        this.#neighbours.delete(neighbour)
        this.#searches.left(neighbour.asks)
        neighbour.asks.left()
        answers.left()
        news?.left()
      },
    }
  }

  /** Fetches nothing more. Idempotent. */
  close(): void {
    this.#closed = true
    this.#retries.close()
  }

  #receive(neighbour: Neighbour, frame: Frame): void {
    switch (frame.type) {
      case "askBlob":
        return this.#asked(neighbour, frame)
      case "blob":
        return neighbour.asks.answered(frame)
      case "blobs":
        if (frame.hashes.length === 0) return neighbour.news?.done()
        if (neighbour.mirroring) throw new RelayError("rate-limited", "blobs were told of before the last ones were done with")
        return void this.#mirror(neighbour, frame)
      default:
    }
  }

  #asked(neighbour: Neighbour, frame: FrameOf<"askBlob">): void {
    if (frame.path.at(-1) !== neighbour.link.peer.relay) throw new RelayError("bad-frame", "a question does not say who asks")
    if (neighbour.questions >= MAX_QUESTIONS_OF_LINK) throw new RelayError("rate-limited", "too many blobs are asked for")
    neighbour.questions++
    // Not awaited: what else comes over the link goes on meanwhile.
    void this.#answer(neighbour, frame)
  }

  async #answer(neighbour: Neighbour, frame: FrameOf<"askBlob">): Promise<void> {
    let piece: BlobPiece | undefined
    try {
      piece = await this.#answerTo(neighbour, frame)
    } catch (error) {
      this.#failed(error)
    }
    if (!this.#neighbours.has(neighbour)) return
    const { total, bytes } = piece ?? { total: 0, bytes: new Uint8Array() }
    neighbour.answers.push({ type: "blob", request: frame.request, total, bytes })
  }

  async #answerTo(from: Neighbour, { workspace, hash, offset, path }: FrameOf<"askBlob">): Promise<BlobPiece | undefined> {
    const { holder } = this.#options
    const relay = this.#options.relay()
    if (path.includes(relay)) return undefined
    const here = await holder.read(workspace, hash, offset, pieceBytes(this.#options.messageBytes))
    if (here === "never") return undefined
    if (here !== undefined) return here
    if (path.length >= MAX_RELAYS) return undefined
    const onward = [...path, relay]
    if (offset !== SIZE_ALONE) {
      const route = this.#searches.route(workspace, hash)
      return route === from.asks ? undefined : await route?.piece({ workspace, hash, offset, path: onward })
    }
    const search = this.#searches.onBehalf(workspace, hash, onward, this.#others(onward))
    await search?.first
    const [source] = search?.sources ?? []
    return source === undefined ? undefined : { total: source.total, bytes: new Uint8Array() }
  }

  /** Those that are linked and do not ask themselves. */
  #others(path: readonly RelayId[]): BlobAsks[] {
    return [...this.#neighbours].filter(({ link }) => !path.includes(link.peer.relay)).map(({ asks }) => asks)
  }

  async #mirror(neighbour: Neighbour, { workspace, hashes }: FrameOf<"blobs">): Promise<void> {
    neighbour.mirroring = true
    try {
      if (this.#mirrors(workspace)) await Promise.all(hashes.map((hash) => this.#mirrorOne(neighbour, workspace, hash)))
    } finally {
      neighbour.mirroring = false
    }
    if (this.#neighbours.has(neighbour)) neighbour.link.send({ type: "blobs", workspace, hashes: [] })
  }

  #mirrors(workspace: string): boolean {
    return this.#options.mirror.some((prefix) => prefix === "" || prefix === workspace || prefix.startsWith(`${workspace}/`))
  }

  async #mirrorOne({ asks }: Neighbour, workspace: string, hash: BlobHash): Promise<void> {
    const outcome = await this.#mirrored.run(blobKey(workspace, hash), async () => {
      if (hash === EMPTY_BLOB) return await this.#take(workspace, hash, undefined, "mirrored")
      if (!(await this.#lacks(workspace, hash))) return "none"
      const total = await asks.size(this.#question(workspace, hash))
      if (total === undefined) return "later"
      return total === 0 ? "none" : await this.#take(workspace, hash, { asks, total }, "mirrored")
    })
    if (outcome === "later" && !this.#closed) this.#retries.add(workspace, hash)
  }

  /** Searches for a blob and takes it in from whoever has it. Never rejects. */
  async #wanted(workspace: string, hash: BlobHash, kind: "asked" | "mirrored"): Promise<BlobFetched> {
    if (hash === EMPTY_BLOB) return await this.#take(workspace, hash, undefined, kind)
    const neighbours = this.#others([])
    if (neighbours.length === 0) return "none"
    const search = this.#searches.own(workspace, hash, this.#options.relay(), neighbours)
    if (search === undefined) return "later"
    await search.first
    for (let next = 0; !this.#closed; next++) {
      if (next === search.sources.length) await search.all
      const source = search.sources[next]
      if (source === undefined) break
      const outcome = await this.#take(workspace, hash, source, kind)
      if (outcome !== "later") return outcome
    }
    return search.sources.length > 0 || search.unanswered ? "later" : "none"
  }

  async #take(workspace: string, hash: BlobHash, source: BlobSource | undefined, kind: "asked" | "mirrored"): Promise<BlobFetched> {
    const { holder } = this.#options
    try {
      if (!(await holder.lacks(workspace, hash))) return (await this.#isHere(workspace, hash)) ? "stored" : "refused"
      const question = this.#question(workspace, hash)
      const taken = await holder.take({ workspace, hash, total: source?.total ?? 0, kind }, (offset) =>
        source === undefined ? nothing() : piecesOf(source, question, { offset, stride: pieceBytes(this.#options.messageBytes) }),
      )
      if (taken === "stored") this.stored(workspace, hash)
      return taken === "stored" || taken === "refused" ? taken : "later"
    } catch (error) {
      this.#failed(error)
      return "later"
    }
  }

  /** A disk that does not say lets it be tried: what is taken then fails, and is tried again. */
  async #lacks(workspace: string, hash: BlobHash): Promise<boolean> {
    return await this.#options.holder.lacks(workspace, hash).catch(() => true)
  }

  async #isHere(workspace: string, hash: BlobHash): Promise<boolean> {
    const here = await this.#options.holder.read(workspace, hash, 0, 1)
    return here !== "never" && here !== undefined
  }

  #question(workspace: string, hash: BlobHash): { workspace: string; hash: BlobHash; path: readonly RelayId[] } {
    return { workspace, hash, path: [this.#options.relay()] }
  }

  #failed(error: unknown): void {
    if (!this.#closed) this.#options.failed(error)
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
