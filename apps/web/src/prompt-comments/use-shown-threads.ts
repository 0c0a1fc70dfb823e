import type { PromptThread } from "@polylogue/conversation"
import { useState } from "react"
import { steadyOrder } from "./thread-order.ts"

/** The threads in the panel: those that stand in its list, and those that are folded away. */
interface ShownThreads<Thread> {
  readonly listed: readonly Thread[]
  readonly folded: readonly Thread[]
}

/**
 * Which threads of `ordered` are listed, and in which order. While `held`, because the focus is among them, none changes its place among the others, and one that is resolved
 * stays where it is: nothing moves under a finger, and nobody is interrupted.
 */
export function useShownThreads<Thread extends Pick<PromptThread, "id" | "resolvedBy">>(
  ordered: readonly Thread[],
  held: boolean,
): ShownThreads<Thread> {
  const [order, setOrder] = useState<readonly string[]>([])
  const listed = new Set(order)
  const wanted = ordered.filter(({ id, resolvedBy }) => resolvedBy === null || (held && listed.has(id))).map(({ id }) => id)
  const next = held ? steadyOrder(order, wanted) : wanted
  const isSame = next.length === order.length && next.every((id, place) => id === order[place])
  if (!isSame) setOrder(next)
  const byId = new Map(ordered.map((thread) => [thread.id, thread]))
  return {
    listed: next.flatMap((id) => byId.get(id) ?? []),
    folded: ordered.filter(({ id, resolvedBy }) => resolvedBy !== null && !next.includes(id)),
  }
}
