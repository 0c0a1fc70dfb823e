import {
  type Clock,
  type Code,
  codeName,
  type DocumentId,
  encodeFrame,
  encodeMessage,
  type Frame,
  type FrameOf,
  FrameReader,
  type FrameType,
  type Limits,
  DEFAULT_LIMITS,
  PROTOCOL_VERSION,
  type RandomBytes,
  type RowId,
  type Socket,
  type SocketHandlers,
  splitFrame,
  type VersionVector,
} from "@polylogue/protocol"
import { type EntryLog, MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import {
  type CompactionJob,
  type CompactionResult,
  openRelay,
  type Principal,
  type Relay,
  type RelayEvent,
  type RelayOptions,
  runCompaction,
} from "../src/index.ts"

/** A clock that stands until it is told to go on. Timers of 0 ms run by themselves after the microtasks, as `setImmediate` does. */
export class ManualClock implements Clock {
  #now = 1_700_000_000_000
  #timers: { at: number; action: () => void }[] = []

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  setTimer(action: () => void, delayMs: number): () => void {
    if (delayMs === 0) {
      const immediate = setImmediate(action)
      return () => clearImmediate(immediate)
    }
    const timer = { at: this.#now + delayMs, action }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Timers that are still to run. */
  get waiting(): number {
    return this.#timers.length
  }

  /** Lets `ms` pass, running what is due in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const next = this.#timers.toSorted((left, right) => left.at - right.at)[0]
      if (next === undefined || next.at > end) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#now = Math.max(this.#now, next.at)
      next.action()
      await settle()
    }
    this.#now = end
    await settle()
  }
}

/** Lets everything that is under way come to rest: microtasks, immediates, and what they start. */
export async function settle(turns = 12): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Seeded bytes (mulberry32). */
function seededBytes(seed: number): RandomBytes {
  const next = seededNumbers(seed)
  return (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256))
}

/** Seeded numbers from 0 up to, not including, 1. */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** The relay's end of a connection in memory; the device's end is `TestDevice` or a test. */
export class MemorySocket implements Socket {
  handlers: SocketHandlers | undefined
  /** Messages that arrived at the device. */
  readonly received: Uint8Array[] = []
  /** While `false`, the device takes nothing and bytes pile up here. */
  taking = true
  mostBuffered = 0
  /** What the relay has said about reading, in order. */
  readonly reading: boolean[] = []
  closedWith: { code: number; reason: string } | undefined
  #queue: Uint8Array[] = []
  #buffered = 0
  onMessage: (message: Uint8Array) => void = () => undefined

  listen(handlers: SocketHandlers): void {
    this.handlers = handlers
  }

  get bufferedBytes(): number {
    return this.#buffered
  }

  send(message: Uint8Array): void {
    if (this.closedWith !== undefined) return
    if (this.taking) return this.#deliver(message)
    this.#queue.push(message)
    this.#buffered += message.length
    this.mostBuffered = Math.max(this.mostBuffered, this.#buffered)
  }

  close(code: number, reason: string): void {
    if (this.closedWith !== undefined) return
    this.closedWith = { code, reason }
    setImmediate(() => this.handlers?.closed(code, reason))
  }

  setReading(reading: boolean): void {
    this.reading.push(reading)
  }

  /** The device takes what piled up, and goes on taking. */
  drain(): void {
    this.taking = true
    const queue = this.#queue
    this.#queue = []
    this.#buffered = 0
    for (const message of queue) this.#deliver(message)
    this.handlers?.drained?.()
  }

  /** The device takes what piled up, and then stops again. */
  drainOnce(): void {
    const queue = this.#queue
    this.#queue = []
    this.#buffered = 0
    for (const message of queue) this.#deliver(message)
    this.handlers?.drained?.()
  }

  /** A message from the device. */
  give(message: Uint8Array): void {
    this.handlers?.message(message)
  }

  /** The connection breaks. */
  break(): void {
    this.closedWith ??= { code: 1006, reason: "" }
    this.handlers?.closed(1006, "")
  }

  #deliver(message: Uint8Array): void {
    this.received.push(message)
    this.onMessage(message)
  }
}

/** A device that speaks polylogue.v1 by hand. */
export class TestDevice {
  readonly socket = new MemorySocket()
  readonly frames: Frame[] = []
  readonly #reader: FrameReader
  #rows = 0
  readonly #name: number
  static #devices = 0

  constructor(relay: Relay, limits: Partial<Limits> = {}, principal?: Principal) {
    this.#name = ++TestDevice.#devices
    this.#reader = new FrameReader({ ...DEFAULT_LIMITS, ...limits, minPartBytes: 1 })
    this.socket.onMessage = (message) => this.frames.push(...this.#reader.read(message))
    relay.accept(this.socket, principal)
  }

  send(...frames: Frame[]): void {
    for (const frame of frames) {
      for (const part of splitFrame(encodeFrame(frame), 0, this.of("welcome")[0]?.maxFrameBytes ?? DEFAULT_LIMITS.maxFrameBytes))
        this.socket.give(encodeMessage([part]))
    }
  }

  async hello(token = ""): Promise<FrameOf<"welcome">> {
    this.send({ type: "hello", version: PROTOCOL_VERSION, minVersion: 1, agent: "test", token })
    await settle()
    const welcome = this.of("welcome")[0]
    if (welcome === undefined) throw new Error(`no welcome: ${JSON.stringify(this.socket.closedWith)}`)
    return welcome
  }

  async open(document: DocumentId, handle = 1, vector: VersionVector = new Map()): Promise<void> {
    this.send({ type: "open", handle, document, generation: 0, vector })
    await settle()
  }

  /** Appends `update` and returns its row id, without waiting. */
  append(
    update: Uint8Array,
    { handle = 1, handOver = false, row = this.mintRow() }: { handle?: number; handOver?: boolean; row?: RowId } = {},
  ): RowId {
    this.send({ type: "append", handle, row, handOver, update })
    return row
  }

  mintRow(): RowId {
    return (this.#name * 0x10000 + ++this.#rows).toString(16).padStart(16, "0")
  }

  of<T extends FrameType>(type: T): FrameOf<T>[] {
    return this.frames.filter((frame) => frame.type === type) as unknown as FrameOf<T>[]
  }

  /** Updates of all entries and snapshots that came for `handle`, in order. */
  updates(handle = 1): Uint8Array[] {
    return this.frames.flatMap((frame) => {
      if (frame.type === "snapshot" && frame.handle === handle) return [frame.update]
      if (frame.type === "entries" && frame.handle === handle) return frame.entries.map(({ update }) => update)
      return []
    })
  }

  /** The code of the first `close` frame of `handle`. */
  closeCode(handle: number): Code | undefined {
    const close = this.of("close").find((frame) => frame.handle === handle)
    return close === undefined ? undefined : codeName(close.code)
  }

  get closedCode(): Code | undefined {
    return this.socket.closedWith === undefined ? undefined : codeName(this.socket.closedWith.code)
  }

  break(): void {
    this.socket.break()
  }
}

/** A relay on a memory store with a manual clock, and everything that a test looks at. */
export interface TestBed {
  readonly relay: Relay
  readonly clock: ManualClock
  readonly log: EntryLog
  readonly disk: MemoryDisk
  readonly events: RelayEvent[]
  readonly jobs: CompactionJob[]
  /** A device that has been welcomed. */
  device(token?: string, limits?: Partial<Limits>): Promise<TestDevice>
  eventsOf<T extends RelayEvent["type"]>(type: T): Extract<RelayEvent, { type: T }>[]
}

let seeds = 0

export async function openTestBed(options: Partial<RelayOptions> & { disk?: MemoryDisk } = {}): Promise<TestBed> {
  const { disk = new MemoryDisk(), ...rest } = options
  const clock = options.clock instanceof ManualClock ? options.clock : new ManualClock()
  const log = rest.log ?? new MemoryEntryLog({ disk })
  const events: RelayEvent[] = []
  const jobs: CompactionJob[] = []
  const relay = await openRelay({
    log,
    clock,
    randomBytes: seededBytes(++seeds),
    compactor: {
      async run<J extends CompactionJob>(job: J): Promise<CompactionResult<J>> {
        jobs.push(job)
        return runCompaction(structuredClone(job))
      },
    },
    events: (event) => events.push(event),
    ...rest,
  })
  return {
    relay,
    clock,
    log,
    disk,
    events,
    jobs,
    async device(token, limits) {
      const device = new TestDevice(relay, limits)
      await device.hello(token)
      return device
    },
    eventsOf: (type) => events.filter((event): event is Extract<RelayEvent, { type: typeof type }> => event.type === type),
  }
}

/** A device that has opened `documentId` at the relay of `bed`. */
export async function deviceAt(bed: TestBed, documentId = "home/conv/1"): Promise<TestDevice> {
  const device = await bed.device()
  await device.open(documentId)
  return device
}
