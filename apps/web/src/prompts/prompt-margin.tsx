import { Suspense, useEffect, useRef } from "react"
import { Icon } from "../frame/icon.tsx"
import { useLayer } from "../frame/layers.ts"
import { usePhone } from "../frame/use-media.ts"
import type { PromptPanel, PromptPanelProps } from "./prompt-panels.ts"
import "../sync/sync-details.css"

interface PromptMarginProps extends PromptPanelProps {
  readonly panel: PromptPanel
  /** Whether the focus stays where it is when it opens. */
  readonly quiet: boolean
}

/** The margin of a prompt with the panel that was asked for. On a phone it is a step that going back takes. */
export function PromptMargin({ panel, quiet, ...props }: PromptMarginProps) {
  const { onClose } = props
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
      aria-label={panel.title}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) onClose()
      }}
    >
      <header className="margin-head">
        <h2>{panel.title}</h2>
        <button ref={close} type="button" className="icon-button" aria-label={`Close ${panel.title.toLowerCase()}`} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="margin-body">
        <Suspense>
          <panel.Body {...props} />
        </Suspense>
      </div>
    </aside>
  )
}
