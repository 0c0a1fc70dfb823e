import { type BranchChoices, chooseBranch, type Conversation, type LineEntry } from "@polylogue/conversation"
import { useLine } from "@polylogue/react"
import { useCallback, useLayoutEffect, useState } from "react"
import { isReadingBack } from "./use-reading-position.ts"

/** The line on screen, and what it does not follow. */
export interface SteadyLine {
  readonly line: readonly LineEntry[]
  /** The choices that show it. */
  readonly choices: BranchChoices
  /** Newer versions that came in and did not take the place of what is shown. */
  readonly newer: readonly string[]
  readonly forgetNewer: () => void
}

interface SteadyLineOptions {
  /** Whether an editor is open: then nothing is replaced, or it would go from the page. */
  readonly editing: boolean
  /** While older messages are missing: the message to which the line leads. */
  readonly tip: string | undefined
  /** Whether all of the conversation is here. Before the first of it has been shown, versions that come in are no news. */
  readonly synced: boolean
}

interface Shown {
  readonly stored: BranchChoices
  readonly choices: BranchChoices
  readonly line: readonly LineEntry[]
  readonly newer: readonly string[]
  readonly begun: boolean
}

/**
 * The line for the choices stored, which keeps the version that one is reading. Another's newer version of a message takes its place only where
 * one reads along at the end and nothing answers the message: anywhere else it would pull the text from under the eyes and take the answers
 * along, so the one that was shown is chosen and the new one stands beside it.
 */
export function useSteadyLine(
  conversation: Conversation,
  conversationId: string,
  stored: BranchChoices,
  setStored: (choices: BranchChoices) => void,
  { editing, synced, tip }: SteadyLineOptions,
): SteadyLine {
  const [shown, setShown] = useState<Shown>(() => {
    const line = conversation.getLine(stored, tip)
    return { stored, choices: stored, line, newer: [], begun: synced || line.length > 0 }
  })
  const line = useLine(conversation, shown.stored === stored ? shown.choices : stored, tip)
  // While rendering, not after it: else the rows would go from the page and come back, and the focus with them.
  let now = shown
  if (shown.stored !== stored) {
    const ids = new Set(line.map(({ id }) => id))
    now = { ...shown, stored, choices: stored, line, newer: shown.newer.filter((id) => !ids.has(id)) }
  } else if (shown.line !== line) {
    now = shown.begun
      ? followLine((choices) => conversation.getLine(choices, tip), shown, line, editing || isReadingBack(conversationId))
      : { ...shown, line }
  }
  if (synced && !now.begun) now = { ...now, begun: true }
  if (now !== shown) setShown(now)
  useLayoutEffect(() => {
    if (shown.choices !== shown.stored) setStored(shown.choices)
  }, [shown, setStored])
  const forgetNewer = useCallback(() => setShown((before) => ({ ...before, newer: [] })), [])
  return { line: now.line, choices: now.choices, newer: now.newer, forgetNewer }
}

function followLine(
  getLine: (choices: BranchChoices) => readonly LineEntry[],
  shown: Shown,
  line: readonly LineEntry[],
  lastToo: boolean,
): Shown {
  let choices = shown.choices
  let next = line
  const newer = new Set(shown.newer)
  // Each round shows again the answers of what the one before kept, in which another version may have been replaced.
  for (let round = 0; round <= shown.line.length; round++) {
    const kept = keepShown(shown.line, next, choices, lastToo)
    if (kept === choices) break
    for (const { entry, before } of replacements(shown.line, next, lastToo)) {
      if (entry.alternatives.indexOf(before) < entry.index) newer.add(entry.id)
    }
    choices = kept
    next = getLine(choices)
  }
  return { ...shown, choices, line: next, newer: newer.size === shown.newer.length ? shown.newer : [...newer] }
}

/**
 * The choices that show again what `line` replaced by other versions; the same ones when it replaced nothing. The last message that was shown
 * may be replaced unless `lastToo`: nothing answers it.
 */
export function keepShown(
  shown: readonly LineEntry[],
  line: readonly LineEntry[],
  choices: BranchChoices,
  lastToo: boolean,
): BranchChoices {
  return replacements(shown, line, lastToo).reduce((kept, { entry, before }) => chooseBranch(kept, entry, before), choices)
}

interface Replacement {
  readonly entry: LineEntry
  readonly before: string
}

function replacements(shown: readonly LineEntry[], line: readonly LineEntry[], lastToo: boolean): Replacement[] {
  const ids = new Set(shown.map(({ id }) => id))
  const last = shown.at(-1)?.id
  const found: Replacement[] = []
  for (const entry of line) {
    if (ids.has(entry.id)) continue
    const before = entry.alternatives.find((id) => ids.has(id))
    if (before !== undefined && (lastToo || before !== last)) found.push({ entry, before })
  }
  return found
}
