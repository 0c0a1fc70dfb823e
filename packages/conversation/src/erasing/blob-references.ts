const HASH = /^[0-9a-f]{64}$/

/** The blobs that the JSON value `value` refers to: what stands under a key `sha256`, at any depth. */
export function blobsIn(value: unknown): Set<string> {
  const found = new Set<string>()
  const open: unknown[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null) continue
    for (const [key, inner] of Object.entries(next)) {
      if (key === "sha256" && typeof inner === "string" && HASH.test(inner)) found.add(inner)
      else if (inner !== undefined) open.push(inner)
    }
  }
  return found
}
