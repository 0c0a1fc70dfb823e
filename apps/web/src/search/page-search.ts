import { type Polylogue, usePolylogue } from "@polylogue/react"
import type { Replica } from "@polylogue/replica"
import { useCallback, useSyncExternalStore } from "react"
import { STORE_NAME } from "../device/store-name.ts"
import { SearchClient } from "./search-client.ts"
import type { IndexProgress } from "./search-results.ts"

const clients = new WeakMap<Replica, SearchClient>()

/** The search of this page: its worker starts when it is first asked for, and keeps the index from then on. */
export function pageSearch({ replica, workspace }: Polylogue): SearchClient {
  const known = clients.get(replica)
  if (known !== undefined) return known
  const client = new SearchClient(replica.status.keeps === "tab" ? undefined : STORE_NAME, workspace)
  clients.set(replica, client)
  return client
}

/** {@link pageSearch} for a component. */
export function usePageSearch(): SearchClient {
  return pageSearch(usePolylogue())
}

/** How far the index is; renders again when that changes. */
export function useIndexProgress(client: SearchClient): IndexProgress {
  const subscribe = useCallback((listener: () => void) => client.subscribeProgress(listener), [client])
  return useSyncExternalStore(subscribe, () => client.progress)
}
