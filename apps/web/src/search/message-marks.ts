import type { Clause } from "./query.ts"
import { paint, rangesIn } from "./text-ranges.ts"
import { cutIntoTokens, joinMarks, marksOf } from "./text-match.ts"
import "./message-marks.css"

/** So long a message to which one has jumped is marked, in ms: the row, and the words in it that were searched for. */
const ROW_MS = 1_600
const WORDS_MS = 8_000
/** A row that is not there after so many frames does not come. */
const MAX_FRAMES = 180

let expected: { readonly messageId: string; readonly clauses: readonly Clause[] } | undefined

/** When the message is shown next, these words are marked in it. */
export function markOnArrival(messageId: string, clauses: readonly Clause[]): void {
  expected = { messageId, clauses }
}

/** The row of a message in a list that shows only some, once it is on the page. */
export async function rowOnceThere(list: Element, messageId: string): Promise<HTMLElement | undefined> {
  for (let frame = 0; frame < MAX_FRAMES && list.isConnected; frame++) {
    const row = list.querySelector<HTMLElement>(`[data-message-id="${CSS.escape(messageId)}"]`)
    if (row !== null) return row
    await new Promise(requestAnimationFrame)
  }
  return undefined
}

/** Marks the row of a message for a moment, and in it what was searched for; the focus goes there, unless somebody looks through the conversation. */
export function markMessage(row: HTMLElement, messageId: string): void {
  // Who walks through what was found goes on typing there.
  if (document.activeElement?.closest("search") != null) return
  if (!row.hasAttribute("tabindex")) row.tabIndex = -1
  row.focus({ preventScroll: true })
  row.animate([{ backgroundColor: "var(--surface-chosen)" }, { backgroundColor: "var(--surface-chosen)", offset: 0.7 }, {}], {
    duration: ROW_MS,
  })
  if (expected?.messageId !== messageId) return
  const { clauses } = expected
  expected = undefined
  stopMarking()
  stopMarking = markWords(row, clauses)
}

let stopMarking = (): void => {}

/** Marks words in a row for a while, also those that are set only when what sets them has been loaded. Returns a function that ends it. */
function markWords(row: HTMLElement, clauses: readonly Clause[]): () => void {
  let shown = false
  const mark = (): void => {
    const ranges = rangesIn(row, (text) => {
      const cut = cutIntoTokens(text)
      return joinMarks(clauses.flatMap((clause) => marksOf(cut, clause)))
    })
    paint("found", ranges)
    // Of a long message not its beginning is wanted, but the words.
    if (!shown) ranges[0]?.startContainer.parentElement?.scrollIntoView({ block: "center" })
    shown ||= ranges.length > 0
  }
  const observer = new MutationObserver(mark)
  observer.observe(row, { subtree: true, childList: true, characterData: true })
  mark()
  const timer = setTimeout(stop, WORDS_MS)
  function stop(): void {
    clearTimeout(timer)
    observer.disconnect()
    paint("found", [])
  }
  return stop
}
