import { type Clock, type Frame, type FrameType, MAX_RELAYS, type RelayId, type RelayReport } from "@polylogue/protocol"
import type { Link, LinkPart, LinkService } from "../links/link-service.ts"
import { decodeReport, encodeReport, type FleetReport, shortText } from "./fleet-report.ts"

/*
 * What relays know of each other. Each tells its report to those that it is linked with, and they tell theirs:
 *
 *   something changed ─> due ──pause over──> own report made anew ─┐
 *   a later report is heard ──────────────────────────────────────┴─> owed to every link but the one it came over ──pause over──> sent
 *
 * Of two reports of one relay the later one counts, and one that is not later goes no further: so it ends in any topology, and when nothing changes nothing is
 * sent. What changes all the time while people write (how far who is behind) goes more rarely than what an operator waits for (a link that broke).
 */

/** Least time between two frames of news, in milliseconds; and of measures, for so many relays. */
const NEWS_PAUSE_MS = 2_000
const MEASURES_PAUSE_MS = 5_000
const RELAYS_PER_MEASURES_PAUSE = 8
/** Bytes of reports in one frame; one alone may be larger. */
const FRAME_BYTES = 32 * 1024

/** The way out of a link, for frames that may have to be cut. */
export interface FleetQueue {
  /** Frames that the link has not taken. */
  readonly length: number
  push(frame: Frame): void
  /** Nothing more is to be said. */
  leave(): void
}

/** What a fleet is told of its relay, and tells it. */
export interface FleetOwner {
  /** Read when it is needed. */
  readonly own: { readonly id: RelayId; readonly name: string }
  readonly clock: Clock
  queue(link: Link): FleetQueue
  /** As it is now. */
  report(): FleetReport
  /** Whether `relay`, which says that it is called so, belongs to the fleet as of its own time `at`: what its operator forgot does not. */
  admits(relay: RelayId, name: string, at: number): boolean
  /** Another relay's report is news. */
  heard(relay: RelayId, report: FleetReport | undefined): void
}

/** A relay as it was heard of. */
export interface HeardRelay {
  readonly relay: RelayId
  readonly name: string
  /** When it made its report, by its own clock, and when that came here, by ours. */
  readonly at: number
  readonly heardAt: number
  /** `undefined` when this version cannot read what it says. */
  readonly report: FleetReport | undefined
}

interface Known extends HeardRelay {
  readonly wire: RelayReport
}

interface Telling {
  readonly link: Link
  readonly queue: FleetQueue
  /** Of whom it has still to be told. */
  readonly owed: Set<RelayId>
}

/** The reports of all relays. */
export class Fleet implements LinkService {
  readonly takes: ReadonlySet<FrameType> = new Set<FrameType>(["fleet"])
  readonly #owner: FleetOwner
  readonly #known = new Map<RelayId, Known>()
  readonly #links = new Set<Telling>()
  #own: RelayReport | undefined
  /** When it was made, or when others say that it was. */
  #at = 0
  /** What the last own report said, apart from measures; and those. */
  #ownNews = ""
  #ownMeasures = ""
  #reportDue = false
  #sentAt = -Infinity
  #measuredAt = -Infinity
  #dueAt = Infinity
  #cancel: (() => void) | undefined
  #closed = false

  constructor(owner: FleetOwner) {
    this.#owner = owner
  }

  /** Relays of which something was heard since the start, by id. */
  get relays(): HeardRelay[] {
    return [...this.#known.values()].toSorted((left, right) => (left.relay < right.relay ? -1 : 1))
  }

  /** How the operator of `relay` calls it; `undefined` when it was not heard of. */
  nameOf(relay: RelayId): string | undefined {
    return this.#known.get(relay)?.name
  }

  /** Something that an operator waits for may have changed. */
  newsChanged(): void {
    this.#reportDue = true
    this.#schedule(this.#sentAt + NEWS_PAUSE_MS)
  }

  /** Measures may have changed. */
  measuresChanged(): void {
    this.#reportDue = true
    const pauses = Math.max(1, Math.ceil(this.#known.size / RELAYS_PER_MEASURES_PAUSE))
    this.#schedule(Math.max(this.#sentAt + NEWS_PAUSE_MS, this.#measuredAt + MEASURES_PAUSE_MS * pauses))
  }

  /** A relay is gone for good. Should it be heard again it is known again. */
  forget(relay: RelayId): void {
    this.#known.delete(relay)
    for (const { owed } of this.#links) owed.delete(relay)
  }

  linked(link: Link): LinkPart {
    const telling: Telling = {
      link,
      queue: this.#owner.queue(link),
      owed: new Set([this.#owner.own.id, ...this.#known.keys()]),
    }
    this.#links.add(telling)
    this.newsChanged()
    return {
      receive: (frame) => this.#receive(telling, frame),
      left: () => {
        this.#links.delete(telling)
        telling.queue.leave()
        this.newsChanged()
      },
    }
  }

  /** Says nothing more. */
  close(): void {
    this.#closed = true
    this.#cancel?.()
    this.#cancel = undefined
    this.#links.clear()
  }

  #receive(from: Telling, frame: Frame): void {
    if (frame.type !== "fleet") return
    for (const report of frame.relays) {
      if (report.relay === this.#owner.own.id) this.#heardOfUs(report)
      else this.#heardOf(report, from)
    }
    if (this.#owing()) this.#schedule(this.#sentAt + NEWS_PAUSE_MS)
  }

  /**
   * What others still know of us. When that is later than what we say, our clock was put back since, and what we say would not count: so we go on from there. A
   * relay is told of itself once, when a link begins: two copies of one folder would else outbid each other for ever.
   */
  #heardOfUs(report: RelayReport): void {
    if (report.at <= this.#at) return
    this.#at = report.at
    this.#ownNews = ""
    this.newsChanged()
  }

  #heardOf(wire: RelayReport, from: Telling): void {
    const known = this.#known.get(wire.relay)
    if (known !== undefined && known.at >= wire.at) {
      // It has what we have, or less.
      if (known.at === wire.at) from.owed.delete(wire.relay)
      return
    }
    const name = shortText(wire.name)
    if (!this.#owner.admits(wire.relay, name, wire.at)) return
    if (known === undefined && this.#known.size >= MAX_RELAYS - 1) this.#known.delete(this.#leastHeard())
    const report = decodeReport(wire.report)
    // The bytes are a view into a message, which would be kept with them.
    const copy = { ...wire, name, report: wire.report.slice() }
    this.#known.set(wire.relay, { relay: wire.relay, name, at: wire.at, heardAt: this.#owner.clock.now(), report, wire: copy })
    this.#owe(wire.relay, from)
    this.#owner.heard(wire.relay, report)
  }

  #leastHeard(): RelayId {
    return [...this.#known.values()].reduce((least, known) => (known.heardAt < least.heardAt ? known : least)).relay
  }

  #owe(relay: RelayId, from: Telling | undefined): void {
    for (const telling of this.#links) {
      if (telling === from || telling.link.peer.relay === relay) telling.owed.delete(relay)
      else telling.owed.add(relay)
    }
  }

  #owing(): boolean {
    return [...this.#links].some(({ owed }) => owed.size > 0)
  }

  #schedule(at: number): void {
    if (this.#closed || (this.#cancel !== undefined && this.#dueAt <= at)) return
    this.#cancel?.()
    this.#dueAt = at
    const { clock } = this.#owner
    this.#cancel = clock.setTimer(this.#run, Math.max(0, at - clock.monotonic()))
  }

  readonly #run = (): void => {
    this.#cancel = undefined
    if (this.#reportDue) this.#report()
    let sent = false
    for (const { queue, owed } of this.#links) {
      if (owed.size === 0) continue
      sent = true
      // A link that is slower than news are gets the latest when it has taken the ones before.
      if (queue.length > 0) continue
      const reports = [...owed].flatMap((relay) =>
        relay === this.#owner.own.id ? (this.#own ?? []) : (this.#known.get(relay)?.wire ?? []),
      )
      owed.clear()
      for (const relays of inFrames(reports)) queue.push({ type: "fleet", relays })
    }
    if (sent) this.#sentAt = this.#owner.clock.monotonic()
    if (this.#owing()) this.#schedule(this.#sentAt + NEWS_PAUSE_MS)
  }

  /** Makes the own report anew, when it says something else than the last one. */
  #report(): void {
    this.#reportDue = false
    const { clock, own } = this.#owner
    const { id: relay, name } = own
    const report = this.#owner.report()
    const news = newsOf(report)
    const measures = measuresOf(report)
    if (news === this.#ownNews && measures === this.#ownMeasures) return
    if (news === this.#ownNews && clock.monotonic() < this.#measuredAt + MEASURES_PAUSE_MS) return this.measuresChanged()
    this.#ownNews = news
    this.#ownMeasures = measures
    this.#measuredAt = clock.monotonic()
    this.#at = Math.max(Math.floor(clock.now()), this.#at + 1)
    this.#own = { relay, name, at: this.#at, report: encodeReport(report) }
    this.#owe(relay, undefined)
  }
}

/** What is told soon: without measures. */
function newsOf(report: FleetReport): string {
  const links = report.links.map(({ relay, name, state, code }) => ({ relay, name, state, code }))
  return JSON.stringify({ ...report, links, documents: [] })
}

/** What is told more rarely. How well clocks agree is no news: it changes with every heartbeat, and goes along with what is. */
function measuresOf({ links, documents }: FleetReport): string {
  return JSON.stringify([links.map(({ behind }) => behind), documents.map(({ key, vector }) => [key, [...vector]])])
}

function inFrames(reports: readonly RelayReport[]): RelayReport[][] {
  const frames: RelayReport[][] = []
  let bytes = Infinity
  for (const report of reports) {
    bytes += report.report.length
    if (bytes > FRAME_BYTES) {
      frames.push([])
      bytes = report.report.length
    }
    frames.at(-1)!.push(report)
  }
  return frames
}
