import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react"
import { Icon } from "./icon.tsx"
import "./toast.css"

const SHOWN_MS = 8_000

export interface ToastMessage {
  readonly text: string
  readonly action?: { readonly label: string; readonly run: () => void }
}

const ToastContext = createContext<(message: ToastMessage) => void>(() => {})

/** What shows a short message at the foot of the page: what was done, and how to undo it. */
export function useToast(): (message: ToastMessage) => void {
  return useContext(ToastContext)
}

/** Holds the one toast on screen. It stays while the pointer or the focus is on it. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toast, setToast] = useState<ToastMessage & { readonly key: number }>()
  const [held, setHeld] = useState(false)
  const count = useRef(0)
  const show = useCallback((message: ToastMessage) => setToast({ ...message, key: ++count.current }), [])
  const close = useCallback(() => {
    setToast(undefined)
    setHeld(false)
  }, [])
  useEffect(() => {
    if (toast === undefined || held) return
    const timer = setTimeout(close, SHOWN_MS)
    return () => clearTimeout(timer)
  }, [toast, held, close])
  const value = useMemo(() => show, [show])
  return (
    <ToastContext value={value}>
      {children}
      <div className="toast-place" role="status" aria-live="polite">
        {toast !== undefined && (
          <div
            key={toast.key}
            className="toast"
            onPointerEnter={() => setHeld(true)}
            onPointerLeave={() => setHeld(false)}
            onFocus={() => setHeld(true)}
            onBlur={() => setHeld(false)}
          >
            <span>{toast.text}</span>
            {toast.action !== undefined && (
              <button
                type="button"
                className="toast-action"
                onClick={() => {
                  toast.action?.run()
                  close()
                }}
              >
                {toast.action.label}
              </button>
            )}
            <button type="button" className="icon-button" aria-label="Close" onClick={close}>
              <Icon name="close" />
            </button>
          </div>
        )}
      </div>
    </ToastContext>
  )
}
