const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** How long something takes or took, in the unit that says it best: `340 ms`, `4 s`, `4 min`, `2 h`, `3 d`. */
export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`
  if (ms < MINUTE_MS) return `${trimmed(ms / SECOND_MS)} s`
  if (ms < HOUR_MS) return `${trimmed(ms / MINUTE_MS)} min`
  return ms < 2 * DAY_MS ? `${trimmed(ms / HOUR_MS)} h` : `${Math.floor(ms / DAY_MS)} d`
}

/** For how long something has been so, in whole seconds at least. */
export function lasting(ms: number): string {
  return ms < SECOND_MS ? "a moment" : duration(Math.floor(ms / SECOND_MS) * SECOND_MS)
}

/** How long ago something was. */
export function age(ms: number): string {
  return ms < SECOND_MS ? "just now" : `${lasting(ms)} ago`
}

/** A share of a whole. 100 % only when nothing at all is lacking. */
export function percent(share: number): string {
  const floored = Math.floor(share * 10_000) / 100
  return `${floored} %`
}

/** `1 document`, `3 documents`, `12,000 documents`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`
}

/** Bytes, in the unit that says it best. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"]
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10))
  return `${trimmed(count / 1024 ** power)} ${units[power]!}`
}

/** `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)!}`
}

/** What to call a relay that has no name: by its address where it is known, else by its id. */
export function nameOf({
  name,
  relay,
  url,
}: {
  readonly name: string
  readonly relay: string | undefined
  readonly url?: string | undefined
}): string {
  if (name !== "") return name
  if (url !== undefined && URL.canParse(url)) return new URL(url).host
  return relay === undefined ? "unknown relay" : `relay ${relay.slice(0, 6)}`
}

/** One decimal below ten, none above. */
function trimmed(value: number): string {
  return value < 10 ? String(Math.floor(value * 10) / 10) : String(Math.floor(value))
}
