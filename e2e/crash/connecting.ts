import { randomFillSync } from "node:crypto"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import { dialWith, systemClock } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { WebSocket } from "ws"
import type { RelayProcess } from "../relay-process.ts"

/** A device without a past, over a socket of its own. */
export async function connectTo(relay: RelayProcess, agent: string): Promise<Replica> {
  return openReplica({
    store: new MemoryEntryLog(),
    relays: [`ws://127.0.0.1:${relay.port}/sync`],
    dial: dialWith(WebSocket),
    clock: systemClock,
    randomBytes: (length) => randomFillSync(new Uint8Array(length)),
    agent,
    keeps: "tab",
    // The relay is back within a second: nobody need wait longer for it.
    limits: { minBackoffMs: 20, maxBackoffMs: 200 },
  })
}

/** Resolves when `holds` does, which is asked whenever the status of the document changes. */
export async function until(document: ReplicaDocument, holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise<void>((resolve) => {
      const stop = document.subscribe(() => {
        stop()
        resolve()
      })
    })
  }
}
