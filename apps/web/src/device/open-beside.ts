import { openReplica, type Replica } from "@polylogue/replica"
import { browserTabs, dialWebSocket, randomBytes, systemClock } from "@polylogue/replica/browser"
import { IndexedDbEntryLog } from "@polylogue/storage/indexeddb"
import { STORE_NAME } from "./store-name.ts"

/**
 * Opens this device's copy once more, in a worker beside a page: what it writes is durable by its own commits, and the tab that holds the socket
 * sends it. It never holds the socket itself.
 * @throws ReplicaError `storage` where the browser has no store for it.
 */
export function openBeside(): Promise<Replica> {
  const tabs = browserTabs(STORE_NAME)
  return openReplica({
    store: new IndexedDbEntryLog({ name: STORE_NAME }),
    relays: [],
    dial: dialWebSocket,
    clock: systemClock,
    randomBytes,
    // Without tabs it would be alone, and with no relay it still sends nothing; the page finds its rows when it is loaded anew.
    ...(tabs === undefined ? {} : { tabs: { ...tabs, mayLead: false } }),
    agent: "polylogue-web-worker",
  })
}
