import type { ReplicaDocument } from "@polylogue/replica"
import type { Schedule } from "./publisher.ts"

/** Whether a relay has all that a document holds now; false when that cannot be said within `ms` milliseconds. */
export function storedWithin(document: ReplicaDocument, ms: number, schedule: Schedule): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = schedule(ms, () => resolve(false))
    document
      .whenDurable("stored")
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(cancel)
      .catch(() => {})
  })
}

/** Whether a document has all that the relay had when it was asked; false when that has not arrived within `ms` milliseconds. */
export function syncedWithin(document: ReplicaDocument, ms: number, schedule: Schedule): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (synced: boolean): void => {
      cancel()
      unsubscribe()
      resolve(synced)
    }
    const cancel = schedule(ms, () => settle(false))
    const unsubscribe = document.subscribe(() => {
      if (document.status.synced) settle(true)
    })
    if (document.status.synced) settle(true)
  })
}
