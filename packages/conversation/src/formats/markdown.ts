import type { ConversationView } from "../conversation-view.ts"
import type { Message } from "../message.ts"
import type { MessageTree } from "../message-tree.ts"
import { type BranchChoices, visibleLine } from "../visible-line.ts"
import { citedParts } from "./markdown-citations.ts"
import { linkTo, oneLine, partBlocks } from "./markdown-parts.ts"

/** What the Markdown of a conversation tells first. Every other branch follows it, so nothing is left out whatever is chosen. */
export interface MarkdownOptions {
  /** Which branch is told first; default the one a reader sees who chose nothing. */
  readonly choices?: BranchChoices
}

/**
 * The conversation as Markdown for reading: a title, a list of facts, then every message once under `## <number>. <role>`.
 * The visible line comes first; each other branch follows under a heading of its own that says where it leaves the line. Texts stand as
 * they are, except that a code fence left open is closed, so that it swallows nothing. Deleted messages are named without
 * their text. What a message cites stands in footnotes. What must come back exactly goes into the native format.
 *
 * @param view - of all segments of the conversation.
 */
export function exportMarkdown(id: string, view: ConversationView, options: MarkdownOptions = {}): string {
  const tree = view.getTree()
  const sections = sectionsOf(
    tree,
    view.getLine(options.choices).map((entry) => entry.id),
  )
  const numbers = new Map(sections.flatMap((section) => section.ids).map((messageId, index) => [messageId, index + 1]))
  const title = oneLine(view.getTitle())
  const footnotes: string[] = []
  const blocks = [`# ${title === "" ? "Untitled conversation" : title}`, facts(id, tree, view)]
  for (const [index, section] of sections.entries()) {
    if (index > 0) blocks.push(`---\n\n_${branchHeading(tree, section.ids[0] ?? "", numbers)}_`)
    for (const messageId of section.ids) {
      const message = view.getMessage(messageId)
      if (message !== undefined) blocks.push(...messageBlocks(view, message, tree, numbers, footnotes))
    }
  }
  return `${[...blocks, ...footnotes].join("\n\n")}\n`
}

/** The last time that has a date (ECMA-262 21.4.1.1), in ms since 1970. */
const MAX_DATE_MS = 8.64e15

interface Section {
  readonly ids: readonly string[]
}

/** The line, then one section for each alternative that no earlier section shows, with what a reader sees below it. */
function sectionsOf(tree: MessageTree, line: readonly string[]): Section[] {
  const sections: Section[] = []
  const shown = new Set<string>()
  let next: readonly string[] = line
  const waiting: string[] = []
  for (;;) {
    sections.push({ ids: next })
    for (const id of next) shown.add(id)
    const turns = [...(sections.length === 1 ? tree.roots : []), ...next.flatMap((id) => tree.turnsAfter(id))]
    for (const id of turns.flatMap((turn) => turn.members)) if (!shown.has(id)) waiting.push(id)
    const start = waiting.shift()
    if (start === undefined) return sections
    next = [start, ...lineAfter(tree, start)]
  }
}

function lineAfter(tree: MessageTree, id: string): string[] {
  return visibleLine(tree, { after: id }).map((entry) => entry.id)
}

function facts(id: string, tree: MessageTree, view: ConversationView): string {
  const nodes = [...tree.nodes.values()]
  const times = nodes.map((node) => view.getMessage(node.id)?.createdAt ?? null).filter(isDate)
  const deleted = nodes.filter((node) => node.deleted).length
  const lines = [`- Conversation: \`${id}\``, `- Messages: ${nodes.length}${deleted > 0 ? ` (${deleted} deleted)` : ""}`]
  const first = times.reduce<number | null>((least, time) => (least === null || time < least ? time : least), null)
  if (first !== null) lines.push(`- Started: ${date(first)}`)
  return lines.join("\n")
}

function messageBlocks(
  view: ConversationView,
  message: Message,
  tree: MessageTree,
  numbers: ReadonlyMap<string, number>,
  footnotes: string[],
): string[] {
  const name = message.authorName ?? message.model
  const heading = [
    `## ${numbers.get(message.id) ?? 0}. ${oneLine(message.role)}`,
    ...(name === null ? [] : [oneLine(name)]),
    ...(isDate(message.createdAt) ? [date(message.createdAt)] : []),
    ...(message.hidden ? ["hidden"] : []),
  ].join(" · ")
  const others = alternativesOf(tree, message.id).filter((id) => id !== message.id)
  const blocks = [`<a id="message-${numbers.get(message.id) ?? 0}"></a>`, heading]
  if (others.length > 0) blocks.push(`_Other versions: ${others.map((id) => linkTo(numbers.get(id) ?? 0)).join(", ")}_`)
  if (message.deletedAt !== null) return [...blocks, "_Deleted._"]
  return [...blocks, ...citedParts(view, message, footnotes).flatMap((part) => partBlocks(part, numbers, footnotes))]
}

function branchHeading(tree: MessageTree, id: string, numbers: ReadonlyMap<string, number>): string {
  const parentId = tree.nodes.get(id)?.parentId ?? null
  const after = parentId === null ? undefined : numbers.get(parentId)
  const [other] = alternativesOf(tree, id).filter((member) => member !== id)
  const instead = other === undefined ? "" : `, instead of message ${linkTo(numbers.get(other) ?? 0)}`
  return `Another branch${after === undefined ? "" : ` after message ${linkTo(after)}`}${instead}`
}

function alternativesOf(tree: MessageTree, id: string): readonly string[] {
  const parentId = tree.nodes.get(id)?.parentId ?? null
  const siblings = parentId === null || !tree.nodes.has(parentId) ? tree.roots : tree.turnsAfter(parentId)
  return siblings.find((turn) => turn.members.includes(id))?.members ?? []
}

/** Whether a calendar has that time: what is out of its range is any number that somebody wrote. */
function isDate(time: number | null): time is number {
  return time !== null && Math.abs(time) <= MAX_DATE_MS
}

function date(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`
}
