/** Records of one thing: what is left of their keys, with their values. */
export type Records = readonly (readonly [rest: readonly string[], value: unknown])[]

/** Records by the first segment of what is left of their keys, in one pass. */
export function groupedRecords(records: Iterable<readonly [rest: readonly string[], value: unknown]>): ReadonlyMap<string, Records> {
  const groups = new Map<string, (readonly [rest: readonly string[], value: unknown])[]>()
  for (const [[first = "", ...rest], value] of records) {
    const known = groups.get(first) ?? []
    groups.set(first, known)
    known.push([rest, value])
  }
  return groups
}

/** The value of the record whose key ended there. */
export function ownValue(records: Records | undefined): unknown {
  return records?.find(([rest]) => rest.length === 0)?.[1]
}
