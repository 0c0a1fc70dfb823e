import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { decodeUtf8, encodeUtf8 } from "lib0/string"
import { writeBytes } from "./encode-bytes.ts"
import { ProtocolError } from "./errors.ts"
import { ID_BYTES, idFromBytes, idToBytes } from "./ids.ts"
import { MAX_TEXT_BYTES, MAX_VECTOR_LOGS } from "./limits.ts"
import { EMPTY_VECTOR, type VersionVector } from "./version-vector.ts"

/**
 * How one kind of value is written and read. `shape` describes the bytes and goes into the schema hash. A reader never
 * trusts an announced length: it is compared with the bytes that are there before anything is allocated.
 */
export interface Field<T> {
  readonly shape: string
  write(encoder: encoding.Encoder, value: T): void
  read(decoder: decoding.Decoder): T
}

/** Bytes left to read. */
export function remaining(decoder: decoding.Decoder): number {
  return decoder.arr.length - decoder.pos
}

/** Reads a varUint, 0 to 2^53 - 1. */
export function readUint(decoder: decoding.Decoder): number {
  let value = 0
  let scale = 1
  for (;;) {
    if (decoder.pos >= decoder.arr.length) throw new ProtocolError("truncated", "a number ends before its last byte")
    const byte = decoder.arr[decoder.pos++]!
    value += (byte & 0x7f) * scale
    if (value > Number.MAX_SAFE_INTEGER) throw new ProtocolError("bad-value", "a number exceeds 2^53 - 1")
    if (byte < 0x80) return value
    scale *= 128
    if (scale > 2 ** 56) throw new ProtocolError("bad-value", "a number has more bytes than any number needs")
  }
}

/** Reads `length` bytes: a view. */
export function readRaw(decoder: decoding.Decoder, length: number): Uint8Array {
  if (length > remaining(decoder)) {
    throw new ProtocolError("truncated", `${length} bytes announced, ${remaining(decoder)} there`)
  }
  const start = decoder.pos
  decoder.pos += length
  return decoder.arr.subarray(start, decoder.pos)
}

/** A whole number, 0 to 2^53 - 1. */
export const uint: Field<number> = {
  shape: "varUint",
  write(encoder, value) {
    if (!Number.isSafeInteger(value) || value < 0) throw new ProtocolError("bad-value", `${value} is no whole number from 0`)
    encoding.writeVarUint(encoder, value)
  },
  read: readUint,
}

/** A whole number as the last field of a frame, which may be left out. */
export const lastUint: Field<number | undefined> = {
  shape: "varUint?",
  write(encoder, value) {
    if (value !== undefined) uint.write(encoder, value)
  },
  read(decoder) {
    return remaining(decoder) === 0 ? undefined : readUint(decoder)
  },
}

/** A whole number, 1 to 2^53 - 1: a count or a place that cannot be none. */
export const positive: Field<number> = {
  shape: "varUint>0",
  write(encoder, value) {
    if (value < 1) throw new ProtocolError("bad-value", `${value} is not at least 1`)
    uint.write(encoder, value)
  },
  read(decoder) {
    const value = readUint(decoder)
    if (value < 1) throw new ProtocolError("bad-value", "0 where at least 1 is expected")
    return value
  },
}

/** True or false. */
export const flag: Field<boolean> = {
  shape: "flag",
  write(encoder, value) {
    encoding.writeVarUint(encoder, value ? 1 : 0)
  },
  read(decoder) {
    const value = readUint(decoder)
    if (value > 1) throw new ProtocolError("bad-value", `a flag is 0 or 1, not ${value}`)
    return value === 1
  },
}

/** Text of at most {@link MAX_TEXT_BYTES} bytes of well-formed UTF-8. */
export const text: Field<string> = {
  shape: "varString",
  write(encoder, value) {
    const bytes = encodeUtf8(value)
    if (bytes.length > MAX_TEXT_BYTES) throw new ProtocolError("too-large", `a text of ${bytes.length} bytes exceeds ${MAX_TEXT_BYTES}`)
    encoding.writeVarUint8Array(encoder, bytes)
  },
  read(decoder) {
    const length = readUint(decoder)
    if (length > MAX_TEXT_BYTES) throw new ProtocolError("too-large", `a text of ${length} bytes exceeds ${MAX_TEXT_BYTES}`)
    const bytes = readRaw(decoder, length)
    try {
      return decodeUtf8(bytes)
    } catch (cause) {
      throw new ProtocolError("bad-value", "a text is not UTF-8", { cause })
    }
  },
}

/** Any bytes. What is read is a view into the message: it stays valid as long as the message is not changed. */
export const bytes: Field<Uint8Array> = {
  shape: "varUint8Array",
  write(encoder, value) {
    encoding.writeVarUint(encoder, value.length)
    writeBytes(encoder, value)
  },
  read(decoder) {
    return readRaw(decoder, readUint(decoder))
  },
}

/** A log id or row id. */
export const id: Field<string> = {
  shape: "8 bytes",
  write(encoder, value) {
    writeBytes(encoder, idToBytes(value))
  },
  read(decoder) {
    return idFromBytes(readRaw(decoder, ID_BYTES))
  },
}

/** A version vector in a frame: at most {@link MAX_VECTOR_LOGS} logs, in the order of the map, each once, seq at least 1. */
export const vector: Field<VersionVector> = vectorOf(MAX_VECTOR_LOGS)

/** A version vector where it rests: what a store took once it has to give back. */
export const restingVector: Field<VersionVector> = vectorOf(Infinity)

function vectorOf(maxLogs: number): Field<VersionVector> {
  const check = (count: number): void => {
    if (count > maxLogs) throw new ProtocolError("too-large", `a version vector of ${count} logs exceeds ${maxLogs}`)
  }
  return {
    shape: "varUint n, n * (log 8 bytes, seq varUint>0)",
    write(encoder, value) {
      const known = [...value].filter(([, seq]) => seq > 0)
      check(known.length)
      encoding.writeVarUint(encoder, known.length)
      for (const [log, seq] of known) {
        id.write(encoder, log)
        positive.write(encoder, seq)
      }
    },
    read(decoder) {
      const count = readUint(decoder)
      if (count > remaining(decoder) / (ID_BYTES + 1)) throw new ProtocolError("truncated", `${count} logs announced, too few bytes there`)
      check(count)
      // One for all: a relay holds a vector of nothing for most of the documents that it holds.
      if (count === 0) return EMPTY_VECTOR
      const read = new Map<string, number>()
      for (let index = 0; index < count; index++) {
        const log = id.read(decoder)
        if (read.has(log)) throw new ProtocolError("bad-value", `log ${log} stands twice in a version vector`)
        read.set(log, positive.read(decoder))
      }
      return read
    },
  }
}

type ValueOfField<F> = F extends Field<infer T> ? T : never

/** The value that fields describe; a field that may be `undefined` may be left out. */
export type ValueOf<F> = {
  readonly [K in keyof F as undefined extends ValueOfField<F[K]> ? never : K]: ValueOfField<F[K]>
} & {
  readonly [K in keyof F as undefined extends ValueOfField<F[K]> ? K : never]?: ValueOfField<F[K]>
}

/** Several fields, one after the other. */
export function struct<F extends Record<string, unknown>>(fields: F): Field<ValueOf<F>> {
  const entries = Object.entries(fields) as [string, Field<unknown>][]
  return {
    shape: `{${entries.map(([name, field]) => `${name}: ${field.shape}`).join(", ")}}`,
    write(encoder, value) {
      for (const [name, field] of entries) field.write(encoder, (value as Record<string, unknown>)[name])
    },
    read(decoder) {
      const value: Record<string, unknown> = {}
      for (const [name, field] of entries) value[name] = field.read(decoder)
      return value as ValueOf<F>
    },
  }
}
