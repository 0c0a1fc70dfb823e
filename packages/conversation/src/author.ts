import type { Author } from "./stored-message.ts"

/** The author in a stored value, with defaults for what is missing. */
export function readAuthor(value: unknown): Author {
  const { id, kind, name } = (typeof value === "object" && value !== null ? value : {}) as { id?: unknown; kind?: unknown; name?: unknown }
  return Object.freeze({
    id: typeof id === "string" ? id : "unknown",
    kind: typeof kind === "string" ? kind : "unknown",
    ...(typeof name === "string" ? { name } : {}),
  })
}
