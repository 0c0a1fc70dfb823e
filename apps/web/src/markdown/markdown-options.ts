import rehypeSanitize, { defaultSchema } from "rehype-sanitize"
import remarkGfm from "remark-gfm"
import { rehypeDirectionMarks, rehypeDirections } from "./direction-marks.ts"
import { remarkMaths } from "./maths-syntax.ts"
import { rehypeTextMarks, type TextMark } from "./text-marks.ts"

interface Node {
  type: string
  children?: Node[]
}

/** Makes text of raw HTML. The sanitiser would drop it, and what somebody wrote would be gone from the screen. */
function rawAsText(): (tree: Node) => void {
  return (tree) => {
    const open = [tree]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node.type === "raw") node.type = "text"
      open.push(...(node.children ?? []))
    }
  }
}

// One tilde is "about" more often than it strikes something out.
export const REMARK_PLUGINS = [[remarkGfm, { singleTilde: false }], remarkMaths] as never
export const REMARK_REHYPE_OPTIONS = { clobberPrefix: "", footnoteLabel: "Notes", footnoteLabelTagName: "p" }
const PROTOCOLS = { ...defaultSchema.protocols, href: ["http", "https", "mailto"], src: ["http", "https"] }

/** What makes a tree harmless; with `scope` the ids of footnotes are unique on the page. */
export function harmless(scope: string | undefined): readonly unknown[] {
  const schema = { ...defaultSchema, protocols: PROTOCOLS }
  return [rawAsText, [rehypeSanitize, scope === undefined ? schema : { ...schema, clobberPrefix: `note-${scope}-` }]]
}

/** What a tree goes through before it is shown, with `marks` in it. */
export function rehypePluginsFor(scope: string | undefined, marks: readonly TextMark[]): never {
  const shown = [rehypeDirectionMarks, rehypeDirections]
  // Before the others: they leave texts behind that stand at no place.
  return [...(scope === undefined ? HARMLESS : harmless(scope)), ...(marks.length === 0 ? [] : [rehypeTextMarks(marks)]), ...shown] as never
}

const HARMLESS = harmless(undefined)
