import { ID_BYTES, idFromBytes, idToBytes, type LogId, vectorHash } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import type { Committer } from "./committer.ts"
import type { Store } from "./store.ts"

/*
 * A cursor of a feed is a place in this store, so it stays good over restarts. It is told with the log of the start that told it, and a
 * record says for each start where the feed stood when it began: a cursor of an earlier start that lies beyond the beginning of the next one
 * was told by a store that is no more (this one was restored from a backup), and places after that mean something else here.
 *
 *   relay/starts = n • n * (log: 8 bytes • varUint first place), oldest first
 *
 * The record is written once there was a feed, and from then on at every start, before the first cursor of that start is told.
 */

const KEY = "relay/starts"
/** Starts that are remembered; who comes back from one before them gets the whole feed. */
const MAX_STARTS = 1000
/** No document has this in its id: what is asked is only where the feed ends. */
const NOWHERE = "?"

interface Start {
  readonly log: LogId
  readonly from: number
}

/** The starts of one store, this one included. */
export class Starts {
  readonly #log: LogId
  readonly #committer: Committer
  #earlier: readonly Start[] = []
  #from = 0
  #written: Promise<void> | undefined

  constructor(log: LogId, committer: Committer) {
    this.#log = log
    this.#committer = committer
  }

  /** Reads what earlier starts have left, before anything of this one is written. @throws StorageError */
  async restore(store: Store): Promise<void> {
    const [value, { last }] = await store.read((log: EntryLog) =>
      Promise.all([log.record(KEY), log.changes({ prefix: NOWHERE, after: 0, limit: 1 })]),
    )
    this.#from = last
    if (value === undefined) return
    this.#earlier = decode(value)
    // What earlier cursors are worth depends on where this start began.
    this.written().catch(() => undefined)
  }

  /** Resolves once this start is remembered, so that its cursors may be told. @throws StorageError; RelayError `closed` */
  written(): Promise<void> {
    this.#written ??= this.#write()
    return this.#written
  }

  /**
   * The place that `cursor`, told under the name `name` (see {@link feedName}), stands for; 0 when it stands for none here.
   * @param grants - those of the principal who asks now.
   */
  placeOf(name: string, cursor: number, grants: string | undefined): number {
    if (name === feedName(this.#log, grants)) return cursor
    const index = this.#earlier.findIndex(({ log }) => name === feedName(log, grants))
    if (index < 0) return 0
    const end = this.#earlier[index + 1]?.from ?? this.#from
    return cursor <= end ? cursor : 0
  }

  async #write(): Promise<void> {
    const starts = [...this.#earlier, { log: this.#log, from: this.#from }].slice(-MAX_STARTS)
    try {
      await this.#committer.write({ type: "record", key: KEY, value: encode(starts) }, () => undefined)
    } catch (error) {
      this.#written = undefined
      throw error
    }
  }
}

/**
 * What a feed calls the start `log` for who has `grants`: after a change of grants, what was left out before has to be told, so that cursors
 * told under other grants are unknown ones.
 */
export function feedName(log: LogId, grants: string | undefined): LogId {
  return grants === undefined ? log : vectorHash(new Map([[`${log} ${grants}`, 1]]))
}

function encode(starts: readonly Start[]): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, starts.length)
  for (const { log, from } of starts) {
    encoding.writeUint8Array(encoder, idToBytes(log))
    encoding.writeVarUint(encoder, from)
  }
  return encoding.toUint8Array(encoder)
}

function decode(value: Uint8Array): Start[] {
  try {
    const decoder = decoding.createDecoder(value)
    return Array.from({ length: decoding.readVarUint(decoder) }, () => {
      const log = idFromBytes(decoding.readUint8Array(decoder, ID_BYTES))
      return { log, from: decoding.readVarUint(decoder) }
    })
  } catch {
    // Then no cursor is good, and everybody gets the whole feed once.
    return []
  }
}
