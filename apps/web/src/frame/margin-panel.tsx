import { type ReactNode, Suspense, useEffect, useRef } from "react"
import { Icon } from "./icon.tsx"
import { useLayer } from "./layers.ts"
import { usePhone } from "./use-media.ts"
import "../sync/sync-details.css"

interface MarginPanelProps {
  readonly title: string
  /** Whether the focus stays where it is when it opens. */
  readonly quiet: boolean
  readonly onClose: () => void
  readonly children: ReactNode
}

/** The margin of the page with what was asked for. On a phone it is a step that going back takes. */
export function MarginPanel({ title, quiet, onClose, children }: MarginPanelProps) {
  const close = useRef<HTMLButtonElement>(null)
  useLayer(onClose, usePhone())
  const takesFocus = useRef(!quiet)
  useEffect(() => {
    if (takesFocus.current) close.current?.focus()
  }, [])
  return (
    // reason: Escape closes the margin wherever the focus in it is.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside
      className="margin"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) onClose()
      }}
    >
      <header className="margin-head">
        <h2>{title}</h2>
        <button ref={close} type="button" className="icon-button" aria-label={`Close ${title.toLowerCase()}`} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="margin-body">
        <Suspense>{children}</Suspense>
      </div>
    </aside>
  )
}
