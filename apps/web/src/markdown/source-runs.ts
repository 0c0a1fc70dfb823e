import ReactMarkdown from "react-markdown"
import { mayBeMarkdown } from "./long-text.ts"
import { harmless, REMARK_PLUGINS, REMARK_REHYPE_OPTIONS } from "./markdown-options.ts"
import { foldedBlock, linkDefinitions, markdownBlocks, withDefinitions } from "./markdown-blocks.ts"
import { type PlacedNode, placeOf } from "./placed-node.ts"

/** A stretch of a Markdown text that its reader sees, and where it was written: in UTF-16 units of the text. */
export interface SourceRun {
  /** As it is shown; it may differ from what was written in escapes and entities. */
  readonly shown: string
  readonly from: number
  readonly to: number
}

/** What a reader sees of `text`, in order, and from where it comes. It is worked out when somebody asks: nothing is kept of it. */
export function sourceRuns(text: string): readonly SourceRun[] {
  const definitions = linkDefinitions(text)
  const runs: SourceRun[] = []
  let at = 0
  for (const block of markdownBlocks(text)) {
    runs.push(...runsOf(block, at, (piece) => withDefinitions(piece, definitions)))
    at += block.length
  }
  return runs
}

/** The words of a Markdown text as its reader sees them, without the marks. */
export function shownWords(text: string): string {
  let at = 0
  const pieces = sourceRuns(text).map(({ shown, from, to }) => {
    const gap = /\s/u.test(text.slice(at, from)) ? " " : ""
    at = to
    return gap + shown
  })
  return pieces.join("").replaceAll(/\s+/gu, " ").trim()
}

function runsOf(block: string, at: number, whole: (piece: string) => string): readonly SourceRun[] {
  const folded = foldedBlock(block)
  if (folded !== undefined) {
    const inside = block.lastIndexOf(folded.text)
    const summary = block.indexOf(folded.summary)
    const head = summary === -1 ? [] : [{ shown: folded.summary, from: at + summary, to: at + summary + folded.summary.length }]
    return inside === -1 ? head : [...head, ...sourceRuns(folded.text).map((run) => moved(run, at + inside))]
  }
  if (!mayBeMarkdown(block)) return [{ shown: block, from: at, to: at + block.length }]
  const found: SourceRun[] = []
  try {
    // It is a function of its options, without hooks: called for the tree, not for what it would show.
    ReactMarkdown({
      children: whole(block),
      remarkPlugins: REMARK_PLUGINS,
      rehypePlugins: [...harmless(undefined), () => (tree: PlacedNode) => gather(tree, found)] as never,
      remarkRehypeOptions: REMARK_REHYPE_OPTIONS,
    })
  } catch {
    // As on screen: what cannot be rendered stands as it was written.
    return [{ shown: block, from: at, to: at + block.length }]
  }
  return found.filter(({ to }) => to <= block.length).map((run) => moved(run, at))
}

function gather(node: PlacedNode, found: SourceRun[]): void {
  for (const child of node.children ?? []) {
    // The code element has the place, its text none.
    const place = placeOf(child) ?? (child.type === "text" && node.tagName === "code" ? placeOf(node) : undefined)
    if (child.type === "text" && place !== undefined) found.push({ shown: child.value ?? "", ...place })
    else gather(child, found)
  }
}

function moved({ shown, from, to }: SourceRun, by: number): SourceRun {
  return { shown, from: from + by, to: to + by }
}
