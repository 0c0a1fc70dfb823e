import type { Left } from "@polylogue/conversation"

const MAX_TITLE_LENGTH = 60

/** What was left out of the export of one conversation, on one line. */
export function leftLine(name: string, left: readonly Left[]): string {
  const counts = new Map<string, number>()
  for (const { what } of left) counts.set(what, (counts.get(what) ?? 0) + 1)
  const told = [...counts].map(([what, count]) => `${count > 1 ? `${count} × ` : ""}${what}`)
  return `left out of "${tidy(name)}": ${tidy(told.join("; "), Number.POSITIVE_INFINITY)}`
}

/** The name of the file of one conversation: what people call it as far as file systems take it, and its id, which no other has. */
export function exportFileName(title: string, id: string, extension: string): string {
  const name = tidy(title)
    .replaceAll(/[\p{Cc}\\/:*?"<>|]+/gu, "-")
    .replaceAll(/^[.\s-]+|[.\s]+$/gu, "")
  return `${name === "" ? "" : `${name} `}${id}.${extension}`
}

function tidy(text: string, maxLength = MAX_TITLE_LENGTH): string {
  // A pair that is cut in two leaves half a character, which no file system takes.
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, maxLength)
    .replace(/[\ud800-\udbff]$/u, "")
}
