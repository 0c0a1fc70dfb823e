import { type ReactNode, useState } from "react"

interface PartFoldProps {
  readonly summary: ReactNode
  /** Whether it is open at first, and whenever this changes. */
  readonly open?: boolean
  /** Called for what is inside, while it is open: what nobody unfolds is not rendered. */
  readonly children: () => ReactNode
}

/** A part that most readers pass over: a line that unfolds. */
export function PartFold({ summary, open = false, children }: PartFoldProps) {
  const [shown, setShown] = useState(open)
  const [wanted, setWanted] = useState(open)
  if (wanted !== open) {
    setWanted(open)
    setShown(open)
  }
  return (
    <details className="part-fold" open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {shown && children()}
    </details>
  )
}
