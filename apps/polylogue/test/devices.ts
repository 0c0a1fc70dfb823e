import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Conversation, ConversationView } from "@polylogue/conversation"
import { DEFAULT_LIMITS } from "@polylogue/protocol"
import { openReplica, type Replica, type ReplicaBlobs, type ReplicaDocument, type ReplicaRegisters } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/node"
import { LevelEntryLog } from "@polylogue/storage/level"
import { WebSocket } from "ws"
import { WebsocketProvider } from "y-websocket"
import * as Y from "yjs"
import { dialWith, systemClock } from "../src/system.ts"
import { folder } from "./program.ts"

/** A device with a store on the disk, which it keeps from one opening to the next. */
export class Device {
  readonly store: string
  #replica: Replica | undefined

  constructor(store = join(folder(), "store")) {
    this.store = store
  }

  /** Another device whose disk is a copy of this one's, as a restored profile would be. Only while this one is closed. */
  clone(): Device {
    const clone = new Device()
    cpSync(this.store, clone.store, { recursive: true })
    return clone
  }

  /** Opens a document; without relays the device is cut off. */
  async open(documentId: string, relays: readonly string[] = [], token = ""): Promise<ReplicaDocument> {
    return (await this.#start(relays, token)).open(documentId)
  }

  /** Its blobs. */
  async blobs(relays: readonly string[]): Promise<ReplicaBlobs> {
    return (await this.#start(relays)).blobs
  }

  /** What the authority of registers says to it. */
  async registers(relays: readonly string[]): Promise<ReplicaRegisters> {
    return (await this.#start(relays)).registers
  }

  async #start(relays: readonly string[], token = ""): Promise<Replica> {
    return (this.#replica ??= await openReplica({
      store: new LevelEntryLog({ location: this.store }),
      relays: relays.map((url) => `${url.replace("http", "ws")}/sync`),
      dial: dialWith(DEFAULT_LIMITS.maxFrameBytes),
      clock: systemClock,
      randomBytes,
      token,
      fetch: (url, request) => fetch(url, request),
    }))
  }

  async close(): Promise<void> {
    await this.#replica?.close()
    this.#replica = undefined
  }
}

/** Resolves once `holds`, which is asked after every change of the document. */
export function when(document: ReplicaDocument, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stops = [document.subscribe(look), document.onReset(() => look())]
    function look(): void {
      if (!holds()) return
      for (const stop of stops) stop()
      resolve()
    }
    look()
  })
}

/** Resolves once the device and its relay have the same. */
export function synced(document: ReplicaDocument): Promise<void> {
  return when(document, () => document.status.synced && document.status.waitingRows === 0 && document.status.unsavedUpdates === 0)
}

export function conversationOf({ ydoc }: ReplicaDocument): Conversation {
  return new Conversation(ydoc, { writer: "device", author: { kind: "person", id: "ana", name: "Ana" }, now: Date.now, randomBytes })
}

/** What a reader sees of the messages of a conversation, by id. */
export function textsOf({ ydoc }: ReplicaDocument): Record<string, string> {
  const view = new ConversationView(ydoc)
  const ids = [...view.getTree().nodes.keys()]
  return Object.fromEntries(ids.map((id) => [id, view.getMessage(id)?.text ?? ""]))
}

/** A stock y-websocket client that collects no garbage: it keeps every word that it ever had. */
export function hoarder(url: string, documentId: string, ydoc = new Y.Doc({ gc: false })): { provider: WebsocketProvider; ydoc: Y.Doc } {
  const provider = new WebsocketProvider(`${url.replace("http", "ws")}/yjs`, documentId, ydoc, {
    WebSocketPolyfill: WebSocket as never,
    disableBc: true,
  })
  return { provider, ydoc }
}

/** The files below `place` in which the bytes of `text` stand: at one moment, so that all are read anew when a store that is at work takes one away meanwhile. */
export function filesWith(place: string, text: string | Uint8Array): string[] {
  const needle = Buffer.from(text as string)
  for (;;) {
    try {
      return readdirSync(place, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(needle))
        .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || !existsSync(place)) throw error
    }
  }
}
