import * as encoding from "lib0/encoding"
import { decodeUtf8, encodeUtf8 } from "lib0/string"
import { ProtocolError } from "./errors.ts"
import { bytes, type Field, flag, id, positive, readUint, remaining, text, uint } from "./field.ts"
import { ID_BYTES, isId } from "./ids.ts"
import type { RegisterKey } from "./register-key.ts"

/*
 * A register of the authority: one value at a time, set by compare-and-set. What it is and promises stands in PROTOCOL.md.
 */

/** What a register is at one instant, as its authority has it on disk. */
export interface RegisterState {
  readonly key: RegisterKey
  /** At most {@link MAX_REGISTER_BYTES} bytes of UTF-8; `null` when it is absent. */
  readonly value: string | null
  /** `<id of a start of the authority, 16 hex digits>:<count>`, never used again for any register; `null` when it is absent. */
  readonly revision: string | null
  /** Whether only who may erase in the document may set it. Absent registers may be guarded too. */
  readonly guarded: boolean
  /** When it was set, in the authority's milliseconds since 1970; 0 when it is absent. */
  readonly setAt: number
  /** Who set it, as the authority authenticated them; empty when it is absent. */
  readonly principal: string
  /** When its time to live will have passed, in the authority's milliseconds since 1970; absent for never. It never ends earlier. */
  readonly expiresAt?: number
}

/** Longest value of a register, in bytes of UTF-8. */
export const MAX_REGISTER_BYTES = 64 * 1024
/** Longest time to live of a register, in milliseconds: seven days. */
export const MAX_REGISTER_TTL_MS = 7 * 24 * 60 * 60 * 1000
/** Most `get` and `cas` of one session that wait for their answers; one more ends it with `rate-limited`. */
export const MAX_REGISTER_REQUESTS = 64
/** Most registers in one `observed` frame. */
export const MAX_OBSERVED_REGISTERS = 256

/** How a `get` or `cas` was answered: their numbers on the wire. */
const OUTCOMES = Object.freeze({ ok: 1, conflict: 2, unavailable: 3, refused: 4 })
/** How a `get` or `cas` was answered. */
export type RegisterOutcome = keyof typeof OUTCOMES

/** Bytes of a register beside its texts: key and value lengths, flags, revision, times. */
const REGISTER_OVERHEAD = 64
/** Fewest bytes that a register can take: an empty key with its length, and two flags. */
const MIN_REGISTER_BYTES = 3

/** The bytes that `state` takes in a frame, never fewer: for filling frames up to a limit without encoding twice. */
export function registerBytes({ key, value, principal }: RegisterState): number {
  return REGISTER_OVERHEAD + key.length + 3 * (principal.length + (value?.length ?? 0))
}

/** The bytes of UTF-8 of a value; `undefined` when it is no well-formed text: half of a pair would come back as something else. */
export function registerValueBytes(value: string): Uint8Array | undefined {
  return /\p{Surrogate}/u.test(value) ? undefined : encodeUtf8(value)
}

/** The revision that is `count` of the start `start` of the authority. */
export function registerRevision(start: string, count: number): string {
  return `${start}:${count}`
}

/** The two parts of a revision; `undefined` when it is none. */
export function splitRevision(revision: string): { readonly start: string; readonly count: number } | undefined {
  const start = revision.slice(0, ID_BYTES * 2)
  const digits = revision.slice(ID_BYTES * 2)
  const count = Number(digits.slice(1))
  return isId(start) && /^:[1-9][0-9]*$/.test(digits) && Number.isSafeInteger(count) ? { start, count } : undefined
}

/** A revision, or `null` for that of an absent register. */
export const revision: Field<string | null> = {
  shape: "flag there, start? 8 bytes, count? varUint>0",
  write(encoder, value) {
    flag.write(encoder, value !== null)
    if (value === null) return
    const parts = splitRevision(value)
    if (parts === undefined) throw new ProtocolError("bad-value", `${JSON.stringify(value)} is no revision`)
    id.write(encoder, parts.start)
    positive.write(encoder, parts.count)
  },
  read(decoder) {
    if (!flag.read(decoder)) return null
    const start = id.read(decoder)
    return registerRevision(start, positive.read(decoder))
  },
}

const presentValue: Field<string> = {
  shape: "varUint8Array of UTF-8",
  write(encoder, value) {
    const encoded = registerValueBytes(value)
    if (encoded === undefined) throw new ProtocolError("bad-value", "a value with half a surrogate pair is no text")
    bytes.write(encoder, encoded)
  },
  read(decoder) {
    const encoded = bytes.read(decoder)
    try {
      return decodeUtf8(encoded)
    } catch (cause) {
      throw new ProtocolError("bad-value", "a value is not UTF-8", { cause })
    }
  },
}

/**
 * A value, or `null` for an absent register. Not bounded here but by the frame: who sets one that is too large is answered, and not cut off.
 */
export const registerValue: Field<string | null> = {
  shape: "flag there, value? varUint8Array of UTF-8",
  write(encoder, value) {
    flag.write(encoder, value !== null)
    if (value === null) return
    presentValue.write(encoder, value)
  },
  read(decoder) {
    return flag.read(decoder) ? presentValue.read(decoder) : null
  },
}

/** Whether a register is to be guarded from now on; `undefined` to leave that as it is. */
export const guardChange: Field<boolean | undefined> = {
  shape: "varUint[0 as it is, 1 open, 2 guarded]",
  write(encoder, value) {
    encoding.writeVarUint(encoder, value === undefined ? 0 : value ? 2 : 1)
  },
  read(decoder) {
    const value = readUint(decoder)
    if (value > 2) throw new ProtocolError("bad-value", `a guard is 0, 1 or 2, not ${value}`)
    return value === 0 ? undefined : value === 2
  },
}

/** How a request was answered. */
export const outcome: Field<RegisterOutcome> = {
  shape: "varUint[1 ok, 2 conflict, 3 unavailable, 4 refused]",
  write(encoder, value) {
    encoding.writeVarUint(encoder, OUTCOMES[value])
  },
  read(decoder) {
    const value = readUint(decoder)
    const name = (Object.keys(OUTCOMES) as RegisterOutcome[]).find((each) => OUTCOMES[each] === value)
    if (name === undefined) throw new ProtocolError("bad-value", `an outcome is 1 to 4, not ${value}`)
    return name
  },
}

/** One register as it is. */
const oneRegister: Field<RegisterState> = {
  shape:
    "{key: varString, guarded: flag, there: flag, start? 8 bytes, count? varUint>0, value? varUint8Array of UTF-8, setAt? varUint, principal? varString, expiresAt? varUint}",
  write(encoder, state) {
    text.write(encoder, state.key)
    flag.write(encoder, state.guarded)
    if ((state.value === null) !== (state.revision === null))
      throw new ProtocolError("bad-value", "a register has a value with its revision")
    revision.write(encoder, state.revision)
    if (state.value === null) return
    presentValue.write(encoder, state.value)
    uint.write(encoder, state.setAt)
    text.write(encoder, state.principal)
    uint.write(encoder, state.expiresAt ?? 0)
  },
  read(decoder) {
    const key = text.read(decoder)
    const guarded = flag.read(decoder)
    const known = revision.read(decoder)
    if (known === null) return absentRegister(key, guarded)
    const value = presentValue.read(decoder)
    const state = { key, value, revision: known, guarded, setAt: uint.read(decoder), principal: text.read(decoder) }
    const expiresAt = uint.read(decoder)
    return expiresAt === 0 ? state : { ...state, expiresAt }
  },
}

/** One register, or none. */
export const registerState: Field<RegisterState | undefined> = {
  shape: `flag there, register? ${oneRegister.shape}`,
  write(encoder, state) {
    flag.write(encoder, state !== undefined)
    if (state !== undefined) oneRegister.write(encoder, state)
  },
  read(decoder) {
    return flag.read(decoder) ? oneRegister.read(decoder) : undefined
  },
}

/** At most {@link MAX_OBSERVED_REGISTERS} registers. */
export const registers: Field<readonly RegisterState[]> = {
  shape: `varUint n, n * ${oneRegister.shape}`,
  write(encoder, list) {
    if (list.length > MAX_OBSERVED_REGISTERS)
      throw new ProtocolError("too-large", `${list.length} registers exceed ${MAX_OBSERVED_REGISTERS}`)
    encoding.writeVarUint(encoder, list.length)
    for (const state of list) oneRegister.write(encoder, state)
  },
  read(decoder) {
    const count = readUint(decoder)
    if (count > remaining(decoder) / MIN_REGISTER_BYTES)
      throw new ProtocolError("truncated", `${count} registers announced, too few bytes there`)
    if (count > MAX_OBSERVED_REGISTERS) throw new ProtocolError("too-large", `${count} registers exceed ${MAX_OBSERVED_REGISTERS}`)
    return Array.from({ length: count }, () => oneRegister.read(decoder))
  },
}

/** What is left of a register that has no value: whether it is guarded. */
export function absentRegister(key: RegisterKey, guarded: boolean): RegisterState {
  return { key, value: null, revision: null, guarded, setAt: 0, principal: "" }
}
