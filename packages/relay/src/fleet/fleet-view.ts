import type { Clock, DocumentId, LogId, RelayId, VersionVector } from "@polylogue/protocol"
import type { LogItem } from "@polylogue/storage"
import type { LinkService } from "../links/link-service.ts"
import { type ClockReading, type ClockReadings, clocksFrom } from "./clock-offset.ts"
import { Convergence } from "./convergence.ts"
import { Fleet, type HeardRelay } from "./fleet.ts"
import { type FleetReport, MAX_REPORTED_DOCUMENTS, MAX_REPORTED_LOGS, type ReportedLink } from "./fleet-report.ts"
import type { FleetStatus, KnownRelay, OwnLink, UnfinishedErasure } from "./fleet-status.ts"
import { Heals } from "./heals.ts"
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
  readonly relay: RelayId
  readonly name: string
  readonly program: string
  readonly log: LogId
  readonly onDemand: boolean
  readonly clock: Clock
  /** Links that stand, and those that should. */
  links(): readonly OwnLink[]
  /** The log of the present start of each relay that is linked. */
  logs(): Iterable<readonly [LogId, RelayId]>
  /** Relays that belong to the fleet, heard of or not, with their names. */
  members(): Iterable<readonly [RelayId, string]>
  authority(): RelayId | undefined
  erasuresPending(): number
  unfinishedErasures(): readonly UnfinishedErasure[]
}

/** The fleet as one relay sees it: what others report, and what is measured. What is measured costs nothing while nothing changes. */
export class FleetView {
  readonly service: LinkService
  readonly #sources: FleetSources
  readonly #fleet: Fleet
  readonly #convergence: Convergence
  readonly #history = new ShareHistory(SAMPLES)
  readonly #visibility: Visibility
  readonly #heals = new Heals()
  readonly #startedAt: number
  #clocks: ReadonlyMap<RelayId, ClockReading> = new Map()
  #cancelSample: (() => void) | undefined
  #closed = false

  constructor(sources: FleetSources) {
    const { relay, name, clock } = sources
    this.#sources = sources
    this.#startedAt = Math.floor(clock.now())
    this.#convergence = new Convergence(relay)
    this.#visibility = new Visibility(this.#startedAt)
    this.#fleet = new Fleet({
      relay,
      name,
      clock,
      report: () => this.#report(),
      heard: (from, report) => this.#heard(from, report),
    })
    this.service = this.#fleet
  }

  /** Items of a document have become durable here, whoever they came from. */
  committed(documentId: DocumentId, vector: VersionVector, items: readonly LogItem[]): void {
    this.#convergence.changed(documentId, vector)
    const now = this.#sources.clock.now()
    for (const item of items)
      if (item.kind === "entry" && item.entry.stamp.log !== this.#sources.log)
        this.#visibility.observe(item.entry.stamp.log, item.entry.receivedAt, now)
    this.#changed()
  }

  /** What another relay has durable of a document has grown, as it said; `own` is what is durable here. */
  learned(documentId: DocumentId, own: VersionVector, relay: RelayId, vector: VersionVector): void {
    this.#convergence.learned(documentId, own, relay, vector)
    this.#changed()
  }

  /** A link begins to stand, or ends; or the authority or erasures are others. */
  newsChanged(): void {
    this.#knowClocks()
    this.#fleet.newsChanged()
    this.#changed()
  }

  /** A link stands. */
  linkUp(relay: RelayId): void {
    this.#heals.up(relay, this.#sources.clock.monotonic())
    this.newsChanged()
  }

  /** It stands no more. */
  linkDown(relay: RelayId): void {
    this.#heals.down(relay)
    this.newsChanged()
  }

  /** How far ends of links lag behind may have changed. */
  lagChanged(): void {
    if (this.#heals.open.length > 0) this.#lookForLevel()
    this.#changed()
  }

  /** A relay is gone for good. */
  forget(relay: RelayId): void {
    this.#fleet.forget(relay)
    this.#convergence.forget(relay)
    this.#knowClocks()
  }

  /** As it is now. */
  status(): FleetStatus {
    const { relay, name, program, log, onDemand, clock } = this.#sources
    this.#knowClocks()
    return {
      at: Math.floor(clock.now()),
      relay,
      name,
      program,
      log,
      startedAt: this.#startedAt,
      onDemand,
      links: this.#sources.links(),
      relays: this.#relays(),
      convergence: {
        ...this.#convergence.measure(),
        history: this.#history.samples,
        behind: this.#convergence
          .byDocument(DOCUMENTS_SHOWN)
          .filter(({ entries, relays }) => relays.some((held) => held.entries < entries)),
      },
      visibility: this.#visibility.counts(),
      heals: this.#heals.counts(),
      authority: this.#sources.authority(),
      erasures: this.#sources.unfinishedErasures(),
    }
  }

  close(): void {
    this.#closed = true
    this.#cancelSample?.()
    this.#cancelSample = undefined
    this.#fleet.close()
  }

  #changed(): void {
    if (this.#closed) return
    this.#cancelSample ??= this.#sources.clock.setTimer(() => {
      this.#cancelSample = undefined
      this.#sample()
    }, SAMPLE_MS)
  }

  #sample(): void {
    const { share, relays } = this.#convergence.measure()
    const behind = relays.reduce((sum, { documentsBehind }) => sum + documentsBehind, 0)
    this.#history.add({ at: Math.floor(this.#sources.clock.now()), share, behind })
    this.#fleet.measuresChanged()
  }

  #lookForLevel(): void {
    const links = this.#sources.links()
    const now = this.#sources.clock.monotonic()
    for (const open of this.#heals.open) {
      const link = links.find(({ relay, state }) => relay === open && state === "up")
      if (link?.behind?.documents === 0 && link.lacking?.documents === 0) this.#heals.level(open, now)
    }
  }

  #heard(relay: RelayId, report: FleetReport | undefined): void {
    if (report === undefined) return
    this.#convergence.reported(relay, report.documents)
    this.#knowClocks()
    this.#changed()
  }

  #knowClocks(): void {
    const heard = this.#fleet.relays
    const own = clocksOf(this.#sources.links())
    this.#clocks = clocksFrom(own, new Map(heard.map(({ relay, report }) => [relay, clocksOf(report?.links ?? [])])))
    const logs = new Map<LogId, RelayId>(heard.flatMap(({ relay, report }) => (report === undefined ? [] : [[report.log, relay]])))
    for (const [log, relay] of this.#sources.logs()) logs.set(log, relay)
    this.#visibility.know(logs, this.#clocks)
  }

  #report(): FleetReport {
    const { program, log, onDemand } = this.#sources
    return {
      program,
      log,
      startedAt: this.#startedAt,
      onDemand,
      links: this.#sources.links().map(reportedLink),
      authority: this.#sources.authority(),
      erasuresPending: this.#sources.erasuresPending(),
      documents: this.#convergence.latest(MAX_REPORTED_DOCUMENTS, MAX_REPORTED_LOGS),
    }
  }

  #relays(): KnownRelay[] {
    const heard = new Map<RelayId, HeardRelay>(this.#fleet.relays.map((relay) => [relay.relay, relay]))
    const links = this.#sources.links()
    const reached = reachedFrom(links, heard)
    const names = new Map<RelayId, string>()
    for (const [relay, name] of this.#sources.members()) names.set(relay, name)
    for (const { relay, name } of links) if (relay !== undefined && name !== "") names.set(relay, name)
    for (const { relay, name } of heard.values()) names.set(relay, name)
    names.delete(this.#sources.relay)
    const relays = [...names].map(([relay, name]): KnownRelay => {
      const { heardAt, report } = heard.get(relay) ?? {}
      return { relay, name, reached: reached.has(relay), heardAt, report: withoutDocuments(report), clock: this.#clocks.get(relay) }
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
