import { isWellFormed, wellFormed } from "../well-formed.ts"

/** An object as `JSON.parse` makes it: own keys only, `__proto__` among them if the text had one. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Deepest nesting taken from outside; recursion below it stays far from any stack's end, ours and Yjs's. */
export const MAX_DEPTH = 100

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Whether `value` nests deeper than `depth`; does not recurse, so the hostile depth costs nothing but its reading. */
export function isDeeperThan(value: unknown, depth: number): boolean {
  let level: unknown[] = [value]
  for (let reached = 0; level.length > 0; reached++) {
    if (reached > depth) return true
    const next: unknown[] = []
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue
      for (const inner of Object.values(item)) if (typeof inner === "object" && inner !== null) next.push(inner)
    }
    level = next
  }
  return false
}

/** `value` without `keys`, as own properties even for a key such as `__proto__`. */
export function without(value: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
}

export function isEmpty(value: JsonObject): boolean {
  return Object.keys(value).length === 0
}

/**
 * The form of `value` that a document can hold and give back: strings well-formed, no `__proto__` keys (reading one sets a
 * prototype and loses the value). The same object when nothing had to change. Depth at most {@link MAX_DEPTH}.
 */
export function storable(value: unknown): unknown {
  if (typeof value === "string") return isWellFormed(value) ? value : wellFormed(value)
  if (Array.isArray(value)) {
    const items: unknown[] = value
    const clean = items.map(storable)
    return clean.every((item, index) => item === items[index]) ? value : clean
  }
  if (!isObject(value)) return value
  const entries = Object.entries(value)
  const clean = entries.filter(([key]) => key !== "__proto__").map(([key, item]) => [wellFormed(key), storable(item)] as const)
  const same =
    clean.length === entries.length && clean.every(([key, item], index) => key === entries[index]?.[0] && item === entries[index][1])
  return same ? value : Object.fromEntries(clean)
}

export function stringField(value: JsonObject, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const found = value[key]
    if (typeof found === "string") return found
  }
  return undefined
}

/** A time in ms since 1970 from seconds since 1970 or an ISO date; null for anything else, or beyond what a Date can be. */
export function readTime(value: unknown): number | null {
  const time = typeof value === "number" ? Math.round(value * 1000) : typeof value === "string" ? Date.parse(value) : Number.NaN
  return Number.isFinite(time) && time >= 0 && time <= 8.64e15 ? time : null
}

/** A number that is a size or a length; undefined for anything else. */
export function sizeField(value: JsonObject, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const found = value[key]
    if (typeof found === "number" && Number.isFinite(found) && found >= 0) return found
  }
  return undefined
}

/** The items of `value[key]` if that is a list, else none. */
export function listField(value: JsonObject, key: string): readonly unknown[] {
  const found = value[key]
  return Array.isArray(found) ? (found as unknown[]) : []
}

// Between seconds and milliseconds, and between those and nanoseconds, lie more than ten thousand years each.
const LEAST_MS = 1e11
const LEAST_NS = 1e16

/** A time in ms since 1970 from an ISO date or a number, which programs give in seconds, milliseconds or nanoseconds. */
export function readEpoch(value: unknown): number | null {
  if (typeof value !== "number") return readTime(value)
  return readTime(value >= LEAST_NS ? value / 1e9 : value >= LEAST_MS ? value / 1000 : value)
}

/** `value` without the fields that say nothing: null, and empty lists. */
export function telling(value: JsonObject): JsonObject {
  const empty = Object.entries(value).filter(([, field]) => field === null || (Array.isArray(field) && field.length === 0))
  return without(value, ...empty.map(([key]) => key))
}
