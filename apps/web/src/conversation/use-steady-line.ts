import { type BranchChoices, chooseBranch, type LineEntry } from "@polylogue/conversation"
import { useLayoutEffect, useRef } from "react"
import { isReadingBack } from "./use-reading-position.ts"

/**
 * Keeps the version that one is reading. A newer version of a message takes its place on screen only where one reads along at the end; anywhere
 * else it would pull the text from under the eyes, so the one that was shown is chosen and the new one stands beside it.
 */
export function useSteadyLine(
  conversationId: string,
  line: readonly LineEntry[],
  choices: BranchChoices,
  setChoices: (choices: BranchChoices) => void,
): void {
  const before = useRef({ line, choices })
  useLayoutEffect(() => {
    const { line: shown, choices: chosen } = before.current
    before.current = { line, choices }
    if (line === shown || choices !== chosen || !isReadingBack(conversationId)) return
    const kept = keepShown(shown, line, choices)
    if (kept !== choices) setChoices(kept)
  }, [conversationId, line, choices, setChoices])
}

/** The choices that show again what `line` replaced by other versions; the same ones when it replaced nothing. */
export function keepShown(shown: readonly LineEntry[], line: readonly LineEntry[], choices: BranchChoices): BranchChoices {
  const ids = new Set(shown.map(({ id }) => id))
  let kept = choices
  for (const entry of line) {
    if (ids.has(entry.id)) continue
    const replaced = entry.alternatives.find((id) => ids.has(id))
    if (replaced !== undefined) kept = chooseBranch(kept, entry, replaced)
  }
  return kept
}
