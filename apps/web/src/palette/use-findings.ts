import { useEffect, useMemo, useState } from "react"
import type { PaletteFindings, PaletteItem, PaletteSource } from "./palette-source.ts"

/** What one source found, under its heading. */
export interface PaletteGroup {
  readonly title: string
  readonly items: readonly PaletteItem[]
}

interface Late {
  readonly query: string
  readonly groups: readonly PaletteGroup[]
  /** Every source has answered. */
  readonly done: boolean
}

const NONE: Late = Object.freeze({ query: "", groups: [], done: false })

/** What the sources found for `query`: what is there at once, the best source first, and below it what comes later. */
export function useFindings(
  sources: readonly PaletteSource[],
  query: string,
): { readonly groups: readonly PaletteGroup[]; readonly busy: boolean } {
  const asked = useMemo(() => ask(sources, query), [sources, query])
  const [late, setLate] = useState(NONE)
  useEffect(() => {
    const { waiting, abort } = asked
    if (waiting.length === 0) return
    const settle = (title: string, items: readonly PaletteItem[], done: boolean): void => {
      if (abort.signal.aborted) return
      setLate((before) => {
        const groups = before.query === query && !before.done ? before.groups : []
        return { query, groups: items.length === 0 ? groups : [...groups, { title, items }], done }
      })
    }
    const gather = async ({ title, promise }: Asked["waiting"][number]): Promise<void> => settle(title, (await promise).items, false)
    // A source that fails has found nothing; the others stand.
    const gatherAll = async (): Promise<void> => {
      await Promise.allSettled(waiting.map(gather))
      settle("", [], true)
    }
    void gatherAll()
    return () => abort.abort()
  }, [asked, query])
  const current = late.query === query ? late : NONE
  const groups = useMemo(() => [...asked.groups, ...current.groups], [asked, current])
  return { groups, busy: asked.waiting.length > 0 && !current.done }
}

interface Asked {
  readonly groups: readonly PaletteGroup[]
  readonly waiting: readonly { readonly title: string; readonly promise: Promise<PaletteFindings> }[]
  readonly abort: AbortController
}

function ask(sources: readonly PaletteSource[], query: string): Asked {
  const abort = new AbortController()
  const now: (PaletteGroup & { readonly score: number })[] = []
  const waiting: Asked["waiting"][number][] = []
  for (const { title, find } of sources) {
    const answer = find(query, abort.signal)
    if (answer instanceof Promise) waiting.push({ title, promise: answer })
    else if (answer.items.length > 0) now.push({ title, ...answer })
  }
  return { groups: now.toSorted((left, right) => right.score - left.score), waiting, abort }
}
