import process from "node:process"
import type { DocumentId } from "@polylogue/protocol"
import { BoundsWatch } from "./bounds-watch.ts"
import { Coverage, type Happening } from "./coverage.ts"
import { Issuer } from "./issuer.ts"
import { Ledger } from "./operation.ts"
import { Lane } from "./pipe.ts"
import { Network, type Tap } from "./network.ts"
import { Random } from "./random.ts"
import { RegisterWatch } from "./register-watch.ts"
import type { SimulationOptions } from "./simulation-options.ts"
import { WORKSPACES } from "./topology.ts"
import { VirtualClock } from "./virtual-clock.ts"

/** How many lines of what happened a report brings. */
const TRACE_LINES = Number(process.env["POLYLOGUE_TRACE_LINES"] ?? 200)

/** What everything in one run shares: time, luck, network, the ledger of operations, and where faults of the code under test are noted. */
export class World {
  readonly seed: number
  readonly options: SimulationOptions
  readonly clock = new VirtualClock()
  readonly random: Random
  readonly ledger = new Ledger()
  readonly coverage: Coverage
  readonly network: Network
  readonly issuer: Issuer
  readonly registers: RegisterWatch
  readonly bounds: BoundsWatch
  readonly violations: string[] = []
  readonly #trace: string[] = []
  #digest = 0

  constructor(seed: number, options: SimulationOptions, tap: (world: World) => Tap) {
    this.seed = seed
    this.options = options
    this.coverage = new Coverage(this.linked)
    this.random = new Random(seed)
    this.issuer = new Issuer(this)
    this.registers = new RegisterWatch(this)
    this.bounds = new BoundsWatch(this)
    const lanes = this.random.fork("lanes")
    this.network = new Network(this.clock, this.random.fork("network"), tap(this), () => {
      const { latencyMs, jitterMs, bytesPerMs } = options
      return new Lane({ latencyMs: latencyMs * lanes.fraction(), jitterMs, bytesPerMs: lanes.chance(0.5) ? bytesPerMs : Infinity })
    })
  }

  /** The documents of the run. */
  get documents(): readonly DocumentId[] {
    const workspaceOf = (index: number): string => (this.linked ? WORKSPACES[index % WORKSPACES.length]! : "home")
    return Array.from({ length: this.options.documents }, (_, index) => `${workspaceOf(index)}/conv/${index + 1}`)
  }

  /** First segments of their ids. */
  get workspaces(): ReadonlySet<string> {
    return new Set(this.documents.map((documentId) => documentId.split("/")[0]!))
  }

  /** Whether relays are linked, so that all of them are one store in the end. */
  get linked(): boolean {
    return this.options.topology !== "apart"
  }

  /** Whether all registers are those of one relay. */
  get oneAuthority(): boolean {
    return this.options.relays === 1 || this.linked
  }

  /** Notes a breach of `invariant`. */
  readonly complain = (invariant: string, problem: string): void => {
    this.trace(`VIOLATION ${invariant}: ${problem}`)
    if (this.violations.length < 20) this.violations.push(`[${invariant}] at ${Math.round(this.clock.elapsedMs)} ms: ${problem}`)
  }

  /** Notes what happened. */
  trace(text: string): void {
    const line = `${this.clock.elapsedMs.toFixed(1).padStart(9)} ${text}`
    for (let index = 0; index < line.length; index++) this.#digest = (Math.imul(this.#digest, 31) + line.charCodeAt(index)) >>> 0
    this.#trace.push(line)
    if (this.#trace.length > TRACE_LINES * 2) this.#trace.splice(0, TRACE_LINES)
  }

  count(happening: Happening): void {
    this.coverage.count(happening)
  }

  /** A number that two runs share exactly when the same happened in both. */
  get digest(): number {
    return this.#digest
  }

  get lastTrace(): readonly string[] {
    return this.#trace.slice(-TRACE_LINES)
  }
}
