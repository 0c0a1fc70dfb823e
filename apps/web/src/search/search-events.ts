import { useEffect } from "react"

/** Says with a text, `{ detail: { query } }`, that somebody wants to look for it in messages: from the list's own filter. */
const SEARCH_EVENT = "polylogue:search"

/** Calls `search` with what somebody wants to look for. */
export function useSearchEvents(search: (text: string) => void): void {
  useEffect(() => {
    const onSearch = (event: Event): void => {
      const query: unknown = event instanceof CustomEvent ? (event.detail as { query?: unknown } | null)?.query : undefined
      search(typeof query === "string" ? query : "")
    }
    window.addEventListener(SEARCH_EVENT, onSearch)
    return () => window.removeEventListener(SEARCH_EVENT, onSearch)
  }, [search])
}
