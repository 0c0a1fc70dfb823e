import { counted } from "../frame/relative-time.ts"
import type { IndexProgress, SearchGroup, SearchHit } from "./search-results.ts"

const PARTS: ReadonlyMap<string, string> = new Map([
  ["reasoning", "in the reasoning"],
  ["code", "in code"],
  ["quote", "in a quotation"],
  ["file", "name of a file"],
  ["source", "in a source"],
  ["tool", "in a tool"],
  ["data", "in data"],
])

/** Where in the conversation a hit is, beside who and when; empty for the usual. */
export function placeOf({ part, branch }: SearchHit): readonly string[] {
  const words = part === "text" ? [] : [PARTS.get(part) ?? `in ${part}`]
  return branch === null ? words : [...words, `branch ${branch.number} of ${branch.count}`]
}

/** How much is on screen. */
export function countedHits(groups: readonly SearchGroup[]): string {
  const messages = groups.reduce((sum, { hits, more }) => sum + hits.length + more, 0)
  const words = `${counted(messages, "message")} in ${counted(groups.length, "conversation")}`
  return groups.some(({ atLeast }) => atLeast) ? `At least ${words}` : words
}

/** How many messages of a conversation are not shown. */
export function moreWords({ more, atLeast }: Pick<SearchGroup, "more" | "atLeast">): string {
  return `${atLeast ? "At least " : ""}${more.toLocaleString("en")} more in this conversation`
}

/** What is still missing from the index; undefined when nothing is. */
export function progressWords({ state, done, total }: IndexProgress): string | undefined {
  switch (state) {
    case "ready":
      return undefined
    case "starting":
      return "Looking at what is on this device. What is found so far is shown."
    case "building":
      return `Reading conversations for the first time: ${done.toLocaleString("en")} of ${total.toLocaleString("en")}. Those that were read are found already.`
    case "unavailable":
      return "This browser keeps nothing that could be searched. Titles are found in the list."
  }
}
