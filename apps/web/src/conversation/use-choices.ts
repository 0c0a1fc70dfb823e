import type { BranchChoices } from "@polylogue/conversation"
import { useCallback, useMemo } from "react"
import { useStored, writeStored } from "../device/stored-value.ts"

const MAX_CHOICES = 500

/** Which branches this device shows of a conversation, kept on it, and what chooses others. The set is the same until it changes. */
export function useChoices(conversationId: string): readonly [BranchChoices, (choices: BranchChoices) => void] {
  const key = `polylogue.branches.${conversationId}`
  const stored = useStored(key)
  const choices = useMemo(() => parseChoices(stored), [stored])
  const choose = useCallback((next: BranchChoices) => writeStored(key, JSON.stringify([...next].slice(-MAX_CHOICES))), [key])
  return [choices, choose]
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
