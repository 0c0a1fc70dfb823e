import { deflateRawSync } from "node:zlib"
import type { ByteSource } from "@polylogue/conversation"
import { crc32 } from "../src/reading/crc32.ts"

/** A source over bytes in memory that gives them in chunks of `cut`. */
export function sourceOf(name: string, content: string | Uint8Array, cut: number): ByteSource {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
  return {
    name,
    size: bytes.length,
    async *read(start, end) {
      for (let at = start; at < end; at += cut) yield await Promise.resolve(bytes.slice(at, Math.min(end, at + cut)))
    },
  }
}

export function bytesOf(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))))
}

interface Member {
  readonly name: string
  readonly content: string
  readonly stored?: boolean
  readonly crc?: number
}

interface Wrong {
  readonly method?: number
  readonly flags?: number
  readonly directoryAt?: number
  /** Writes all numbers in the wide fields, as an archive beyond 4 GB has them. */
  readonly wide?: boolean
}

/** An archive as a well-behaved tool writes it, or with a field that is wrong. */
export function zip(members: readonly Member[], wrong: Wrong = {}): Uint8Array {
  const wide = wrong.wide === true
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { name, content: text, stored = false, crc } of members) {
    const nameBytes = new TextEncoder().encode(name)
    const raw = new TextEncoder().encode(text)
    const content = stored ? raw : new Uint8Array(deflateRawSync(raw))
    const method = wrong.method ?? (stored ? 0 : 8)
    const sum = crc ?? crc32(0, raw)
    const local = fields(30, [
      [0, 0x04034b50, 4],
      [6, wrong.flags ?? 0, 2],
      [8, method, 2],
      [14, sum, 4],
      [18, content.length, 4],
      [22, raw.length, 4],
      [26, nameBytes.length, 2],
    ])
    const extra = wide
      ? fields(28, [
          [0, 1, 2],
          [2, 24, 2],
          [4, raw.length, 4],
          [12, content.length, 4],
          [20, offset, 4],
        ])
      : new Uint8Array()
    const central = fields(46, [
      [0, 0x02014b50, 4],
      [8, wrong.flags ?? 0, 2],
      [10, method, 2],
      [16, sum, 4],
      [20, wide ? 0xffffffff : content.length, 4],
      [24, wide ? 0xffffffff : raw.length, 4],
      [28, nameBytes.length, 2],
      [30, extra.length, 2],
      [42, wide ? 0xffffffff : offset, 4],
    ])
    parts.push(local, nameBytes, content)
    directory.push(central, nameBytes, extra)
    offset += 30 + nameBytes.length + content.length
  }
  const directoryBytes = directory.reduce((sum, part) => sum + part.length, 0)
  const wideEnd = fields(56, [
    [0, 0x06064b50, 4],
    [32, members.length, 4],
    [40, directoryBytes, 4],
    [48, offset, 4],
  ])
  const locator = fields(20, [
    [0, 0x07064b50, 4],
    [8, offset + directoryBytes, 4],
  ])
  const end = fields(22, [
    [0, 0x06054b50, 4],
    [8, wide ? 0xffff : members.length, 2],
    [10, wide ? 0xffff : members.length, 2],
    [12, wide ? 0xffffffff : directoryBytes, 4],
    [16, wrong.directoryAt ?? (wide ? 0xffffffff : offset), 4],
  ])
  return bytesOf(...parts, ...directory, ...(wide ? [wideEnd, locator] : []), end)
}

function fields(length: number, values: readonly (readonly [at: number, value: number, bytes: 2 | 4])[]): Uint8Array {
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  for (const [at, value, size] of values) {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
  }
  return bytes
}

/** All that an iteration gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
