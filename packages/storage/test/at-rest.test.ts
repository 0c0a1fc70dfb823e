import fc from "fast-check"
import { expect, test } from "vitest"
import {
  decodeHead,
  decodeItem,
  decodeRow,
  decodeSnapshot,
  decodeUint,
  encodeHead,
  encodeItem,
  encodeRow,
  encodeSnapshot,
  encodeUint,
} from "../src/at-rest.ts"
import type { RestingHead } from "../src/head.ts"
import type { LogItem, OutboxRow, StoredSnapshot } from "../src/index.ts"

const id = fc.integer({ min: 0, max: 0xffff }).map((number) => number.toString(16).padStart(16, "0"))
const vector = fc.array(fc.tuple(id, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })), { maxLength: 4 }).map((pairs) => new Map(pairs))
const bytes = fc.uint8Array({ maxLength: 40 })
const count = fc.maxSafeNat()
const text = fc.string({ unit: "grapheme", maxLength: 12 })

const blobs = fc.array(
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => Buffer.from(hash).toString("hex")),
  { maxLength: 3 },
)
const erased = fc.record({ ranges: bytes, blobs })

/** What `record` gives, with or without `more`. */
function optionally<T, M>(record: fc.Arbitrary<T>, more: fc.Arbitrary<M>): fc.Arbitrary<T & Partial<M>> {
  return fc.oneof(
    record,
    fc.tuple(record, more).map(([known, other]) => ({ ...known, ...other })),
  ) as fc.Arbitrary<T & Partial<M>>
}

const owners = fc.array(fc.tuple(count, text), { maxLength: 3 }).map((pairs) => new Map(pairs))

const heads: fc.Arbitrary<RestingHead> = fc.record({
  head: fc.record({
    head: count,
    base: count,
    vector,
    baseVector: vector,
    through: count,
    snapshotBytes: count,
    itemBytes: count,
    resets: count,
  }),
  change: count,
})
const erases = fc.record({ erases: blobs })
const entries = optionally(
  fc.record({
    stamp: fc.record({ log: id, seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) }),
    receivedAt: count,
    principal: text,
    row: id,
    handOver: fc.boolean(),
    update: bytes,
  }),
  erases,
)
const items: fc.Arbitrary<LogItem> = fc.oneof(
  fc.record({ kind: fc.constant("entry" as const), position: fc.constant(7), entry: entries }),
  fc.record({
    kind: fc.constant("snapshot" as const),
    position: fc.constant(7),
    snapshot: optionally(optionally(fc.record({ vector, update: bytes }), fc.record({ erased })), fc.record({ owners })),
  }),
)
const snapshots: fc.Arbitrary<StoredSnapshot> = optionally(
  fc.record({
    through: count,
    vector,
    update: bytes,
    stateVector: bytes,
    owners,
  }),
  fc.record({ erased }),
)
const rows: fc.Arbitrary<OutboxRow> = optionally(
  fc.record({ row: id, order: fc.constant(7), update: bytes, handOver: fc.boolean() }),
  erases,
)

const where = () => "the key"

test("[AR1] heads, items, snapshots, rows and numbers come back from their bytes unchanged", () => {
  fc.assert(
    fc.property(heads, items, snapshots, rows, count, (head, item, snapshot, row, number) => {
      expect(decodeHead(where, encodeHead(head))).toEqual(head)
      expect(decodeItem(where, encodeItem(item), 7)).toEqual(item)
      expect(decodeSnapshot(where, encodeSnapshot(snapshot))).toEqual(snapshot)
      expect(decodeRow(where, encodeRow(row), 7)).toEqual(row)
      expect(decodeUint(where, encodeUint(number))).toBe(number)
    }),
    { seed: 1 },
  )
})

test("[AR2] any bytes decode to a value or are `corrupt`, and the place is named", () => {
  const decoders: ((value: Uint8Array) => unknown)[] = [
    (value) => decodeHead(where, value),
    (value) => decodeItem(where, value, 7),
    (value) => decodeSnapshot(where, value),
    (value) => decodeRow(where, value, 7),
    (value) => decodeUint(where, value),
  ]
  const attempt = (decode: (value: Uint8Array) => unknown, value: Uint8Array): void => {
    try {
      decode(value)
    } catch (error) {
      expect(error).toMatchObject({ code: "corrupt", message: expect.stringContaining("the key") })
    }
  }
  const mutated = fc.tuple(
    fc.oneof(heads.map(encodeHead), items.map(encodeItem), snapshots.map(encodeSnapshot), rows.map(encodeRow)),
    fc.nat(),
    fc.nat(255),
  )
  fc.assert(
    fc.property(bytes, mutated, (random, [value, at, byte]) => {
      for (const decode of decoders) {
        attempt(decode, random)
        attempt(decode, value.subarray(0, at % (value.length + 1)))
        attempt(decode, value.with(at % value.length, byte))
      }
    }),
    { seed: 1, numRuns: 500 },
  )
})

test("[AR2] bytes that follow a value, an item without an entry and a flag past 1 are `corrupt`", () => {
  for (const decode of [
    () => decodeUint(where, Uint8Array.of(1, 0)),
    () => decodeItem(where, Uint8Array.of(0, 0), 7),
    () => decodeRow(where, Uint8Array.of(4, 0, 0), 7),
    () => decodeSnapshot(where, Uint8Array.of(0, 1, 0, 200, 1, 5)),
  ]) {
    expect(decode).toThrow(expect.objectContaining({ code: "corrupt" }))
  }
})
