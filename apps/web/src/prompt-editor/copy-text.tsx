import { Icon } from "../frame/icon.tsx"
import { useCopy } from "../frame/use-copy.ts"

/** Copies a text, and says so for a moment in the place of its name. */
export function CopyText({ text, label }: { readonly text: string; readonly label: string }) {
  const { state, words, copy } = useCopy(text, label)
  return (
    <button type="button" className="button" onClick={copy}>
      <Icon name={state === "copied" ? "check" : "copy"} />
      {words}
    </button>
  )
}
