import { useCallback, useMemo } from "react"
import { readStored, useStored, writeStored } from "../device/stored-value.ts"

const KEY = "polylogue.collapsed"
/** Folders that are gone are not taken out of the list; it only gets no longer than this. */
const MAX_COLLAPSED = 1_000

/** What is folded away in the list on this device, and what folds or unfolds. The set is the same until it changes. */
export function useCollapsed(): readonly [ReadonlySet<string>, (key: string, collapsed: boolean) => void] {
  const stored = useStored(KEY)
  const collapsed = useMemo(() => parseCollapsed(stored), [stored])
  const set = useCallback((key: string, away: boolean) => {
    const next = new Set(parseCollapsed(readStored(KEY)))
    next.delete(key)
    if (away) next.add(key)
    writeStored(KEY, JSON.stringify([...next].slice(-MAX_COLLAPSED)))
  }, [])
  return [collapsed, set]
}

/** The keys in a stored text; none for anything else. */
export function parseCollapsed(text: string | null): ReadonlySet<string> {
  if (text === null) return NOTHING
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? new Set(value.filter((key) => typeof key === "string")) : NOTHING
  } catch {
    return NOTHING
  }
}

const NOTHING: ReadonlySet<string> = new Set()
