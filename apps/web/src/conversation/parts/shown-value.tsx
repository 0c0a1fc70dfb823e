import { useState } from "react"
import { CopyButton } from "../../frame/copy-button.tsx"
import { counted } from "../../frame/relative-time.ts"

/** UTF-16 units of a value that are shown at first. */
const BEGINNING_LENGTH = 2_000
/** Units that are shown when all of it is asked for; more can be copied. */
const WHOLE_LENGTH = 200_000

/** A value as text: itself when it is one, else as JSON. */
function valueText(value: unknown): string {
  if (typeof value === "string") return value
  return JSON.stringify(value, null, 2) ?? "nothing"
}

/** A value that a model or an import wrote, as text to read and copy. Long ones are cut; none is ever rendered as anything but text. */
export function ShownValue({ label, value }: { readonly label: string; readonly value: unknown }) {
  const [whole, setWhole] = useState(false)
  const text = valueText(value)
  const limit = whole ? WHOLE_LENGTH : BEGINNING_LENGTH
  return (
    <div className="shown-value">
      <div className="shown-value-head">
        <span>{label}</span>
        <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
      </div>
      {/* reason: what scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className="part-raw" dir="auto" tabIndex={0} aria-label={label} role="region">
        {text.length > limit ? `${text.slice(0, limit).replace(/[\ud800-\udbff]$/, "")}…` : text}
      </pre>
      {text.length > BEGINNING_LENGTH && (
        <button type="button" className="button part-more" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? "Show the beginning only" : `Show all ${counted(Math.min(text.length, WHOLE_LENGTH), "character")}`}
        </button>
      )}
    </div>
  )
}
