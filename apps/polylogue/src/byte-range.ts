/** The bytes from `start` to `end`, which is not among them. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * What a `Range` header asks of something with `bytes` bytes: one range, cut at the end; `undefined` for all of it, as for several ranges and for what is no
 * range (RFC 9110 lets a server ignore those); or `"unsatisfiable"`.
 */
export function parseRange(header: string | undefined, bytes: number): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "")
  if (match === null) return undefined
  const [first, last] = [match[1]!, match[2]!]
  if (first === "") {
    if (last === "") return undefined
    const length = Math.min(Number(last), bytes)
    return length === 0 ? "unsatisfiable" : { start: bytes - length, end: bytes }
  }
  const start = Number(first)
  if (last !== "" && Number(last) < start) return undefined
  if (start >= bytes) return "unsatisfiable"
  return { start, end: last === "" ? bytes : Math.min(Number(last) + 1, bytes) }
}
