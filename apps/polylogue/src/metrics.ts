import { codeName } from "@polylogue/protocol"
import type { Relay, RelayCounters, RelayEvent, RelayStats } from "@polylogue/relay"
import { collectDefaultMetrics, Counter, Gauge, Histogram, type Metric, Registry } from "prom-client"
import type { Endpoint } from "./endpoint.ts"
import type { LabelledMeasure, TimesMeasure } from "./fleet-metrics.ts"
import type { Journal } from "./journal.ts"

/*
 * No metric names a document, a user or a workspace: labels are codes and levels, and relays as their operators call them, of which there are few, whatever comes in.
 */

/** A number that is asked for when metrics are: `polylogue_` is put before its name. */
export interface Measure {
  readonly name: string
  readonly help: string
  readonly read: () => number | Promise<number>
}

/** What of the relay's state is no counter, with what it says. */
const STATES: Readonly<Record<Exclude<keyof RelayStats, keyof RelayCounters>, string>> = Object.freeze({
  sessions: "Sessions of polylogue.v1.",
  yjsSessions: "Sessions of y-websocket clients.",
  rooms: "Documents in memory.",
  links: "Links to other relays that stand.",
  feeds: "Feeds of changed documents being watched.",
  registers: "Registers in memory.",
  registerObservers: "Observers of registers, over all sessions.",
  registersDormant: "Registers on this disk that do not count, because another relay is their authority.",
  erasuresPending: "Documents with erasures that were accepted and are not carried out.",
  quarantinedRooms: "Documents closed to everybody until an operator looks.",
  quarantinedCompactions: "Documents that are served and cannot be compacted.",
  queuedBytes: "Bytes of rows accepted and not yet durable.",
  queuedRows: "Rows accepted and not yet durable.",
  receivedBytes: "Bytes from other relays taken and not yet durable.",
  handshakes: "Sockets that have still to say who they are.",
  commits: "Batches written since the start.",
  storeFailing: "1 while the store takes no commits.",
})

const KIB = 1024
/** From 1 ms to 10 s, in seconds. */
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
/** From 1 KiB to 64 MiB. */
const BYTES = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536].map((size) => size * KIB)

/** What is measured of one relay, in a registry of its own. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #acks = this.counter("rows_acknowledged", "Rows acknowledged, by how safe they are.", ["level"])
  readonly #rejects = this.counter("rows_rejected", "Rows refused, by code.", ["code"])
  readonly #closes = this.counter("sessions_closed", "Sessions that ended, by code.", ["code"])
  readonly #documentsClosed = this.counter("documents_closed", "Documents that the relay ended in a session, by code.", ["code"])
  readonly #events = this.counter("journal_events", "Events written to the journal or below its level, by name.", ["event", "level"])
  readonly #lag = this.histogram("commit_lag_seconds", "From accepting the first row of a batch to its being durable.", SECONDS)
  readonly #merges = this.histogram("compaction_seconds", "Time of compactions, from reading to writing.", SECONDS)
  readonly #documents = this.histogram("document_bytes", "Bytes that a document was compacted to, observed at each compaction.", BYTES)

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
  }

  /** Counts what is written to `journal`; what it is given goes on to it. */
  counting(journal: Journal): Journal {
    return (event, fields, level = "info") => {
      this.#events.inc({ event, level })
      journal(event, fields, level)
    }
  }

  /** Takes in an event of the relay. */
  observe(event: RelayEvent): void {
    switch (event.type) {
      case "committed":
        this.#acks.inc({ level: "stored" }, event.rows)
        return this.#lag.observe(event.lagMs / 1000)
      case "row-refused":
        return this.#rejects.inc({ code: event.code })
      case "session-closed":
        // A device may close with any number: those without a name are one.
        return this.#closes.inc({ code: codeName(event.code) ?? "other" })
      case "document-closed":
        return this.#documentsClosed.inc({ code: event.code })
      case "compacted":
        this.#merges.observe(event.durationMs / 1000)
        return this.#documents.observe(event.bytesAfter)
      default:
        return
    }
  }

  /** Adds what `relay` says of itself: each counter as `polylogue_relay_…_total`, each state as `polylogue_relay_…`. */
  watch(relay: Relay): void {
    for (const name of Object.keys(relay.stats()) as (keyof RelayStats)[]) {
      const read = (): number => Number(relay.stats()[name])
      const help = (STATES as Readonly<Record<string, string | undefined>>)[name]
      if (help === undefined) this.#total({ name: `relay_${snake(name)}`, help: `Relay: ${name} since the start.`, read })
      else this.measure({ name: `relay_${snake(name)}`, help, read })
    }
  }

  /** Adds a number. @throws Error when there is one of that name. */
  measure({ name, help, read }: Measure): void {
    const gauge: Gauge = new Gauge({
      name: `polylogue_${name}`,
      help,
      registers: [this.#registry],
      collect: async () => gauge.set(await read()),
    })
  }

  /** Adds numbers that differ by their labels. @throws Error when there is one of that name. */
  labelled({ name, help, labels, read }: LabelledMeasure): void {
    const gauge: Gauge = new Gauge({
      name: `polylogue_${name}`,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      collect() {
        gauge.reset()
        for (const [labels, value] of read()) gauge.set(labels, value)
      },
    })
  }

  /** Adds times that are counted elsewhere. @throws Error when there is one of that name. */
  times(measure: TimesMeasure): void {
    this.#registry.registerMetric(countedTimes(measure))
  }

  /** `/metrics`, for the operator. */
  endpoint(): Endpoint {
    return {
      access: "operator",
      methods: ["GET", "HEAD"],
      matches: (path) => path === "/metrics",
      answer: async ({ response }) => {
        const text = await this.#registry.metrics()
        response.writeHead(200, { "Content-Type": this.#registry.contentType, "Cache-Control": "no-store" }).end(text)
      },
    }
  }

  /** Adds a count, `polylogue_<name>_total`. @throws Error when there is one of that name. */
  counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: `polylogue_${name}_total`, help, labelNames, registers: [this.#registry] })
  }

  /** A count that somebody else keeps. */
  #total({ name, help, read }: Measure): void {
    const counter: Counter = new Counter({
      name: `polylogue_${name}_total`,
      help,
      registers: [this.#registry],
      async collect() {
        counter.reset()
        counter.inc(await read())
      },
    })
  }

  /** Adds a histogram with `buckets` as upper bounds. @throws Error when there is one of that name. */
  histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: `polylogue_${name}`, help, buckets, registers: [this.#registry] })
  }
}

/** A histogram whose values are asked for: the library's own counts only what it is given itself. */
function countedTimes({ name: given, help, read }: TimesMeasure): Metric {
  const name = `polylogue_${given}`
  const get = (): Promise<object> => {
    const { bounds, counts, count, sum } = read()
    let below = 0
    const buckets = bounds.map((bound, index) => {
      below += counts[index]!
      return { labels: { le: bound / 1000 }, value: below, metricName: `${name}_bucket` }
    })
    const values = [
      ...buckets,
      { labels: { le: "+Inf" }, value: count, metricName: `${name}_bucket` },
      { labels: {}, value: sum / 1000, metricName: `${name}_sum` },
      { labels: {}, value: count, metricName: `${name}_count` },
    ]
    return Promise.resolve({ name, help, type: "histogram", aggregator: "sum", values })
  }
  // The registry asks a metric for its name and for what it has, and for nothing else while nobody resets it.
  return { name, get } as unknown as Metric
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
}
