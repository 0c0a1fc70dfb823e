import type { IndexProgress, SearchGroup, SearchRequest } from "./search-results.ts"
import type { FindRequest, FoundPlaces } from "./find-places.ts"

/** What the page says to its worker. Searches and finds are numbered by the page; a new one of a kind ends the one before it. */
export type ToWorker =
  | { readonly type: "start"; readonly store: string; readonly workspace: string }
  | { readonly type: "search"; readonly id: number; readonly request: SearchRequest }
  | { readonly type: "find"; readonly id: number; readonly request: FindRequest }
  /** Nobody looks at results any more: what is kept for the next keystroke may go. */
  | { readonly type: "rest" }

/** What the worker says to its page. */
export type FromWorker =
  | { readonly type: "progress"; readonly progress: IndexProgress }
  /** The index has changed: what is on screen may be asked for again. */
  | { readonly type: "changed" }
  | { readonly type: "group"; readonly id: number; readonly group: SearchGroup }
  | { readonly type: "end"; readonly id: number; readonly moreGroups: number }
  | { readonly type: "found"; readonly id: number; readonly places: FoundPlaces }
  | { readonly type: "failed"; readonly id: number }
