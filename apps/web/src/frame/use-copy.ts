import { useEffect, useState } from "react"

const SHOWN_MS = 1_600

/** What became of copying: said for a moment, then `idle` again. */
type CopyState = "idle" | "copied" | "failed"

/** Copies `text` when the function is called, and tells what became of it in place of `label`. */
export function useCopy(text: string, label: string): { readonly state: CopyState; readonly words: string; readonly copy: () => void } {
  const [state, setState] = useState<CopyState>("idle")
  useEffect(() => {
    if (state === "idle") return
    const timer = setTimeout(() => setState("idle"), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [state])
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("failed"),
    )
  }
  const words = state === "idle" ? label : state === "copied" ? "Copied" : "The browser refused to copy"
  return { state, words, copy }
}
