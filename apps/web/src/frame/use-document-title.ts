import { useEffect } from "react"

/** Puts what is on screen in the title of the window; undefined for the app's name alone. */
export function useDocumentTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? "Polylogue" : `${title} – Polylogue`
  }, [title])
}
