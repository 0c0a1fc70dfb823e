import type { Change, NewLogItem } from "../src/index.ts"
import { entryOf, rowId } from "../src/rules/rule.ts"
import type { Oracle } from "./oracle.ts"

const DOCUMENTS = ["home/conv/1", "home/conv/1/s2", "home", "a\0b", ""]
const LOGS = ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"]
const BLOBS = ["0a", "0b", "ff"].map((byte) => byte.repeat(32))
const KEYS = ["k", "k/2", "ü"]

/** Seeded randomness (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }

  /** Some of `values`, in their order, each by chance. */
  some<T>(values: readonly T[]): T[] {
    return values.filter(() => this.chance(50))
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!
  }

  bytes(most: number): Uint8Array {
    return Uint8Array.from({ length: this.below(most + 1) }, () => this.below(256))
  }
}

/** A commit of one to four changes, most of them sensible as `oracle` stands, some stale, doubled or with a gap. */
export function randomCommit(random: Random, oracle: Oracle): Change[] {
  return Array.from({ length: 1 + random.below(4) }, () => randomChange(random, oracle))
}

function randomChange(random: Random, oracle: Oracle): Change {
  const documentId = random.pick(DOCUMENTS)
  const kind = random.below(100)
  if (kind < 45)
    return {
      type: "append",
      documentId,
      items: randomItems(random, oracle, documentId),
      ...(random.chance(40) && { settled: randomRows(random) }),
    }
  if (kind < 65) {
    const rows = randomRows(random).map((row) => ({ row, update: random.bytes(12), handOver: random.chance(20), ...randomErases(random) }))
    return { type: "outbox", documentId, rows, ...(random.chance(40) && { settled: randomRows(random) }) }
  }
  if (kind < 85) return randomCompaction(random, oracle, documentId)
  if (kind < 88) return { type: "reset", documentId }
  return { type: "record", key: random.pick(KEYS), value: random.chance(25) ? null : random.bytes(8) }
}

function randomItems(random: Random, oracle: Oracle, documentId: string): NewLogItem[] {
  const known = new Map(oracle.head(documentId).vector)
  return Array.from({ length: random.below(6) }, (): NewLogItem => {
    const log = random.pick(LOGS)
    const next = (known.get(log) ?? 0) + 1
    if (random.chance(10)) {
      const vector = new Map([...known].map(([id, seq]) => [id, seq + random.below(2)] as const))
      for (const [id, seq] of vector) known.set(id, seq)
      return { kind: "snapshot", snapshot: { vector, update: random.bytes(20), ...randomErased(random, random.some(BLOBS)) } }
    }
    const wrong = random.chance(20) ? random.pick([-1, -2, 1]) : 0
    const seq = Math.max(1, next + wrong)
    if (wrong === 0) known.set(log, seq)
    return {
      kind: "entry",
      entry: entryOf(log, seq, {
        update: random.bytes(30),
        handOver: random.chance(10),
        principal: random.pick(["ada", "Zoë"]),
        ...randomErases(random),
      }),
    }
  })
}

function randomCompaction(random: Random, oracle: Oracle, documentId: string): Change {
  const { head, base, vector } = oracle.head(documentId)
  const through = Math.max(0, head - random.below(3) + (random.chance(5) ? 2 : 0))
  const newBase = Math.min(through, Math.max(0, base + random.below(5) - (random.chance(5) ? 2 : 0)))
  const short = random.chance(10)
  const snapshot = {
    vector: new Map([...vector].map(([log, seq]) => [log, short ? Math.max(1, seq - 3) : seq] as const)),
    update: random.bytes(30),
    stateVector: random.bytes(4),
    owners: new Map([[random.below(2 ** 31), "ada"]]),
    // Most remember what was erased.
    ...(random.chance(90)
      ? { erased: { ranges: random.bytes(6), blobs: oracle.erased(documentId) } }
      : randomErased(random, random.some(BLOBS))),
  }
  return { type: "compact", documentId, snapshot, through, base: newBase }
}

function randomErases(random: Random): { erases?: string[] } {
  return random.chance(10) ? { erases: random.some(BLOBS) } : {}
}

function randomErased(random: Random, blobs: string[]): { erased?: { ranges: Uint8Array; blobs: string[] } } {
  return random.chance(30) ? { erased: { ranges: random.bytes(6), blobs } } : {}
}

function randomRows(random: Random): string[] {
  return Array.from({ length: random.below(4) }, () => rowId(random.below(12)))
}
