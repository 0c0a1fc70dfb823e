import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { decodeUtf8, encodeUtf8 } from "lib0/string"
import { RelayError } from "../errors.ts"

/** What one Yjs client id says of itself, as in an awareness update of y-protocols: varUint n • n * (client • clock • varString JSON). */
export interface AwarenessState {
  readonly client: number
  readonly clock: number
  /** UTF-8 of one JSON value; `null` says that the client is gone. */
  readonly state: Uint8Array
}

/** The state of a client that is gone. */
export const GONE: Uint8Array = encodeUtf8("null")

/** Most states in one update. */
const MAX_STATES = 10_000

/**
 * Reads an awareness update. Every state is one JSON value: receivers parse it where an error would stop them, so that one malformed
 * state would reach all of them.
 * @throws RelayError `bad-frame`
 */
export function decodeAwareness(update: Uint8Array): AwarenessState[] {
  const states: AwarenessState[] = []
  try {
    const decoder = decoding.createDecoder(update)
    const count = decoding.readVarUint(decoder)
    if (count > MAX_STATES) throw new RelayError("bad-frame", `${count} awareness states`)
    for (let index = 0; index < count; index++) {
      const client = decoding.readVarUint(decoder)
      const clock = decoding.readVarUint(decoder)
      const length = decoding.readVarUint(decoder)
      if (length > update.length - decoder.pos) throw new RelayError("bad-frame", "an awareness state ends before its last byte")
      // A copy: a view would keep the whole message alive as long as the state.
      const state = decoding.readUint8Array(decoder, length).slice()
      JSON.parse(decodeUtf8(state))
      states.push({ client, clock, state })
    }
  } catch (cause) {
    if (cause instanceof RelayError) throw cause
    throw new RelayError("bad-frame", "the bytes are no awareness update", { cause })
  }
  return states
}

/** The update that {@link decodeAwareness} reads. */
export function encodeAwareness(states: readonly AwarenessState[]): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, states.length)
  for (const { client, clock, state } of states) {
    encoding.writeVarUint(encoder, client)
    encoding.writeVarUint(encoder, clock)
    encoding.writeVarUint8Array(encoder, state)
  }
  return encoding.toUint8Array(encoder)
}

/** Keeps the last state of each client in `waiting`; of more than `max` clients those that waited longest are dropped. */
export function rememberLast(waiting: Map<number, AwarenessState>, state: AwarenessState, max: number): void {
  waiting.delete(state.client)
  waiting.set(state.client, state)
  const [oldest] = waiting.keys()
  if (waiting.size > max && oldest !== undefined) waiting.delete(oldest)
}

/** Whether the client says that it is gone. */
export function isGone({ state }: AwarenessState): boolean {
  return state.length === GONE.length && state.every((byte, index) => byte === GONE[index])
}
