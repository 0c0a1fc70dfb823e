import { useEffect, useRef } from "react"

/** Once a dialog has gone and what opened it with it, the focus goes where `take` puts it. */
export function useFocusAfter(open: boolean, take: () => void): void {
  const was = useRef(open)
  useEffect(() => {
    if (was.current && !open && document.activeElement === document.body) take()
    was.current = open
  })
}
