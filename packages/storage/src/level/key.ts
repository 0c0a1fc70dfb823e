/*
 * Keys of the LevelDB store. LevelDB orders keys by their bytes, so that every list of the contract is one range:
 *
 *   c • text(first segment of a document's path) • u64(place in the feed)   key of the document's head
 *   f                        number of the format
 *   h • text(document)       head
 *   i • text(document) • u64(position)   item
 *   l                        last place in the feed that was given out
 *   n                        order of the last outbox row
 *   o • text(document) • u64(order)      outbox row
 *   p • text(document)       how far its old versions are purged
 *   r • text(key)            record
 *   s • text(document)       snapshot
 *   u                        what the folder is in the midst of; absent at rest
 *   x • text(document) • text(row)       order of the outbox row with that id
 *
 * text(t) is order-preserving and free of collisions for every string, lone surrogates and U+0000 included: each UTF-16 code unit as
 * UTF-8 writes a code point of that number (so that bytes sort as JavaScript compares strings), a zero byte followed by 0xff, and one
 * zero byte at the end. What follows a text (another text, a u64 below 2^53, nothing) never begins with 0xff. u64 is big-endian.
 */

/** Kinds of keys: the first byte. */
export const KIND = {
  change: 0x63,
  format: 0x66,
  head: 0x68,
  item: 0x69,
  lastChange: 0x6c,
  lastOrder: 0x6e,
  row: 0x6f,
  purged: 0x70,
  record: 0x72,
  snapshot: 0x73,
  unfinished: 0x75,
  rowId: 0x78,
} as const

/** One of {@link KIND}. */
export type Kind = (typeof KIND)[keyof typeof KIND]

/** The key of `kind` with nothing behind it: of what there is one of. */
export function plainKey(kind: Kind): Uint8Array {
  return Uint8Array.of(kind)
}

/** The key of `kind` for one text, or for two. */
export function textKey(kind: Kind, first: string, second?: string): Uint8Array {
  const bytes: number[] = [kind]
  pushText(bytes, first)
  bytes.push(0)
  if (second !== undefined) {
    pushText(bytes, second)
    bytes.push(0)
  }
  return Uint8Array.from(bytes)
}

/** The key of `kind` for place `number` in what `text` names; 0 to 2^53 - 1. */
export function numberKey(kind: Kind, text: string, number: number): Uint8Array {
  const prefix = textKey(kind, text)
  const key = new Uint8Array(prefix.length + 8)
  key.set(prefix)
  const view = new DataView(key.buffer)
  view.setUint32(prefix.length, Math.floor(number / 2 ** 32))
  view.setUint32(prefix.length + 4, number % 2 ** 32)
  return key
}

/** The number at the end of a {@link numberKey}. */
export function numberOf(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset + key.length - 8)
  return view.getUint32(0) * 2 ** 32 + view.getUint32(4)
}

/** The first text of a key. */
export function textOf(key: Uint8Array): string {
  let text = ""
  let at = 1
  for (;;) {
    const byte = key[at++]!
    if (byte === 0) {
      if (key[at] !== 0xff) return text
      at++
      text += "\0"
    } else if (byte < 0x80) {
      text += String.fromCharCode(byte)
    } else if (byte < 0xe0) {
      text += String.fromCharCode(((byte & 0x1f) << 6) | (key[at++]! & 0x3f))
    } else {
      const middle = key[at++]! & 0x3f
      text += String.fromCharCode(((byte & 0x0f) << 12) | (middle << 6) | (key[at++]! & 0x3f))
    }
  }
}

/** The range of all keys of `kind` whose text begins with `prefix`. */
export function prefixRange(kind: Kind, prefix: string): { gte: Uint8Array; lt: Uint8Array } {
  const bytes: number[] = [kind]
  pushText(bytes, prefix)
  const gte = Uint8Array.from(bytes)
  return { gte, lt: afterPrefix(gte) }
}

/** The least key that does not begin with `prefix` and stands after it. No key begins with 0xff, so there is one. */
function afterPrefix(prefix: Uint8Array): Uint8Array {
  let length = prefix.length
  while (prefix[length - 1] === 0xff) length--
  const after = prefix.slice(0, length)
  after[length - 1]!++
  return after
}

/** A key for a person to read: the kind as a letter, text with escapes, the rest as a number. */
export function describeKey(key: Uint8Array): string {
  const kind = key[0]!
  const letter = String.fromCharCode(kind)
  if (key.length < 3) return letter
  const text = JSON.stringify(textOf(key))
  return kind === KIND.change || kind === KIND.item || kind === KIND.row ? `${letter} ${text} ${numberOf(key)}` : `${letter} ${text}`
}

function pushText(bytes: number[], text: string): void {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === 0) bytes.push(0, 0xff)
    else if (unit < 0x80) bytes.push(unit)
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
}
