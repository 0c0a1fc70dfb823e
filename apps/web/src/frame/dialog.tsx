import { type ReactNode, useEffect, useRef } from "react"
import { useLayer } from "./layers.ts"
import "./dialog.css"

interface DialogProps {
  readonly label: string
  readonly onClose: () => void
  readonly className?: string
  readonly children: ReactNode
}

/** A modal dialog of the browser's own: it keeps the focus inside, closes with Escape, beside it or by going back, and gives the focus back. */
export function Dialog({ label, onClose, className = "", children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayer(onClose)
  useEffect(() => {
    const element = dialog.current
    const before = document.activeElement
    if (element !== null && !element.open) element.showModal()
    return () => {
      element?.close()
      // The browser gives the focus back only while the dialog is in the page, which it is not any more.
      if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body) before.focus()
    }
  }, [])
  return (
    // reason: a click on the backdrop reaches the dialog itself; the keyboard's way out is Escape, which the browser gives.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose()
      }}
    >
      <div className="dialog-body">{children}</div>
    </dialog>
  )
}
