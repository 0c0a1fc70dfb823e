import { lazy, useEffect, useRef } from "react"
import { useToast } from "./toast.tsx"

interface MissingPartProps {
  /** What the part would have called to go from the page again. */
  readonly onClose?: () => void
}

/**
 * A part of the page that is loaded when it is first shown. Where it cannot be, as in a tab whose version another one has replaced, the rest of the page goes
 * on: the part says so and closes. Otherwise as React's `lazy`, to be called once, outside of any component.
 */
export const lazyPart: typeof lazy = (load) =>
  // Whatever the props of a part are, the one that stands in for it uses `onClose` alone, if it is there.
  lazy(() => load().catch(() => ({ default: MissingPart as never })))

function MissingPart({ onClose }: MissingPartProps) {
  const toast = useToast()
  const close = useRef(onClose)
  useEffect(() => {
    toast({ text: "A part of Polylogue could not be loaded. Reload the page when a relay is in reach; what you wrote stays." })
    close.current?.()
  }, [toast])
  return null
}
