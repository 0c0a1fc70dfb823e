import { conversationDocumentId, indexDocumentId } from "@polylogue/conversation"
import { DEFAULT_LIMITS } from "@polylogue/protocol"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import { MemoryEntryLog } from "@polylogue/storage"
import { CommandError } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { openRelayNode, type RelayNode } from "./relay-node.ts"
import { dialWith, systemClock, systemRandom } from "./system.ts"

/** Milliseconds without any progress after which a command gives a relay up. */
const PATIENCE_MS = 30_000

/**
 * A workspace as a command sees it: through a replica, connected to the relay named by `--relay`, or to one that is started for the
 * command on the folder named by `--data`. Both ways what is acknowledged is on the relay's disk.
 */
export class Workspace {
  readonly name: string
  readonly #replica: Replica
  readonly #node: RelayNode | undefined

  private constructor(name: string, replica: Replica, node: RelayNode | undefined) {
    this.name = name
    this.#replica = replica
    this.#node = node
  }

  /** @throws CommandError `failure` when the folder is in use or cannot be opened. */
  static async open(call: Call): Promise<Workspace> {
    const address = call.flag("relay")
    const node =
      address === undefined
        ? await openRelayNode({ data: call.flag("data")!, host: "127.0.0.1", port: 0, journal: () => undefined })
        : undefined
    const replica = await openReplica({
      store: new MemoryEntryLog(),
      relays: [syncUrl(node?.url ?? address!)],
      dial: dialWith(DEFAULT_LIMITS.maxFrameBytes),
      clock: systemClock,
      randomBytes: systemRandom,
      agent: "polylogue-command",
      keeps: "tab",
    })
    return new Workspace(call.flag("workspace")!, replica, node)
  }

  /** The document of the workspace's cards, with everything that the relay has. */
  index(): Promise<ReplicaDocument> {
    return this.#open(indexDocumentId(this.name))
  }

  /** The document of a conversation, with everything that the relay has. */
  conversation(id: string): Promise<ReplicaDocument> {
    return this.#open(conversationDocumentId(this.name, id))
  }

  /**
   * Resolves once all of `document` is on the relay's disk.
   * @throws CommandError `failure` when the relay is silent, or refuses it for good.
   */
  async store(document: ReplicaDocument): Promise<void> {
    await this.#patiently(document, () => document.status.waitingRows === 0 && document.status.unsavedUpdates === 0)
    await document.whenDurable("stored")
  }

  /** Leaves the relay, or stops the one that was started. */
  async close(): Promise<void> {
    await this.#replica.close()
    await this.#node?.close()
  }

  async #open(documentId: string): Promise<ReplicaDocument> {
    const document = await this.#replica.open(documentId)
    await this.#patiently(document, () => document.status.synced)
    return document
  }

  /** Waits until `holds`; gives up for good reasons at once, and without any for {@link PATIENCE_MS} without a change. */
  #patiently(document: ReplicaDocument, holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let silence: NodeJS.Timeout | undefined
      const stops: (() => void)[] = []
      const settle = (error?: CommandError): void => {
        clearTimeout(silence)
        for (const stop of stops) stop()
        if (error === undefined) resolve()
        else reject(error)
      }
      const look = (): void => {
        clearTimeout(silence)
        silence = setTimeout(() => settle(new CommandError("failure", this.#silence())), PATIENCE_MS)
        const { rejected } = document.status
        const { connection, code } = this.#replica.status
        if (rejected !== undefined) settle(new CommandError("failure", `The relay refused ${document.documentId}: ${rejected}.`))
        else if (connection === "refused")
          settle(new CommandError("failure", `The relay refused the connection: ${code ?? "no reason given"}.`))
        else if (holds()) settle()
      }
      stops.push(document.subscribe(look), this.#replica.subscribe(look))
      look()
    })
  }

  #silence(): string {
    const { relay, connection } = this.#replica.status
    return `The relay${relay === undefined ? "" : ` at ${relay}`} cannot be reached (${connection}) or did not answer for ${PATIENCE_MS / 1000} s. Is it running there?`
  }
}

/** The address of a relay's `/sync`: given whole, or without a path. */
function syncUrl(address: string): string {
  const url = new URL(address.replace(/^http/, "ws"))
  if (url.pathname === "/") url.pathname = "/sync"
  return url.href
}
