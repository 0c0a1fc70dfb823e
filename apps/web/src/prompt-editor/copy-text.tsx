import { useEffect, useState } from "react"
import { Icon } from "../frame/icon.tsx"

const SHOWN_MS = 1_600

/** Copies a text, and says so for a moment in the place of its name. */
export function CopyText({ text, label }: { readonly text: string; readonly label: string }) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle")
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
  return (
    <button type="button" className="button" onClick={copy}>
      <Icon name={state === "copied" ? "check" : "copy"} />
      {state === "idle" ? label : state === "copied" ? "Copied" : "The browser refused to copy"}
    </button>
  )
}
