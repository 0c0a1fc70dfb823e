/** Whether `value` is where a page stands: no more than scheme, host and port. */
export function isPageUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, origin, href } = new URL(value)
  return (protocol === "http:" || protocol === "https:") && href === `${origin}/`
}

/** Whether `value` is where models are: an address without a key in it, which would be shown wherever the address is. */
export function isModelUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, username, password, search, hash } = new URL(value)
  return (protocol === "http:" || protocol === "https:") && search === "" && username === "" && password === "" && hash === ""
}

const UNIT_MS = Object.freeze({ s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 })

/** Milliseconds of a time such as `30d`; `undefined` for what is none, or more than ten years. */
export function durationMs(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (UNIT_MS[unit as keyof typeof UNIT_MS] ?? Number.NaN)
  return ms <= 3_650 * UNIT_MS.d ? ms : undefined
}
