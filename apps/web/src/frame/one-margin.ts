import { useEffect, useRef } from "react"

let closeOpen: (() => void) | undefined

/** There is room for one margin beside a text: while this one is open, the next that opens closes it. */
export function useOneMargin(onClose: () => void): void {
  const latest = useRef(onClose)
  useEffect(() => {
    latest.current = onClose
  }, [onClose])
  useEffect(() => {
    closeOpen?.()
    const close = (): void => latest.current()
    closeOpen = close
    return () => {
      if (closeOpen === close) closeOpen = undefined
    }
  }, [])
}
