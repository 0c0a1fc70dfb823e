import { useCallback, useSyncExternalStore } from "react"

/** Below this width one plane is shown at a time; `frame.css` uses the same. */
const PHONE = "(max-width: 759px)"

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = window.matchMedia(query)
      list.addEventListener("change", listener)
      return () => list.removeEventListener("change", listener)
    },
    [query],
  )
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches)
}

/** Whether one plane is shown at a time. */
export function usePhone(): boolean {
  return useMedia(PHONE)
}
