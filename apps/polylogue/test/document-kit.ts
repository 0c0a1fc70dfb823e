import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { isWithin, type Socket, type SocketHandlers } from "@polylogue/protocol"
import {
  type CompactionJob,
  type CompactionResult,
  openRelay,
  type Permission,
  type Relay,
  type RelayDocuments,
  runCompaction,
} from "@polylogue/relay"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { documentEndpoint } from "../src/document-endpoint.ts"
import type { Journal } from "../src/journal.ts"
import { systemClock } from "../src/system.ts"

/** One end of a connection within this process. */
class NearSocket implements Socket {
  readonly bufferedBytes = 0
  other!: NearSocket
  handlers: SocketHandlers | undefined
  #closed = false

  listen(handlers: SocketHandlers): void {
    this.handlers = handlers
  }

  send(message: Uint8Array): void {
    if (!this.#closed) setImmediate(() => this.other.handlers?.message(message.slice()))
  }

  close(code: number, reason: string): void {
    if (this.#closed) return
    this.#closed = true
    setImmediate(() => this.handlers?.closed(code, reason))
    this.other.close(code, reason)
  }
}

/** Serves `documents` over HTTP. Who asks is who the header `x-user` says: `ana`, and whose name begins so, reads all of `home`, nobody else does. */
export async function served(documents: RelayDocuments, journal: Journal = () => undefined): Promise<Server> {
  const endpoint = documentEndpoint(documents, journal)
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(`http://relay${request.url}`)
    const name = String(request.headers["x-user"] ?? "ana")
    const may = (documentId: string): Permission => (name.startsWith("ana") && isWithin(documentId, "home") ? "read" : "none")
    const visitor = { name, operator: false, may, mayBlobs: () => "none" as const }
    const path = decodeURIComponent(pathname)
    Promise.resolve(endpoint.answer({ request, response, path, query: searchParams, visitor })).catch(() => response.destroy())
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return server
}

/** Where the documents of a server are. */
export function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/documents`
}

/** A relay in memory with its documents over HTTP, and devices of it. */
export class DocumentRelay {
  readonly log = new MemoryEntryLog()
  readonly jobs: string[] = []
  readonly journal: string[] = []
  /** Awaited before each job. */
  gate: Promise<void> = Promise.resolve()
  relay!: Relay
  url = ""
  readonly #replicas: Replica[] = []
  #server: Server | undefined

  async open(): Promise<this> {
    this.relay = await openRelay({
      log: this.log,
      clock: systemClock,
      randomBytes,
      compactor: { run: (job) => this.#run(job) },
      limits: { maxWholeReads: 2 },
    })
    this.#server = await served(this.relay.documents, (event) => void this.journal.push(event))
    this.url = urlOf(this.#server)
    return this
  }

  /** A device that is connected to the relay. */
  async replica(): Promise<Replica> {
    const replica = await openReplica({
      store: new MemoryEntryLog(),
      relays: ["ws://relay/sync"],
      clock: systemClock,
      randomBytes,
      dial: () => {
        const [near, far] = [new NearSocket(), new NearSocket()]
        near.other = far
        far.other = near
        this.relay.accept(far)
        setImmediate(() => near.handlers?.opened?.())
        return near
      },
    })
    this.#replicas.push(replica)
    return replica
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections()
    this.#server?.close()
    for (const replica of this.#replicas) await replica.close()
    await this.relay.close()
  }

  async #run<J extends CompactionJob>(job: J): Promise<CompactionResult<J>> {
    this.jobs.push(job.kind)
    await this.gate
    return runCompaction(job)
  }
}
