import { type EntryLog, MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { openReplica, type Replica, type ReplicaDocument, type ReplicaOptions, type ReplicaProblem } from "../../src/index.ts"
import { FakeRelay } from "./fake-relay.ts"
import { DeviceClock, ManualClock } from "./manual-clock.ts"
import { seededBytes } from "./random.ts"

/** Seeds of devices stay apart from those of relays: equal row ids would be equal rows. */
let seeds = 1_000

/** A place with a clock, a relay, and devices that know it. */
export class World {
  readonly clock = new ManualClock()
  readonly relay = new FakeRelay(seededBytes(7))

  device(options: Partial<ReplicaOptions> & { disk?: MemoryDisk } = {}): Promise<Device> {
    return Device.start(this, options)
  }
}

/** One replica in a {@link World}, on a disk that outlives it. */
export class Device {
  readonly world: World
  readonly disk: MemoryDisk
  readonly store: EntryLog
  readonly problems: ReplicaProblem[] = []
  readonly clock: DeviceClock
  replica!: Replica

  private constructor(world: World, disk: MemoryDisk, store: EntryLog) {
    this.world = world
    this.clock = new DeviceClock(world.clock)
    this.disk = disk
    this.store = store
  }

  static async start(world: World, options: Partial<ReplicaOptions> & { disk?: MemoryDisk }): Promise<Device> {
    const { disk = new MemoryDisk(), ...rest } = options
    const store = options.store ?? new MemoryEntryLog({ disk })
    const device = new Device(world, disk, store)
    device.replica = await openReplica({
      store,
      relays: ["ws://relay/sync"],
      dial: world.relay.dial,
      clock: device.clock,
      randomBytes: seededBytes(++seeds),
      report: (problem) => device.problems.push(problem),
      ...rest,
      // Rows leave one by one unless a test says otherwise: most look at rows.
      limits: { mergeMs: 0, ...rest.limits },
    })
    return device
  }

  open(documentId = "home/a"): Promise<ReplicaDocument> {
    return this.replica.open(documentId)
  }
}

/** Writes at the end of the text that the tests use. */
export function type(document: ReplicaDocument, text: string): void {
  const shared = document.ydoc.getText("t")
  shared.insert(shared.length, text)
}

export function textOf(document: ReplicaDocument): string {
  return document.ydoc.getText("t").toJSON()
}

/** Everything that rests on a disk, as text. */
export function bytesOn(disk: MemoryDisk): string {
  const found: string[] = []
  const visit = (value: unknown): void => {
    if (value instanceof Uint8Array) found.push(Buffer.from(value).toString("latin1"))
    else if (value instanceof Map) for (const inner of value.values()) visit(inner)
    else if (Array.isArray(value)) for (const inner of value) visit(inner)
    else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) visit(inner)
  }
  visit([...disk.documents.values()])
  visit([...disk.records.values()])
  return found.join("|")
}
