import type { Filter, FilterName } from "./query.ts"

/** What a filter is called on screen. */
export const FILTER_WORDS: Readonly<Record<FilterName, string>> = {
  from: "From",
  role: "Role",
  in: "In",
  tag: "Tag",
  before: "Before",
  after: "After",
  has: "Has",
}

/** What was typed without `filter`. */
export function withoutFilter(typed: string, { start, end }: Filter): string {
  return `${typed.slice(0, start).trimEnd()} ${typed.slice(end).trimStart()}`.trim()
}

/** What was typed with the beginning of a filter at its end, ready for its value; a filter that needs none complete. */
export function withFilter(typed: string, name: FilterName): string {
  const before = typed.trimEnd()
  return `${before}${before === "" ? "" : " "}${name}:${name === "has" ? "attachment " : ""}`
}
