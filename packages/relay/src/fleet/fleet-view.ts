import type { DocumentId, LogId, RelayId, VersionVector } from "@polylogue/protocol"
import type { LogItem } from "@polylogue/storage"
import type { Link, LinkService } from "../links/link-service.ts"
import type { LinkStatus } from "../links/link-status.ts"
import type { UnfinishedErasures } from "../links/unfinished-erasures.ts"
import type { RelayCore } from "../relay-core.ts"
import { type ClockReading, type ClockReadings, clocksFrom } from "./clock-offset.ts"
import { Convergence } from "./convergence.ts"
import { Fleet, type FleetQueue, type HeardRelay } from "./fleet.ts"
import { type FleetReport, MAX_REPORTED_DOCUMENTS, MAX_REPORTED_LOGS, type ReportedLink } from "./fleet-report.ts"
import type { FleetStatus, KnownRelay, OwnLink } from "./fleet-status.ts"
import { Heals } from "./heals.ts"
import { LinkClocks } from "./link-clocks.ts"
import { OwnLinks } from "./own-links.ts"
import { ShareHistory } from "./share-history.ts"
import { Visibility } from "./visibility.ts"

/** How often it is measured how far the fleet has converged, while that changes. */
const SAMPLE_MS = 2_000
/** Fifteen minutes of uninterrupted change. */
const SAMPLES = 450
/** Documents that a status names. */
const DOCUMENTS_SHOWN = 16

/** What a fleet's view is taken from. */
export interface FleetSources {
  readonly core: Pick<RelayCore, "clock" | "logId">
  /** This relay; read when it is needed, for it is learnt from the store. */
  readonly own: { readonly id: RelayId; readonly name: string; readonly program: string; readonly onDemand: boolean }
  links(): readonly LinkStatus[]
  /** Relays that belong to the fleet, heard of or not, with their names. */
  members(): Iterable<readonly [RelayId, string]>
  /** The way out of a link. */
  queue(link: Link): FleetQueue
  /** @see FleetOwner.admits */
  admits(relay: RelayId, name: string, at: number): boolean
  authorities(): readonly RelayId[]
  erasuresPending(): number
  unfinishedErasures(): UnfinishedErasures
}

/** The fleet as one relay sees it: what others report, and what is measured. What is measured costs nothing while nothing changes. */
export class FleetView {
  readonly #sources: FleetSources
  readonly #active: boolean
  readonly #fleet: Fleet
  readonly #clocks: LinkClocks
  readonly #convergence: Convergence
  readonly #history = new ShareHistory(SAMPLES)
  readonly #visibility: Visibility
  readonly #heals: Heals
  readonly #ownLinks = new OwnLinks()
  readonly #startedAt: number
  /** Links that stand, by relay. */
  readonly #standing = new Map<RelayId, number>()
  #readings: ReadonlyMap<RelayId, ClockReading> = new Map()
  #cancelSample: (() => void) | undefined
  #closed = false

  /** @param active - whether this relay may have links; else nothing is measured, and nothing costs. */
  constructor(sources: FleetSources, active: boolean) {
    const { core, own } = sources
    this.#sources = sources
    this.#active = active
    this.#startedAt = Math.floor(core.clock.now())
    this.#convergence = new Convergence(() => own.id)
    this.#visibility = new Visibility(this.#startedAt)
    this.#clocks = new LinkClocks(core.clock, () => this.#know())
    this.#heals = new Heals(core.clock, (relay) => this.#isLevel(relay))
    this.#fleet = new Fleet({
      own,
      clock: core.clock,
      queue: (link) => sources.queue(link),
      admits: (relay, name, at) => sources.admits(relay, name, at),
      report: () => this.#report(),
      heard: (relay, report) => this.#heard(relay, report),
    })
  }

  /** What is done over links for it. */
  get services(): readonly LinkService[] {
    return [this.#links, this.#clocks, this.#fleet]
  }

  /** Items of a document have become durable here, whoever they came from. */
  committed(documentId: DocumentId, vector: VersionVector, items: readonly LogItem[]): void {
    if (!this.#active) return
    this.#convergence.changed(documentId, vector)
    const { clock, logId } = this.#sources.core
    for (const item of items)
      if (item.kind === "entry" && item.entry.stamp.log !== logId)
        this.#visibility.observe(item.entry.stamp.log, item.entry.receivedAt, clock.now())
    this.#changed()
  }

  /** What another relay has durable of a document has grown, as it said; `own` is what is durable here. */
  learned(documentId: DocumentId, own: VersionVector, relay: RelayId, vector: VersionVector): void {
    this.#convergence.learned(documentId, own, relay, vector)
    this.#changed()
  }

  /** A link, the authority of registers, or what is pending of erasures may be different. */
  newsChanged(): void {
    if (!this.#active || this.#closed) return
    this.#know()
    this.#fleet.newsChanged()
  }

  /** A relay is gone for good. Should it be heard again it is known again. */
  forget(relay: RelayId): void {
    this.#fleet.forget(relay)
    this.#clocks.forget(relay)
    this.#convergence.forget(relay)
    this.#know()
  }

  /** As it is now. */
  status(): FleetStatus {
    const { own, core } = this.#sources
    const links = this.#know()
    return {
      at: Math.floor(core.clock.now()),
      relay: own.id,
      name: own.name,
      program: own.program,
      log: core.logId,
      startedAt: this.#startedAt,
      onDemand: own.onDemand,
      links,
      relays: this.#relays(links),
      convergence: {
        ...this.#convergence.measure(),
        history: this.#history.samples,
        behind: this.#convergence
          .byDocument(DOCUMENTS_SHOWN)
          .filter(({ entries, relays }) => relays.some((held) => held.entries < entries)),
      },
      visibility: this.#visibility.counts(),
      heals: this.#heals.counts(),
      authorities: this.#sources.authorities(),
      erasures: this.#sources.unfinishedErasures(),
    }
  }

  close(): void {
    this.#closed = true
    this.#cancelSample?.()
    this.#cancelSample = undefined
    this.#heals.close()
    this.#fleet.close()
  }

  /** Links that begin and end. It takes no frames. */
  readonly #links: LinkService = {
    takes: new Set(),
    linked: ({ peer: { relay } }) => {
      this.#convergence.beginsAnew(relay)
      this.#heals.up(relay)
      this.#standing.set(relay, (this.#standing.get(relay) ?? 0) + 1)
      this.newsChanged()
      return {
        receive: () => undefined,
        left: () => {
          const rest = this.#standing.get(relay)! - 1
          // Of two links to one relay the other goes on.
          if (rest > 0) this.#standing.set(relay, rest)
          else {
            this.#standing.delete(relay)
            this.#heals.down(relay)
          }
          this.newsChanged()
        },
      }
    },
  }

  #changed(): void {
    if (this.#closed || !this.#active) return
    this.#cancelSample ??= this.#sources.core.clock.setTimer(() => {
      this.#cancelSample = undefined
      this.#sample()
    }, SAMPLE_MS)
  }

  #sample(): void {
    const { share, relays } = this.#convergence.measure()
    const behind = relays.reduce((sum, { documentsBehind }) => sum + documentsBehind, 0)
    this.#history.add({ at: Math.floor(this.#sources.core.clock.now()), share, behind })
    this.#clocks.refresh()
    this.#fleet.measuresChanged()
  }

  /** Whether neither end of the link to `relay` lacks anything, as far as it is known. */
  #isLevel(relay: RelayId): boolean {
    const link = this.#sources.links().find((status) => status.relay === relay && status.state === "linked")
    return link?.level === true && this.#convergence.lagOf(relay).lacking.documents === 0
  }

  #heard(relay: RelayId, report: FleetReport | undefined): void {
    if (report === undefined) return
    this.#convergence.reported(relay, report.documents)
    this.#know()
    this.#changed()
  }

  #ownLinksNow(): OwnLink[] {
    return this.#ownLinks.take(this.#sources.links(), this.#sources.core.clock.now(), {
      name: (relay) => this.#fleet.nameOf(relay) ?? new Map(this.#sources.members()).get(relay) ?? "",
      clock: (relay) => this.#clocks.reading(relay),
      lag: (relay) => this.#convergence.lagOf(relay),
      isKnown: (relay) => new Map(this.#sources.members()).has(relay),
    })
  }

  /** Takes in how links, clocks and logs are by now. */
  #know(): OwnLink[] {
    const links = this.#ownLinksNow()
    const heard = this.#fleet.relays
    this.#readings = clocksFrom(
      clocksOf(links),
      new Map(heard.flatMap(({ relay, report }) => (report === undefined ? [] : [[relay, clocksOf(report.links)]]))),
    )
    this.#visibility.know(
      new Map<LogId, RelayId>(heard.flatMap(({ relay, report }) => (report === undefined ? [] : [[report.log, relay]]))),
      this.#readings,
    )
    return links
  }

  #report(): FleetReport {
    const { own, core } = this.#sources
    return {
      program: own.program,
      log: core.logId,
      startedAt: this.#startedAt,
      onDemand: own.onDemand,
      links: this.#ownLinksNow().map(reportedLink),
      authorities: this.#sources.authorities(),
      erasuresPending: this.#sources.erasuresPending(),
      documents: this.#convergence.latest(MAX_REPORTED_DOCUMENTS, MAX_REPORTED_LOGS),
    }
  }

  #relays(links: readonly OwnLink[]): KnownRelay[] {
    const heard = new Map<RelayId, HeardRelay>(this.#fleet.relays.map((relay) => [relay.relay, relay]))
    const reached = reachedFrom(links, heard)
    const names = new Map<RelayId, string>(this.#sources.members())
    for (const { relay, name } of links) if (relay !== undefined && name !== "") names.set(relay, name)
    for (const { relay, name } of heard.values()) names.set(relay, name)
    names.delete(this.#sources.own.id)
    const relays = [...names].map(([relay, name]): KnownRelay => {
      const { heardAt, report } = heard.get(relay) ?? {}
      return { relay, name, reached: reached.has(relay), heardAt, report: withoutDocuments(report), clock: this.#readings.get(relay) }
    })
    return relays.toSorted((left, right) => (left.relay < right.relay ? -1 : 1))
  }
}

function clocksOf(links: readonly ReportedLink[]): ClockReadings {
  return new Map(links.flatMap(({ relay, clock }) => (relay === undefined || clock === undefined ? [] : [[relay, clock]])))
}

/** Without what is this relay's alone: addresses, traffic, and what the network said. */
function reportedLink({ relay, name, state, code, since, behind, clock }: OwnLink): ReportedLink {
  return { relay, name, state, code, since, behind, clock }
}

function withoutDocuments(report: FleetReport | undefined): KnownRelay["report"] {
  if (report === undefined) return undefined
  const { documents: _, ...rest } = report
  return rest
}

/** Relays to which links lead that stand: our own, and as each of those reports its own. */
function reachedFrom(own: readonly ReportedLink[], heard: ReadonlyMap<RelayId, HeardRelay>): Set<RelayId> {
  const reached = new Set<RelayId>()
  const next = (links: readonly ReportedLink[]): RelayId[] =>
    links.flatMap(({ relay, state }) => (relay !== undefined && state === "up" && !reached.has(relay) ? [relay] : []))
  for (let edge = next(own); edge.length > 0;) {
    for (const relay of edge) reached.add(relay)
    edge = edge.flatMap((relay) => next(heard.get(relay)?.report?.links ?? []))
  }
  return reached
}
