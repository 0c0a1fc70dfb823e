import { type BranchChoices, type BranchView, type Conversation, type LineEntry, NEWEST_VIEW } from "@polylogue/conversation"
import { useBranchView, type ViewedBranch } from "@polylogue/react"
import { useCallback, useEffect } from "react"
import { readStored, writeStored } from "../device/stored-value.ts"

/** What somebody looks at in a conversation, and what chooses another branch. */
export interface Choices {
  /** Before that it is not known what was looked at. */
  readonly ready: boolean
  readonly choices: BranchChoices
  /** The end of the line looked at, where that is not the newest one. */
  readonly tip: BranchView["tip"]
  /** Looks at other branches; with `tip` at those that lead to this message, also where the fork stands in an older segment. */
  readonly choose: (choices: BranchChoices, tip?: BranchView["tip"]) => void
  readonly branch: ViewedBranch
}

/** Which branches whoever writes here looks at, on all their devices. What an earlier version kept on this device is taken over once. */
export function useChoices(conversationId: string): Choices {
  const branch = useBranchView(conversationId)
  const { ready, known, view, setView } = branch
  const key = `polylogue.branches.${conversationId}`
  useEffect(() => {
    if (!ready) return
    const kept = parseChoices(readStored(key))
    if (kept.size > 0 && !known) setView({ choices: kept, tip: null })
    writeStored(key, null)
  }, [key, ready, known, setView])
  const choose = useCallback<Choices["choose"]>((choices, tip = view.tip) => setView({ choices, tip }), [setView, view])
  return { ready, choices: view.choices, tip: view.tip, choose, branch }
}

/** Notes where the line ends that is looked at, if that is not where the newest one does, so that it is opened there the next time. */
export function useViewedTip(conversation: Conversation, line: readonly LineEntry[], { view, setView, ready }: ViewedBranch): void {
  const last = line.at(-1)?.id
  useEffect(() => {
    if (!ready || last === undefined || (view.choices.size === 0 && view.tip === null)) return
    const newest = conversation.getLine(NEWEST_VIEW.choices).at(-1)?.id
    const segment = conversation.segmentsOf(last)[0] ?? 0
    const tip = last === newest ? null : { id: last, segment }
    const stands = tip !== null && view.tip !== null && view.tip.segment === tip.segment && line.some(({ id }) => id === view.tip?.id)
    if (!stands && (tip !== null || view.tip !== null)) setView({ choices: view.choices, tip })
  }, [conversation, line, last, view, setView, ready])
}

/** The choices in a stored text; none for anything else. */
export function parseChoices(text: string | null): BranchChoices {
  if (text === null) return NO_CHOICES
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? new Set(value.filter((id) => typeof id === "string")) : NO_CHOICES
  } catch {
    return NO_CHOICES
  }
}

const NO_CHOICES: BranchChoices = new Set()
