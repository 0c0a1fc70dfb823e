import { usePolylogue } from "@polylogue/react"
import { useEffect } from "react"

/** The first screen comes first: the worker starts so long after it, in ms, or when somebody searches. */
const START_AFTER_MS = 3_000

/** Keeps the index of what is on this device up to date as long as the page is open, in a worker. */
export function useKeepIndex(): void {
  const polylogue = usePolylogue()
  useEffect(() => {
    const timer = setTimeout(() => void start(polylogue), START_AFTER_MS)
    return () => clearTimeout(timer)
  }, [polylogue])
}

async function start(polylogue: ReturnType<typeof usePolylogue>): Promise<void> {
  const { pageSearch } = await import("./page-search.ts")
  pageSearch(polylogue)
}
