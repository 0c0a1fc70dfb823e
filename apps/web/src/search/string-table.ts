/** Strings in one buffer, as IndexedDB takes them at once: the UTF-8 bytes of string `i` stand from `starts[i]` to `starts[i + 1]`. */
export interface StringTable {
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The table of `strings`, in their order. */
export function stringTable(strings: readonly string[]): StringTable {
  const bytes = encoder.encode(strings.join(""))
  const starts = new Uint32Array(strings.length + 1)
  let at = 0
  for (const [index, text] of strings.entries()) {
    at += utf8Length(text)
    starts[index + 1] = at
  }
  return { bytes, starts }
}

/** How many strings the table holds. */
export function tableSize({ starts }: StringTable): number {
  return starts.length - 1
}

/** String `index`. */
export function stringAt({ bytes, starts }: StringTable, index: number): string {
  return decoder.decode(bytes.subarray(starts[index], starts[index + 1]))
}

/** The index of the first string of a sorted table that is not before `text`, as JavaScript compares them. */
export function lowerBound(table: StringTable, text: string): number {
  let low = 0
  let high = tableSize(table)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (stringAt(table, middle) < text) low = middle + 1
    else high = middle
  }
  return low
}

/** Where the strings that begin with `prefix` end in a sorted table, if they begin at `from`. */
export function prefixEnd(table: StringTable, prefix: string, from: number): number {
  const wanted = encoder.encode(prefix)
  const { bytes, starts } = table
  let index = from
  for (const size = tableSize(table); index < size; index++) {
    const at = starts[index]!
    if (starts[index + 1]! - at < wanted.length) return index
    for (let offset = 0; offset < wanted.length; offset++) if (bytes[at + offset] !== wanted[offset]) return index
  }
  return index
}

/** Whether `value` is a table that can be read. */
export function isStringTable(value: unknown): value is StringTable {
  if (typeof value !== "object" || value === null) return false
  const { bytes, starts } = value as Partial<StringTable>
  return bytes instanceof Uint8Array && starts instanceof Uint32Array && starts.length > 0 && starts.at(-1) === bytes.length
}

function utf8Length(text: string): number {
  let length = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x80) length++
    else if (code < 0x800) length += 2
    else if (code >= 0xd800 && code < 0xdc00 && isLow(text.charCodeAt(index + 1))) {
      length += 4
      index++
    } else length += 3
  }
  return length
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000
}
