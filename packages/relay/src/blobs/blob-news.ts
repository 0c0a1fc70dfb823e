import type { BlobHash, Clock, RelayId } from "@polylogue/protocol"
import type { Link } from "../links/link-service.ts"
import type { BlobHolder } from "./blob-holder.ts"

/*
 * Which blobs this relay has, told to one that mirrors: a page, and the next when the other end has done with it. After a link stands, everything, or, when this
 * start of the other relay was told everything before, what came since; then what comes. So nothing is sent while nothing comes.
 */

/** Hashes in one page: some 15 KiB, as messages to relays are. */
const PAGE = 480
/** Blobs that wait to be told of over one link; with one more, what came lately is listed from the disk. */
export const MAX_NEWS = 4_096
/** Milliseconds by which a list begins earlier than needed: the clock of the disk, and clocks that are set back. */
const MARGIN_MS = 3_600_000
/** Relays of which it is remembered what they were told. */
const MAX_TOLD = 256
/** Milliseconds until the disk is asked again after it failed. */
const RETRY_MS = 60_000

/** Up to when each relay was told everything, by its start: a new start may have lost what it had not done with. */
export class ToldRelays {
  readonly #told = new Map<RelayId, { readonly log: string; readonly untilMs: number }>()

  sinceMs({ peer }: Link): number {
    const told = this.#told.get(peer.relay)
    return told !== undefined && told.log === peer.log ? told.untilMs - MARGIN_MS : -Infinity
  }

  told({ peer }: Link, untilMs: number): void {
    // Which start it is of a relay that has dialled is not known.
    if (peer.log === undefined) return
    this.#told.delete(peer.relay)
    this.#told.set(peer.relay, { log: peer.log, untilMs })
    const [oldest] = this.#told.keys()
    if (this.#told.size > MAX_TOLD) this.#told.delete(oldest!)
  }
}

/** Tells one link. */
export class BlobNews {
  readonly #link: Link
  readonly #holder: BlobHolder
  readonly #clock: Clock
  readonly #told: ToldRelays
  readonly #failed: (error: unknown) => void
  readonly #news = new Map<string, Set<BlobHash>>()
  #count = 0
  #list = true
  #wake: (() => void) | undefined
  #done: (() => void) | undefined
  #left = false

  constructor(
    link: Link,
    { holder, clock, told, failed }: { holder: BlobHolder; clock: Clock; told: ToldRelays; failed: (error: unknown) => void },
  ) {
    this.#link = link
    this.#holder = holder
    this.#clock = clock
    this.#told = told
    this.#failed = failed
    void this.#run()
  }

  /** There is one more. */
  add(workspace: string, hash: BlobHash): void {
    if (this.#list) return
    const hashes = this.#news.get(workspace) ?? new Set()
    this.#news.set(workspace, hashes)
    if (!hashes.has(hash)) this.#count++
    hashes.add(hash)
    if (this.#count > MAX_NEWS) {
      this.#news.clear()
      this.#count = 0
      this.#list = true
    }
    this.#wake?.()
  }

  /** The other end has done with a page. */
  done(): void {
    this.#done?.()
  }

  /** The link is over. */
  left(): void {
    this.#left = true
    this.#wake?.()
    this.#done?.()
  }

  async #run(): Promise<void> {
    while (!this.#left) {
      try {
        if (this.#list) await this.#tellAll()
        else if (this.#count > 0) await this.#tellNews()
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      } catch (error) {
        this.#failed(error)
        this.#list = true
        if (!this.#left) await this.#pause()
      }
    }
  }

  /** Until the disk is to be asked again, or the link is over. */
  async #pause(): Promise<void> {
    let cancel: (() => void) | undefined
    await new Promise<void>((resolve) => {
      cancel = this.#clock.setTimer(resolve, RETRY_MS)
      this.#wake = resolve
    })
    cancel!()
  }

  async #tellAll(): Promise<void> {
    const untilMs = this.#clock.now()
    // What comes from now on is news: the list may have passed its place.
    this.#list = false
    for await (const { workspace, hashes } of this.#holder.list(this.#told.sinceMs(this.#link)))
      for (let at = 0; at < hashes.length; at += PAGE) {
        await this.#tell(workspace, hashes.slice(at, at + PAGE))
        if (this.#left) return
      }
    this.#told.told(this.#link, untilMs)
  }

  async #tellNews(): Promise<void> {
    const [[workspace, hashes]] = this.#news as unknown as [[string, Set<BlobHash>]]
    const page = [...hashes].slice(0, PAGE)
    for (const hash of page) hashes.delete(hash)
    if (hashes.size === 0) this.#news.delete(workspace)
    this.#count -= page.length
    await this.#tell(workspace, page)
  }

  async #tell(workspace: string, hashes: readonly BlobHash[]): Promise<void> {
    if (this.#left || hashes.length === 0) return
    this.#link.send({ type: "blobs", workspace, hashes })
    await new Promise<void>((resolve) => (this.#done = resolve))
    this.#done = undefined
  }
}
