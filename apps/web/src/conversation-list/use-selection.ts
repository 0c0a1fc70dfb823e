import { useCallback, useMemo, useState } from "react"
import type { ListRow } from "./list-rows.ts"

/** Several conversations, or prompts, that one is about to do something with. */
export interface Selection {
  readonly ids: ReadonlySet<string>
  /** Rows are ticked and not opened: somebody selects. */
  readonly active: boolean
  /** Begins selecting, with `id` if given. */
  readonly begin: (id?: string) => void
  readonly toggle: (id: string) => void
  /** Selects everything from where one began to `id`. `from` is where that is when nobody began yet. */
  readonly extend: (id: string, from?: string) => void
  readonly selectAll: () => void
  readonly end: () => void
}

interface State {
  readonly active: boolean
  readonly ids: ReadonlySet<string>
  readonly anchor: string | undefined
}

const NONE: State = { active: false, ids: new Set(), anchor: undefined }

/** What is selected in a list that shows `here`, in their order; what has left the list is not selected any more. Keep the array while it is the same. */
export function useSelection(here: readonly string[]): Selection {
  const [state, setState] = useState(NONE)
  const ids = useMemo(() => {
    const there = new Set(here)
    return [...state.ids].every((id) => there.has(id)) ? state.ids : new Set([...state.ids].filter((id) => there.has(id)))
  }, [state.ids, here])
  const toggle = useCallback(
    (id: string) =>
      setState((before) => {
        const next = new Set(before.ids)
        if (!next.delete(id)) next.add(id)
        return next.size === 0 ? NONE : { active: true, ids: next, anchor: id }
      }),
    [],
  )
  const begin = useCallback((id?: string) => setState({ active: true, ids: new Set(id === undefined ? [] : [id]), anchor: id }), [])
  const extend = useCallback(
    (id: string, from?: string) =>
      setState((before) => {
        const anchor = before.anchor ?? from ?? id
        return { active: true, ids: new Set(between(here, anchor, id)), anchor }
      }),
    [here],
  )
  const selectAll = useCallback(
    () => setState((before) => ({ active: true, ids: new Set(here), anchor: before.anchor ?? here[0] })),
    [here],
  )
  const end = useCallback(() => setState(NONE), [])
  return useMemo(
    () => ({ ids, active: state.active, begin, toggle, extend, selectAll, end }),
    [ids, state.active, begin, toggle, extend, selectAll, end],
  )
}

/** The ids of the conversations in `rows`, in order. */
export function conversationsOf(rows: readonly ListRow[]): readonly string[] {
  return rows.flatMap((row) => (row.kind === "conversation" ? [row.card.id] : []))
}

/** The ids from one to another, both included, in whatever order they stand; the last alone when the first is not here. */
export function between(ids: readonly string[], from: string, to: string): readonly string[] {
  const [start, end] = [ids.indexOf(from), ids.indexOf(to)]
  if (end === -1) return []
  return start === -1 ? [to] : ids.slice(Math.min(start, end), Math.max(start, end) + 1)
}
