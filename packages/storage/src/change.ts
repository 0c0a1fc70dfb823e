import { type BlobHash, type Erased, isBlobHash, isId, MAX_TEXT_BYTES, type VersionVector } from "@polylogue/protocol"
import { encodeUtf8 } from "lib0/string"
import type { Change, NewLogItem, NewOutboxRow } from "./entry-log.ts"

/*
 * What no caller may ask for, whatever is stored. Checked before a commit is queued, so that every store refuses the same and none
 * meets it half-way through a write.
 */

/** @throws TypeError or RangeError when `changes` are not what their types say. */
export function checkChanges(changes: readonly Change[]): void {
  for (const change of changes) {
    if ("resets" in change && change.resets !== undefined) checkPosition(change.resets, "resets")
    if ("outboxEnd" in change && change.outboxEnd !== undefined) checkPosition(change.outboxEnd, "outboxEnd")
    switch (change.type) {
      case "append":
        for (const item of change.items) checkItem(item)
        checkRowIds(change.settled)
        break
      case "compact":
        checkPosition(change.through, "through")
        checkPosition(change.base, "base")
        if (change.base > change.through) throw new RangeError(`base ${change.base} lies after through ${change.through}`)
        checkVector(change.snapshot.vector)
        checkBytes(change.snapshot.update, "the update of a snapshot")
        checkBytes(change.snapshot.stateVector, "the state vector of a snapshot")
        checkErased(change.snapshot.erased)
        break
      case "reset":
        break
      case "outbox":
        for (const row of change.rows) checkRow(row)
        checkRowIds(change.settled)
        break
      case "record":
        if (change.value !== null) checkBytes(change.value, "a record")
        break
      default:
        throw new TypeError(`unknown change ${JSON.stringify((change as { type?: unknown }).type)}`)
    }
  }
}

/** @throws RangeError unless `value` is a whole number from 0. */
export function checkPosition(value: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is a whole number from 0, not ${value}`)
}

function checkItem(item: NewLogItem): void {
  if (item.kind === "snapshot") {
    checkVector(item.snapshot.vector)
    checkBytes(item.snapshot.update, "the update of a snapshot")
    checkErased(item.snapshot.erased)
    return
  }
  const { stamp, receivedAt, principal, row, update, erases } = item.entry
  checkId(stamp.log, "log")
  checkPosition(stamp.seq - 1, "seq - 1")
  checkPosition(receivedAt, "receivedAt")
  const principalBytes = encodeUtf8(principal).length
  if (principalBytes > MAX_TEXT_BYTES) throw new RangeError(`a principal of ${principalBytes} bytes exceeds ${MAX_TEXT_BYTES}`)
  checkId(row, "row")
  checkBytes(update, "the update of an entry")
  checkBlobs(erases)
}

function checkRow({ row, update, erases }: NewOutboxRow): void {
  checkId(row, "row")
  checkBytes(update, "the update of an outbox row")
  checkBlobs(erases)
}

function checkErased(erased: Erased | undefined): void {
  if (erased === undefined) return
  checkBytes(erased.ranges, "erased ranges")
  checkBlobs(erased.blobs)
}

function checkBlobs(blobs: readonly BlobHash[] = []): void {
  for (const blob of blobs) if (!isBlobHash(blob)) throw new TypeError(`a blob hash has 64 hex digits, not ${JSON.stringify(blob)}`)
}

function checkRowIds(rows: readonly string[] = []): void {
  for (const row of rows) checkId(row, "settled row")
}

function checkVector(vector: VersionVector): void {
  for (const [log, seq] of vector) {
    checkId(log, "log")
    checkPosition(seq, "seq")
  }
}

function checkId(id: string, name: string): void {
  if (!isId(id)) throw new TypeError(`${name} is 16 lower-case hex digits, not ${JSON.stringify(id)}`)
}

function checkBytes(bytes: Uint8Array, name: string): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${name} is no Uint8Array`)
}
