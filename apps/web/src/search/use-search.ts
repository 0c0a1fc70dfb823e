import { useEffect, useState } from "react"
import type { SearchClient } from "./search-client.ts"
import type { SearchGroup, SearchRequest } from "./search-results.ts"

/** What came of a search so far. */
export interface SearchState {
  /** The request that `groups` answer; an older one as long as nothing of the new one is there. */
  readonly answered: SearchRequest | undefined
  readonly groups: readonly SearchGroup[]
  readonly moreGroups: number
  /**
   * - `idle`: nothing is asked for;
   * - `searching`, `done`;
   * - `failed`: the index could not be read just now.
   */
  readonly state: "idle" | "searching" | "done" | "failed"
}

const IDLE: SearchState = Object.freeze({ answered: undefined, groups: [], moreGroups: 0, state: "idle" })

/** After the index changed, it is asked again once so much time has passed, in ms: while a reply streams it changes every second. */
const ASK_AGAIN_MS = 400

/** Searches as long as there is a request, and again when the index changes. Results of before stay until the first new one is there. */
export function useSearch(client: SearchClient, request: SearchRequest | undefined): SearchState {
  const [state, setState] = useState(IDLE)
  const [round, setRound] = useState(0)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined
        setRound((number) => number + 1)
      }, ASK_AGAIN_MS)
    }
    const stop = client.subscribeChanges(again)
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [client])
  useEffect(() => {
    if (request === undefined) return
    const groups: SearchGroup[] = []
    // Several groups of one turn are one rendering; while a search is repeated, what is on screen stays until all of it is there.
    const show = (change: Partial<SearchState>): void => setState((before) => ({ ...before, ...change }))
    const repeats = round > 0
    const end = client.search(request, {
      group: (group) => {
        groups.push(group)
        if (!repeats) show({ answered: request, groups: [...groups], moreGroups: 0, state: "searching" })
      },
      end: (moreGroups) => show({ answered: request, groups, moreGroups, state: "done" }),
      failed: () => show({ state: "failed" }),
    })
    return end
  }, [client, request, round])
  if (request === undefined) return IDLE
  return state.answered === request || state.state === "failed" ? state : { ...state, state: "searching" }
}
