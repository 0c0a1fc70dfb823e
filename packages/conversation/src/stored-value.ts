/** The fields of a value that was stored or set by anybody; none for what has no fields. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}
}

/** A value that was stored or set by anybody, as text; empty for what is none. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : ""
}

/** What JSON text says; undefined when it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
