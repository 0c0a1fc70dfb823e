/** A title further down is not looked for, in UTF-16 units. */
const MAX_SEARCH = 20_000
const MAX_TITLE_LENGTH = 300

/** What a Markdown text calls itself: `title` of its front matter, else its first heading of the first level. */
export function markdownTitle(text: string): string | undefined {
  const lines = text.slice(0, MAX_SEARCH).split("\n")
  let fence: string | undefined
  const frontEnd = lines[0] === "---" ? lines.indexOf("---", 1) : -1
  for (const line of lines.slice(1, Math.max(1, frontEnd))) {
    const title = /^title:[ \t](.+)$/.exec(line)?.[1]
    if (title !== undefined) return tidyTitle(title.replace(/^[ \t]*(["'])(.*)\1[ \t]*$/, "$2"))
  }
  for (const [index, line] of lines.entries()) {
    if (index <= frontEnd) continue
    const mark = /^ {0,3}(```|~~~)/.exec(line)?.[1]
    if (mark !== undefined && (fence === undefined || fence === mark)) fence = fence === undefined ? mark : undefined
    if (fence !== undefined) continue
    const heading = /^ {0,3}#[ \t]+(.+)$/.exec(line)?.[1]
    if (heading !== undefined) return tidyTitle(heading.replace(/[ \t]#+[ \t]*$/, ""))
    if (/^={3,}[ \t]*$/.test(line) && (lines[index - 1] ?? "").trim() !== "") return tidyTitle(lines[index - 1]!)
  }
  return undefined
}

/** A title on one line; `undefined` for one that says nothing. */
export function tidyTitle(title: string): string | undefined {
  const tidied = title
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, MAX_TITLE_LENGTH)
    .replace(/[\uD800-\uDBFF]$/, "")
  return tidied === "" ? undefined : tidied
}
