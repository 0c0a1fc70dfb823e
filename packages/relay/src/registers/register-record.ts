import {
  ID_BYTES,
  idFromBytes,
  idToBytes,
  MAX_REGISTER_BYTES,
  type RegisterKey,
  registerRevision,
  splitRevision,
} from "@polylogue/protocol"
import { fromHexString, toHexString } from "lib0/buffer"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { RelayError } from "../errors.ts"
import { type Attempt, DIGEST_BYTES } from "./attempts.ts"

/*
 * A register rests in one record, with the attempts that are remembered for it: what it is and who was told so become durable together. Beside it, while there is
 * something to do of itself (a time to live that passes, attempts that are forgotten), stands a record without content, so that a start finds what it has to.
 *
 *   register/<key>     = 1 • flags (1 there, 2 guarded) • [start: 8 bytes • count • varUint8Array value • setAt • varString principal • ttlMs]
 *                          • n • n * (flags (1 guarded, 2 of the same start as the one before, 4 there) • digest: 16 bytes • [start: 8 bytes] • [count • setAt] • at)
 *   register-due/<key> = nothing
 */

const FORMAT = 1
const THERE = 1
const GUARDED = 2
const ATTEMPT_GUARDED = 1
const SAME_START = 2
const ATTEMPT_THERE = 4
/** Where registers rest. */
export const REGISTER_RECORDS = "register/"
/** Where those stand that have something to do of themselves. */
export const DUE_RECORDS = "register-due/"

/** A register as it rests. */
export interface RestingRegister {
  /** `null` when it is absent. */
  readonly value: string | null
  /** `null` exactly when it is absent. */
  readonly revision: string | null
  readonly guarded: boolean
  /** Milliseconds since 1970; 0 when it is absent. */
  readonly setAt: number
  /** Empty when it is absent. */
  readonly principal: string
  /** Milliseconds; 0 for ever. */
  readonly ttlMs: number
  /** In the order in which they took effect. */
  readonly attempts: readonly Attempt[]
}

/** A register that was never set. */
export const NO_REGISTER: RestingRegister = Object.freeze({
  value: null,
  revision: null,
  guarded: false,
  setAt: 0,
  principal: "",
  ttlMs: 0,
  attempts: Object.freeze([]),
})

/** The record of `register`; `null` when nothing of it is left. */
export function encodeRegister(register: RestingRegister): Uint8Array | null {
  const { value, revision, guarded, attempts } = register
  if (value === null && !guarded && attempts.length === 0) return null
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FORMAT)
  encoding.writeVarUint(encoder, (value === null ? 0 : THERE) | (guarded ? GUARDED : 0))
  if (value !== null) {
    const { start, count } = splitRevision(revision!)!
    encoding.writeUint8Array(encoder, idToBytes(start))
    encoding.writeVarUint(encoder, count)
    encoding.writeVarString(encoder, value)
    encoding.writeVarUint(encoder, register.setAt)
    encoding.writeVarString(encoder, register.principal)
    encoding.writeVarUint(encoder, register.ttlMs)
  }
  encoding.writeVarUint(encoder, attempts.length)
  let previous: string | undefined
  for (const attempt of attempts) {
    writeAttempt(encoder, attempt, attempt.start === previous)
    previous = attempt.start
  }
  return encoding.toUint8Array(encoder)
}

function writeAttempt(encoder: encoding.Encoder, { digest, start, count, guarded, setAt, at }: Attempt, sameStart: boolean): void {
  const there = count > 0
  encoding.writeVarUint(encoder, (guarded ? ATTEMPT_GUARDED : 0) | (sameStart ? SAME_START : 0) | (there ? ATTEMPT_THERE : 0))
  encoding.writeUint8Array(encoder, fromHexString(digest))
  if (!sameStart) encoding.writeUint8Array(encoder, idToBytes(start))
  if (there) {
    encoding.writeVarUint(encoder, count)
    encoding.writeVarUint(encoder, setAt)
  }
  encoding.writeVarUint(encoder, at)
}

/** @throws RelayError `unsound` when the record of `key` does not decode, or a later version has written it. */
export function decodeRegister(key: RegisterKey, record: Uint8Array): RestingRegister {
  try {
    const decoder = decoding.createDecoder(record)
    const format = decoding.readVarUint(decoder)
    if (format !== FORMAT) throw new RangeError(`format ${format}`)
    const register = readRegister(decoder)
    if (decoding.hasContent(decoder)) throw new RangeError("bytes follow the register")
    return register
  } catch (cause) {
    throw new RelayError("unsound", `the record of the register ${key} does not decode`, { cause })
  }
}

function readRegister(decoder: decoding.Decoder): RestingRegister {
  const flags = readFlags(decoder, THERE | GUARDED)
  const guarded = (flags & GUARDED) !== 0
  if ((flags & THERE) === 0) return { ...NO_REGISTER, guarded, attempts: readAttempts(decoder) }
  const revision = registerRevision(readStart(decoder), readCount(decoder))
  const value = decoding.readVarString(decoder)
  // No text of so many bytes was ever set; characters are fewer than bytes.
  if (value.length > MAX_REGISTER_BYTES) throw new RangeError(`a value of ${value.length} characters`)
  const setAt = decoding.readVarUint(decoder)
  const principal = decoding.readVarString(decoder)
  const ttlMs = decoding.readVarUint(decoder)
  return { value, revision, guarded, setAt, principal, ttlMs, attempts: readAttempts(decoder) }
}

function readAttempts(decoder: decoding.Decoder): Attempt[] {
  const attempts: Attempt[] = []
  for (let left = decoding.readVarUint(decoder); left > 0; left--) {
    const flags = readFlags(decoder, ATTEMPT_GUARDED | SAME_START | ATTEMPT_THERE)
    const digest = toHexString(readBytes(decoder, DIGEST_BYTES))
    const start = (flags & SAME_START) === 0 ? readStart(decoder) : attempts.at(-1)!.start
    const there = (flags & ATTEMPT_THERE) !== 0
    const count = there ? readCount(decoder) : 0
    const setAt = there ? decoding.readVarUint(decoder) : 0
    attempts.push({ digest, start, count, guarded: (flags & ATTEMPT_GUARDED) !== 0, setAt, at: decoding.readVarUint(decoder) })
  }
  return attempts
}

function readFlags(decoder: decoding.Decoder, known: number): number {
  const flags = decoding.readVarUint(decoder)
  if (flags > known) throw new RangeError(`unknown flags ${flags}`)
  return flags
}

function readCount(decoder: decoding.Decoder): number {
  const count = decoding.readVarUint(decoder)
  if (count < 1) throw new RangeError("a revision counts from 1")
  return count
}

function readStart(decoder: decoding.Decoder): string {
  return idFromBytes(readBytes(decoder, ID_BYTES))
}

function readBytes(decoder: decoding.Decoder, length: number): Uint8Array {
  if (decoder.arr.length - decoder.pos < length) throw new RangeError("the record ends too early")
  return decoding.readUint8Array(decoder, length)
}
