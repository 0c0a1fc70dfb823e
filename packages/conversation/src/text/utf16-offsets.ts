/** In what an offset from elsewhere counts: UTF-16 units (JavaScript, Java), code points (Python, most HTTP APIs), or bytes of UTF-8 (Go, Rust). */
export type OffsetUnit = "utf-16" | "code-points" | "utf-8"

/**
 * Offsets in `words` that somebody counted in `unit`, in UTF-16 units, each in the place of its own. Undefined for one that is not in the text, or within one of its characters: whoever counted so
 * counted in another unit, or another text. One that is valid may be wrong all the same, so compare the words.
 */
export function utf16Offsets(words: string, unit: OffsetUnit, offsets: readonly number[]): readonly (number | undefined)[] {
  if (unit === "utf-16") return offsets.map((offset) => (isIn(offset, words.length) && !isWithinPair(words, offset) ? offset : undefined))
  const found = new Map<number, number>()
  const wanted = new Set(offsets)
  let counted = 0
  for (let at = 0; ;) {
    if (wanted.has(counted)) found.set(counted, at)
    const point = words.codePointAt(at)
    if (point === undefined) break
    counted += unit === "code-points" ? 1 : bytesOf(point)
    at += point > 0xffff ? 2 : 1
  }
  return offsets.map((offset) => found.get(offset))
}

function isIn(offset: number, length: number): boolean {
  return Number.isSafeInteger(offset) && offset >= 0 && offset <= length
}

function bytesOf(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
}

/** Whether `index` is between the halves of a surrogate pair. */
export function isWithinPair(words: string, index: number): boolean {
  const [before, after] = [words.charCodeAt(index - 1), words.charCodeAt(index)]
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff
}
