import type { Frame, VersionVector } from "@polylogue/protocol"

/** A frame in words, bytes left out. */
export function inWords(frame: Frame): string {
  return JSON.stringify(frame, (_key, value: unknown) => {
    if (value instanceof Uint8Array) return `${value.length} bytes`
    return value instanceof Map ? show(value as VersionVector) : value
  })
}

/** A vector in words. */
export function show(vector: VersionVector): string {
  return vector.size === 0 ? "nothing" : [...vector].map(([log, seq]) => `${log}:${seq}`).join(" ")
}
