/** Most characters of a quote: more is a copy, and has its link. */
const MAX_QUOTE_LENGTH = 2_000

/** The words that are quoted: without empty lines at both ends, cut where they are long, never in the middle of a character. */
export function excerptOf(text: string): string {
  const words = text.trim()
  return words.length <= MAX_QUOTE_LENGTH ? words : `${words.slice(0, MAX_QUOTE_LENGTH).replace(/[\ud800-\udbff]$/, "")}…`
}

/** What is chosen within the text of one message, where that is so. */
export interface ChosenWords {
  readonly messageId: string
  readonly text: string
  /** Where on screen the choice ends. */
  readonly place: DOMRect
}

/** The chosen words, if they stand within one message: not across two, and not in a field. */
export function chosenWords(selection: Selection | null): ChosenWords | undefined {
  if (selection === null || selection.isCollapsed || selection.rangeCount === 0) return undefined
  const range = selection.getRangeAt(0)
  const start = bodyOf(range.startContainer)
  if (start === undefined || start !== bodyOf(range.endContainer)) return undefined
  const messageId = start.closest("[data-message-id]")?.getAttribute("data-message-id") ?? undefined
  const text = excerptOf(selection.toString())
  if (messageId === undefined || text === "") return undefined
  const rects = range.getClientRects()
  return { messageId, text, place: rects[rects.length - 1] ?? range.getBoundingClientRect() }
}

function bodyOf(node: Node): Element | undefined {
  const element = node instanceof Element ? node : node.parentElement
  return element?.closest("textarea, input") === null ? (element.closest(".message-body") ?? undefined) : undefined
}
