import {
  type ClientOwner,
  type DocumentId,
  type Entry,
  NOTHING_ERASED,
  type RelayId,
  unionVectors,
  type VersionVector,
} from "@polylogue/protocol"
import type { NewLogItem } from "@polylogue/storage"
import type { Principal, RelayOptions } from "../src/index.ts"
import { openTestBed, settle, type TestBed, TestDevice } from "./test-relay.ts"

/** What makes a relay of a test bed take links. */
export const TAKES_LINKS: Pick<RelayOptions, "links"> = {
  links: {
    name: "here",
    peers: [],
    dial: () => {
      throw new Error("nobody is dialled")
    },
  },
}

type BedOptions = Parameters<typeof openTestBed>[0]

/** Relays of one test that take links, and at which nothing happens by itself. */
export class LinkableBeds {
  readonly #limits: NonNullable<BedOptions>["limits"]
  readonly #beds: TestBed[] = []

  /** `limits` besides those that keep them calm. */
  constructor(limits: NonNullable<BedOptions>["limits"] = {}) {
    this.#limits = limits
  }

  async open(options: BedOptions = {}): Promise<TestBed> {
    const calm = { heartbeatMs: 1e9, linkIdleMs: 1e9, compactIdleMs: Infinity }
    const bed = await openTestBed({ ...TAKES_LINKS, ...options, limits: { ...calm, ...this.#limits, ...options.limits } })
    this.#beds.push(bed)
    return bed
  }

  async close(): Promise<void> {
    for (const bed of this.#beds.splice(0)) await bed.relay.close()
  }
}

/** A relay at the other end of a link, by hand: it has what a test says. Documents are asked for when they are in use here. */
export class TestPeer extends TestDevice {
  /** Welcomed, and linked; `holder` is whose token it shows. */
  static async link(bed: TestBed, relay: RelayId, holder = `relay/${relay}`): Promise<TestPeer> {
    const principal: Principal = { name: holder, relay: true, may: () => "erase" }
    const peer = new TestPeer(bed.relay, {}, principal)
    await peer.hello()
    peer.send({ type: "link", relay, name: relay.slice(0, 2), onDemand: false })
    await settle()
    if (peer.of("link").length !== 1) throw new Error(`no link: ${JSON.stringify(peer.socket.closedWith)}`)
    return peer
  }

  /** The handle under which the relay reads `documentId` at last. */
  handleOf(documentId: DocumentId): number {
    const open = this.of("open").findLast(({ document }) => document === documentId)
    if (open === undefined) throw new Error(`${documentId} was not asked for`)
    return open.handle
  }

  /** Answers the `open` of `documentId`. */
  opened(documentId: DocumentId, vector: VersionVector = new Map()): void {
    this.send({ type: "opened", handle: this.handleOf(documentId), generation: 0, vector, mayWrite: true, mayErase: true })
  }

  /** Sends what it has, without waiting. */
  show(documentId: DocumentId, ...items: readonly NewLogItem[]): void {
    const handle = this.handleOf(documentId)
    let run: Entry[] = []
    const endRun = (): void => {
      if (run.length > 0) this.send({ type: "entries", handle, entries: run })
      run = []
    }
    for (const item of items) {
      if (item.kind === "entry") {
        run.push(item.entry)
        continue
      }
      endRun()
      const { vector, update, erased = NOTHING_ERASED, owners } = item.snapshot
      const named: ClientOwner[] = [...(owners ?? [])]
      if (named.length > 0) this.send({ type: "owners", handle, owners: named })
      this.send({ type: "snapshot", handle, vector, update, erased })
    }
    endRun()
  }

  /** What the relay has said to be durable there of `documentId`, under whatever handle. */
  heardOf(documentId: DocumentId): VersionVector {
    const opens = this.of("open").filter(({ document }) => document === documentId)
    const handles = new Set(opens.map(({ handle }) => handle))
    const haves = this.of("have").filter(({ handle }) => handles.has(handle))
    return [...opens, ...haves].reduce<VersionVector>((heard, { vector }) => unionVectors(heard, vector), new Map())
  }
}

/** A log of another relay, written by hand. */
export class ForeignLog {
  readonly id: string
  #seq = 0

  constructor(id: string) {
    this.id = id
  }

  get vector(): VersionVector {
    return new Map(this.#seq === 0 ? [] : [[this.id, this.#seq]])
  }

  /** The next entry. */
  entry(update: Uint8Array, rest: Partial<Entry> = {}): { readonly kind: "entry"; readonly entry: Entry } {
    const seq = ++this.#seq
    const row = `${this.id.slice(0, 8)}${seq.toString(16).padStart(8, "0")}`
    const stamp = { log: this.id, seq }
    return { kind: "entry", entry: { stamp, receivedAt: 1_000 + seq, principal: "ada", row, handOver: false, update, ...rest } }
  }
}
