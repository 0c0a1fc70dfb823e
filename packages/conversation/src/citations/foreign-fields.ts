/** The fields of a value from outside, or none. */
export type ForeignFields = Readonly<Record<string, unknown>>

export function foreignFields(value: unknown): ForeignFields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as ForeignFields) : {}
}

export function foreignList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A text that says something. */
export function foreignText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}

/** A place or a count: a whole number from 0. */
export function foreignCount(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}

/** Two places, the first before the second. */
export function foreignRange(from: unknown, to: unknown): { readonly from: number; readonly to: number } | undefined {
  const [start, end] = [foreignCount(from), foreignCount(to)]
  return start === undefined || end === undefined || start >= end ? undefined : { from: start, to: end }
}
