import { useState } from "react"
import type { NumberedPart } from "./change-steps.ts"

interface DiffTextProps {
  readonly parts: readonly NumberedPart[]
  /** The change that one has gone to. */
  readonly current: number | undefined
  /** Of two columns the one that is shown; both in one without. */
  readonly side?: "from" | "to"
}

/** A text with what was taken out struck through and what was put in underlined; long stretches that are the same are folded. */
export function DiffText({ parts, current, side }: DiffTextProps) {
  const hidden = side === "from" ? "added" : side === "to" ? "removed" : undefined
  const shown = parts.filter(({ kind }) => kind !== hidden)
  return (
    <p className="content-diff-text" dir="auto">
      {shown.map(({ kind, text, step }, at) => {
        // Parts have no names: they are only ever all replaced.
        if (kind === "same") return <Same key={at} text={text} first={at === 0} last={at === shown.length - 1} />
        const Change = kind === "added" ? "ins" : "del"
        return (
          <Change key={at} tabIndex={-1} data-step={step} data-current={step === current || undefined}>
            {text}
          </Change>
        )
      })}
    </p>
  )
}

/** UTF-16 units of unchanged text that are shown beside a change, and from which on the rest is folded. */
const NEARBY = 160
const FOLDED_FROM = 480

function Same({ text, first, last }: { readonly text: string; readonly first: boolean; readonly last: boolean }) {
  const [whole, setWhole] = useState(false)
  if (whole || text.length < FOLDED_FROM) return text
  const head = first ? "" : text.slice(0, NEARBY).replace(/\p{Surrogate}$/u, "")
  const tail = last ? "" : text.slice(-NEARBY).replace(/^\p{Surrogate}/u, "")
  const hidden = text.length - head.length - tail.length
  return (
    <>
      {head}
      <button type="button" className="content-diff-fold" onClick={() => setWhole(true)}>
        {`${hidden.toLocaleString("en")} unchanged characters`}
      </button>
      {tail}
    </>
  )
}
