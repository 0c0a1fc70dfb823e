import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { type CutSnapshot, readCutSnapshot } from "./cut-snapshot.ts"
import { encodeBytes, writeBytes } from "./encode-bytes.ts"
import { ProtocolError } from "./errors.ts"
import { type Field, positive, readUint, remaining, struct } from "./field.ts"
import { type Frame, FRAMES, type FrameOf, type FrameType } from "./frame.ts"
import { MIN_PART_BYTES } from "./limits.ts"

/*
 * A WebSocket message is one or more frames: (varUint number • varUint length • payload)*. The length lets a reader step over
 * a frame whose number it does not know.
 */

const CODECS = Object.fromEntries(
  Object.entries(FRAMES).map(([name, frame]) => [name, { number: frame.number, fields: struct(frame.fields) as Field<unknown> }]),
) as Record<FrameType, { number: number; fields: Field<unknown> }>
const NAMES = new Map<number, FrameType>(Object.entries(CODECS).map(([name, codec]) => [codec.number, name as FrameType]))
const PART_NUMBER = CODECS.part.number

/** One frame, ready to be put into a message. */
export interface EncodedFrame {
  readonly number: number
  readonly payload: Uint8Array
}

/**
 * The payload of one frame.
 * @throws ProtocolError `bad-value` or `too-large` when a field is outside its range.
 */
export function encodeFrame(frame: Frame): EncodedFrame {
  const codec = CODECS[frame.type]
  return { number: codec.number, payload: encodeBytes((encoder) => codec.fields.write(encoder, frame)) }
}

/** An `entries` frame of entries that are encoded already, as `encodeEntries` does: frames of any number of handles share that work. */
export function entriesFrame(handle: number, encoded: Uint8Array): EncodedFrame {
  const encoder = encoding.createEncoder()
  positive.write(encoder, handle)
  encoding.writeUint8Array(encoder, encoded)
  return { number: FRAMES.entries.number, payload: encoding.toUint8Array(encoder) }
}

/** Bytes of `frame` in a message, header included. */
export function messageBytes(frame: EncodedFrame): number {
  return frame.payload.length + varUintBytes(frame.number) + varUintBytes(frame.payload.length)
}

function varUintBytes(value: number): number {
  let size = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++
  return size
}

/** Frames, in order, as one WebSocket message. What exceeds the peer's `maxFrameBytes` must have been split before (see `splitFrame`). */
export function encodeMessage(frames: readonly EncodedFrame[]): Uint8Array {
  return encodeBytes((encoder) => {
    for (const { number, payload } of frames) {
      encoding.writeVarUint(encoder, number)
      encoding.writeVarUint(encoder, payload.length)
      writeBytes(encoder, payload)
    }
  })
}

/** Frames as one message: encodes and joins. For the rare frame, such as `hello`, that is sent alone. */
export function encodeFrames(...frames: readonly Frame[]): Uint8Array {
  return encodeMessage(frames.map(encodeFrame))
}

/** The frames of a message, not yet read. Byte ranges are checked, contents are not. */
export function splitMessage(message: Uint8Array): EncodedFrame[] {
  const decoder = decoding.createDecoder(message)
  const frames: EncodedFrame[] = []
  while (remaining(decoder) > 0) {
    const number = readUint(decoder)
    const length = readUint(decoder)
    if (length > remaining(decoder))
      throw new ProtocolError("truncated", `frame ${number} announces ${length} bytes, ${remaining(decoder)} are there`)
    frames.push({ number, payload: message.subarray(decoder.pos, decoder.pos + length) })
    decoder.pos += length
  }
  return frames
}

/**
 * Reads one frame; `undefined` for a number that this version does not know, which is to be ignored.
 * @throws ProtocolError `truncated`, `bad-value` or `too-large`.
 */
export function decodeFrame({ number, payload }: EncodedFrame): Frame | undefined {
  const name = NAMES.get(number)
  if (name === undefined) return undefined
  const value = CODECS[name].fields.read(decoding.createDecoder(payload)) as object
  return { type: name, ...value } as Frame
}

/** Reads all frames of a message that are known, in order. Parts stay parts: see `FrameReader` for putting them together. */
export function decodeMessage(message: Uint8Array): Frame[] {
  return splitMessage(message)
    .map(decodeFrame)
    .filter((frame) => frame !== undefined)
}

/** What a message costs beyond the bytes of a part: number, length, transfer, total, offset and the length of the bytes. */
const PART_OVERHEAD = 40

/** Most bytes of a frame that a part brings in a message of `maxFrameBytes`. */
function stepOf(maxFrameBytes: number): number {
  return Math.max(1, maxFrameBytes - PART_OVERHEAD)
}

/**
 * `frame` as it may be sent to a peer that takes `maxFrameBytes`: itself, or `part` frames numbered `transfer`. Parts of one transfer are
 * sent in order; frames of other documents may stand between them, frames of the same document may not.
 * A generator, so that a large frame is cut only as fast as the socket takes it.
 */
export function* splitFrame(frame: EncodedFrame, transfer: number, maxFrameBytes: number): Generator<EncodedFrame, void> {
  if (messageBytes(frame) <= maxFrameBytes) {
    yield frame
    return
  }
  const whole = encodeMessage([frame])
  const step = stepOf(maxFrameBytes)
  for (let offset = 0; offset < whole.length; offset += step) {
    const bytes = whole.subarray(offset, offset + step)
    yield encodeFrame({ type: "part", transfer, total: whole.length, offset, bytes })
  }
}

/** Limits of a {@link FrameReader}, as in `Limits`. */
export interface FrameReaderLimits {
  readonly maxFrameBytes: number
  readonly maxTransferBytes: number
  readonly maxTransfers: number
  /**
   * Fewest bytes in a part that is not the last of its transfer: tiny ones cost more than they bring. Default {@link MIN_PART_BYTES}, or
   * what fits into `maxFrameBytes` beside the fields of a part when that is less. Only who reads what others announced the limits for sets it.
   */
  readonly minPartBytes?: number
}

interface Transfer {
  readonly total: number
  /** What has arrived, and room for as much again: at most `total`. */
  buffer: Uint8Array
  received: number
}

/**
 * Reads messages, puts parts together again, and bounds both: at most `maxTransfers` transfers of `maxTransferBytes` are
 * under way, and memory grows with what has arrived, not with what was announced. After an error the session is to be closed.
 */
export class FrameReader {
  readonly #limits: FrameReaderLimits
  readonly #minPartBytes: number
  readonly #admit: (frames: number) => void
  readonly #transfers = new Map<number, Transfer>()
  #heldBytes = 0

  /** `admit` is told how many frames a message holds, parts and unknown ones included, before any is decoded; it throws to refuse them. */
  constructor(limits: FrameReaderLimits, admit: (frames: number) => void = () => undefined) {
    this.#limits = limits
    this.#minPartBytes = limits.minPartBytes ?? Math.min(MIN_PART_BYTES, stepOf(limits.maxFrameBytes))
    this.#admit = admit
  }

  /** Bytes of memory that transfers under way take: at most twice what has arrived of them. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** What transfers under way have brought of snapshots: worth keeping when the connection ends before they do. */
  cutSnapshots(): CutSnapshot[] {
    return [...this.#transfers.values()].flatMap(({ buffer, received }) => readCutSnapshot(buffer.subarray(0, received)) ?? [])
  }

  /** How far each transfer under way has come, by its number. */
  progress(): ReadonlyMap<number, number> {
    return new Map([...this.#transfers].map(([number, { received }]) => [number, received]))
  }

  /**
   * The frames that `message` completes, in order.
   * @throws ProtocolError, any code; frames before the bad one are lost with it. What `admit` throws.
   */
  read(message: Uint8Array): Frame[] {
    if (message.length > this.#limits.maxFrameBytes) {
      throw new ProtocolError("too-large", `a message of ${message.length} bytes exceeds ${this.#limits.maxFrameBytes}`)
    }
    const split = splitMessage(message)
    this.#admit(split.length)
    const frames: Frame[] = []
    for (const encoded of split) {
      const frame = encoded.number === PART_NUMBER ? this.#join(encoded) : decodeFrame(encoded)
      if (frame !== undefined) frames.push(frame)
    }
    return frames
  }

  #join(encoded: EncodedFrame): Frame | undefined {
    const part = decodeFrame(encoded) as FrameOf<"part">
    const transfer = this.#transfers.get(part.transfer) ?? this.#begin(part)
    const fits = part.offset === transfer.received && part.total === transfer.total && part.bytes.length > 0
    if (!fits || transfer.received + part.bytes.length > transfer.total) {
      throw new ProtocolError("bad-transfer", `part at ${part.offset} does not continue transfer ${part.transfer} at ${transfer.received}`)
    }
    if (part.bytes.length < Math.min(this.#minPartBytes, transfer.total - transfer.received)) {
      throw new ProtocolError("bad-transfer", `a part of ${part.bytes.length} bytes is too small to stand before another`)
    }
    this.#heldBytes += append(transfer, part.bytes)
    if (transfer.received < transfer.total) return undefined
    this.#transfers.delete(part.transfer)
    this.#heldBytes -= transfer.total
    const [whole, ...rest] = splitMessage(transfer.buffer)
    if (whole === undefined || rest.length > 0 || whole.number === PART_NUMBER) {
      throw new ProtocolError("bad-transfer", `transfer ${part.transfer} is not exactly one frame`)
    }
    return decodeFrame(whole)
  }

  #begin(part: FrameOf<"part">): Transfer {
    if (part.offset !== 0) throw new ProtocolError("bad-transfer", `transfer ${part.transfer} does not begin at 0`)
    if (part.total > this.#limits.maxTransferBytes) {
      throw new ProtocolError("too-large", `a transfer of ${part.total} bytes exceeds ${this.#limits.maxTransferBytes}`)
    }
    if (this.#transfers.size >= this.#limits.maxTransfers) {
      throw new ProtocolError("too-large", `more than ${this.#limits.maxTransfers} transfers at once`)
    }
    const transfer: Transfer = { total: part.total, buffer: new Uint8Array(), received: 0 }
    this.#transfers.set(part.transfer, transfer)
    return transfer
  }
}

/** Copies `bytes` into one buffer: views would keep whole messages alive, and copies of their own cost a hundred bytes each. Returns how much it grew. */
function append(transfer: Transfer, bytes: Uint8Array): number {
  const before = transfer.buffer.length
  const end = transfer.received + bytes.length
  if (end > transfer.buffer.length) {
    const grown = new Uint8Array(Math.min(transfer.total, Math.max(end, transfer.buffer.length * 2)))
    grown.set(transfer.buffer)
    transfer.buffer = grown
  }
  transfer.buffer.set(bytes, transfer.received)
  transfer.received = end
  return transfer.buffer.length - before
}
