import { useEffect, useRef } from "react"

/*
 * What lies over the page (a dialog, the margin on a phone) is a step in the history of the tab, so that the way back of a phone closes it instead of
 * leaving the conversation. The entry of a layer has the address of the page below it and `{ layer: <number> }` as its state.
 *
 * A layer that closes by itself takes its entry out by going back; one over which the page went on was replaced by the next address (`navigate`). An
 * entry whose layer is gone all the same, because a link was followed out of it, is stepped over.
 */

interface Layer {
  readonly number: number
  readonly close: () => void
}

const open: Layer[] = []
let lastNumber = 0

/** Makes what is open a step in the history as long as `active`; going back calls `onBack`, which must close it. */
export function useLayer(onBack: () => void, active = true): void {
  const latest = useRef(onBack)
  useEffect(() => {
    latest.current = onBack
  }, [onBack])
  useEffect(() => {
    if (!active) return
    return pushLayer(() => latest.current())
  }, [active])
}

/** Whether the present entry of the history belongs to a layer: where the page goes on, it takes its place. */
export function isOnLayer(): boolean {
  return layerOf(history.state) !== 0
}

/** Listens to the history; called once, when the page starts. What a reload left of layers is taken for the page itself. */
export function followHistory(): void {
  if (isOnLayer()) history.replaceState(null, "")
  window.addEventListener("popstate", (event) => {
    const reached = layerOf(event.state)
    for (const layer of open.filter(({ number }) => number > reached).toReversed()) layer.close()
    if (reached !== 0 && !open.some(({ number }) => number === reached)) history.back()
  })
}

function pushLayer(close: () => void): () => void {
  const layer: Layer = { number: ++lastNumber, close }
  open.push(layer)
  history.pushState({ layer: layer.number }, "")
  return () => {
    open.splice(open.indexOf(layer), 1)
    // Later: the click that closed it may be about to follow a link, whose address then stands after this entry.
    setTimeout(() => {
      if (layerOf(history.state) === layer.number) history.back()
    })
  }
}

/** The number of the layer in a state of the history; 0 for none. */
function layerOf(state: unknown): number {
  if (typeof state !== "object" || state === null || !("layer" in state)) return 0
  return typeof state.layer === "number" ? state.layer : 0
}
