import { Icon } from "./icon.tsx"
import { useCopy } from "./use-copy.ts"

/** Copies a text and says so for a moment. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const { state, words, copy } = useCopy(text, label)
  return (
    <button type="button" className="icon-button" aria-label={words} title={words} onClick={copy}>
      <Icon name={state === "copied" ? "check" : state === "failed" ? "close" : "copy"} />
    </button>
  )
}
