import { randomBytes } from "node:crypto"
import { decodeMessage } from "@polylogue/protocol"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import { dialWith, systemClock } from "@polylogue/replica/node"
import type { EntryLog } from "@polylogue/storage"
import { type ClientOptions, WebSocket } from "ws"

/** A real replica, and what crossed its sockets. */
export interface CountedReplica {
  readonly replica: Replica
  /** Bytes of messages so far. */
  readonly received: () => number
  readonly sent: () => number
  /** Resolves when the relay has said that no more changed documents wait. */
  readonly caughtUp: Promise<void>
}

/** Opens a replica over `store`, which it closes with itself. */
export async function countedReplica(url: string, store: EntryLog): Promise<CountedReplica> {
  let received = 0
  let sent = 0
  let tell: () => void = () => undefined
  const caughtUp = new Promise<void>((resolve) => (tell = resolve))
  class CountedWebSocket extends WebSocket {
    constructor(address: string, protocols: string[], options?: ClientOptions) {
      super(address, protocols, options)
      this.on("message", (data: ArrayBuffer) => {
        received += data.byteLength
        if (decodeMessage(new Uint8Array(data)).some((frame) => frame.type === "feed" && frame.caughtUp)) tell()
      })
    }

    override send(data: Uint8Array): void {
      sent += data.byteLength
      super.send(data)
    }
  }
  const replica = await openReplica({
    store,
    relays: [`${url}/sync`],
    dial: dialWith(CountedWebSocket),
    clock: systemClock,
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    agent: "bench",
  })
  return { replica, received: () => received, sent: () => sent, caughtUp }
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
