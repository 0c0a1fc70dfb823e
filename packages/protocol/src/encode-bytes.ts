import * as encoding from "lib0/encoding"

/** Bytes of the buffer that is kept between calls. */
const KEPT_BYTES = 8192

/** As many as were in use at once: `write` may encode something of its own. */
const spares: encoding.Encoder[] = []

/**
 * The bytes that `write` writes with lib0. Like `encoding.encode`, but small results, of which a relay makes several for every entry,
 * are written in a buffer that is used again: fresh ones are what a garbage collector is kept busy with.
 */
export function encodeBytes(write: (encoder: encoding.Encoder) => void): Uint8Array<ArrayBuffer> {
  const encoder = spares.pop() ?? roomyEncoder()
  // One in which `write` failed, or that has grown, is not used again.
  write(encoder)
  if (encoder.bufs.length > 0) return encoding.toUint8Array(encoder)
  const bytes = encoder.cbuf.slice(0, encoder.cpos)
  encoder.cpos = 0
  spares.push(encoder)
  return bytes
}

/** Writes `bytes` as they are. lib0 makes a view for each piece, which costs more than the copy of a short one. */
export function writeBytes(encoder: encoding.Encoder, bytes: Uint8Array): void {
  if (encoder.cpos + bytes.length > encoder.cbuf.length) return encoding.writeUint8Array(encoder, bytes)
  encoder.cbuf.set(bytes, encoder.cpos)
  encoder.cpos += bytes.length
}

function roomyEncoder(): encoding.Encoder {
  const encoder = encoding.createEncoder()
  encoder.cbuf = new Uint8Array(KEPT_BYTES)
  return encoder
}
