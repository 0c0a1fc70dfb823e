import { conversationDocumentId, indexDocumentId, openSegments } from "@polylogue/conversation"
import { DEFAULT_LIMITS } from "@polylogue/protocol"
import { type ErasureRequest, openReplica, type Replica, type ReplicaDocument, type ReplicaRegisters } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { CommandError, reasonOf } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { settingsAlone } from "./link-settings.ts"
import { syncUrl } from "./relay-address.ts"
import { openRelayNode, type RelayNode } from "./relay-node.ts"
import { dialWith, systemClock } from "./system.ts"
import { WorkspaceBlobs } from "./workspace-blobs.ts"

/** Milliseconds after which a command gives up a relay that does not answer at all. */
const CONNECT_MS = 10_000
/** Milliseconds without progress after which it gives up one that did. */
const PATIENCE_MS = 30_000
/** Milliseconds for a relay to carry out an erasure: it writes anew all that its store has near the document. */
const ERASE_MS = 600_000
/** Milliseconds without a word from the relays that are linked with it, after which those that have not done the same are named. */
const ELSEWHERE_MS = 5_000
/** Seconds between two words about it. */
const TELL_S = 5

/**
 * A workspace as a command sees it: through a replica, connected to the relay named by `--relay`, or to one that is started for the
 * command on the folder named by `--data`. Both ways what is acknowledged is on the relay's disk.
 */
export class Workspace {
  readonly name: string
  /** The attachments of the workspace. */
  readonly blobs: WorkspaceBlobs
  readonly #replica: Replica
  readonly #node: RelayNode | undefined
  readonly #address: string
  readonly #token: string
  /** What was erased through it. */
  readonly #erased: { readonly document: ReplicaDocument; readonly row: string }[] = []

  private constructor(name: string, replica: Replica, node: RelayNode | undefined, address: string, token: string) {
    this.#address = address
    this.#token = token
    this.name = name
    this.#replica = replica
    this.#node = node
    this.blobs = new WorkspaceBlobs(replica.blobs, name)
  }

  /**
   * @param address - the relay to talk to, for a command that talks to several. Default: the only one named.
   * @throws CommandError `failure` when the folder is in use or cannot be opened, `usage` when several relays or workspaces are named.
   */
  static async open(call: Call, address = onlyRelay(call)): Promise<Workspace> {
    const name = onlyWorkspace(call)
    const node = address === undefined ? await openFolder(call.flag("data")!) : undefined
    const url = syncUrl(node?.url ?? address!)
    const replica = await openReplica({
      store: new MemoryEntryLog(),
      relays: [url],
      dial: dialWith(DEFAULT_LIMITS.maxFrameBytes),
      clock: systemClock,
      randomBytes,
      agent: "polylogue-command",
      token: call.flag("token") ?? "",
      keeps: "tab",
      fetch: (asked, request) => fetch(asked, request),
    })
    return new Workspace(name, replica, node, url, call.flag("token") ?? "")
  }

  /** The registers of the relay. */
  get registers(): ReplicaRegisters {
    return this.#replica.registers
  }

  /** Whom the relay takes this command for; known once a document was opened. */
  get principal(): string {
    return this.#replica.status.principal ?? "anonymous"
  }

  /**
   * What the relay answers to `GET` of a path, with its query, in JSON.
   * @throws CommandError `failure` when nobody answers, or not in JSON: no relay, or one that is older.
   */
  async ask(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const address = this.#address.replace(/^ws/, "http")
    try {
      const headers = this.#token === "" ? {} : { Authorization: `Bearer ${this.#token}` }
      const response = await fetch(new URL(path, address), { headers, signal: AbortSignal.timeout(PATIENCE_MS) })
      if (response.status === 401) throw new CommandError("failure", refusal("unauthenticated"))
      return { status: response.status, body: await response.json() }
    } catch (error) {
      if (error instanceof CommandError) throw error
      const why =
        error instanceof SyntaxError ? `What answers at ${address} gives no prompts. Is it a relay of this version?` : this.#silence()
      throw new CommandError("failure", why, { cause: error })
    }
  }

  /** The document of the workspace's cards, with everything that the relay has. */
  index(): Promise<ReplicaDocument> {
    return this.open(indexDocumentId(this.name))
  }

  /**
   * The documents of all segments of a conversation by number, with everything that the relay has.
   * @param atLeast - see `openSegments`.
   */
  async conversation(id: string, atLeast?: Parameters<typeof openSegments>[1]): Promise<ReadonlyMap<number, ReplicaDocument>> {
    const opened: ReplicaDocument[] = []
    const open = async (segment: number): Promise<ReplicaDocument> => {
      const document = await this.open(conversationDocumentId(this.name, id, segment))
      opened.push(document)
      return document
    }
    try {
      return await openSegments(open, atLeast)
    } catch (error) {
      await closeAll(opened)
      throw error
    }
  }

  /**
   * Resolves once all of `document` is on the relay's disk.
   * @throws CommandError `failure` when the relay is silent, or refuses it for good.
   */
  async store(document: ReplicaDocument): Promise<void> {
    await this.#patiently(document, () => document.status.waitingRows === 0 && document.status.unsavedUpdates === 0)
    await document.whenDurable("stored")
  }

  /**
   * Erases for good. Resolves once the relay has carried it out: then no file of it holds what was erased. Others that are linked with it may still be at
   * it: see {@link elsewhere}.
   * @param waits - told now and then how many seconds the relay has been at it.
   * @throws CommandError `failure` when it refuses, is silent, or takes too long; what it has on its disk it carries out later.
   */
  async erase(document: ReplicaDocument, request: ErasureRequest, waits: (seconds: number) => void): Promise<void> {
    const { row } = await document.erase(request).catch((error: unknown) => {
      throw new CommandError("failure", `${document.documentId} cannot be erased: ${reasonOf(error)}.`, { cause: error })
    })
    await this.store(document)
    const begunMs = systemClock.now()
    for (let told = 0; ;) {
      const erasure = (await document.erasures()).find((one) => one.row === row)
      if (erasure !== undefined && erasure.confirmed.length > 0) {
        this.#erased.push({ document, row })
        return
      }
      const { rejected } = document.status
      if (erasure?.state === "refused" || rejected !== undefined)
        throw new CommandError("failure", `The relay refused to erase in ${document.documentId}: ${rejected ?? "no reason given"}.`)
      const seconds = Math.floor((systemClock.now() - begunMs) / 1000)
      if (seconds * 1000 >= ERASE_MS)
        throw new CommandError(
          "failure",
          `The relay has the erasure of ${document.documentId}, but did not say in ${seconds} s that it was carried out.`,
        )
      if (seconds >= told + TELL_S) waits((told = seconds))
      await somethingNew(document)
    }
  }

  /**
   * Waits until all that was erased is erased at every relay that is linked with this one, for as long as they go on saying so.
   * @returns the names of those that have not.
   */
  async elsewhere(): Promise<readonly string[]> {
    let missing = await this.#missing()
    for (let sinceMs = systemClock.now(); missing.length > 0 && systemClock.now() - sinceMs < ELSEWHERE_MS;) {
      await somethingNew(this.#erased[0]!.document)
      const now = await this.#missing()
      if (now.join() !== missing.join()) sinceMs = systemClock.now()
      missing = now
    }
    return [...new Set(missing)].toSorted()
  }

  /** Relays that have not carried out what was erased through this workspace: once for each document. */
  async #missing(): Promise<string[]> {
    const erasures = await Promise.all(
      this.#erased.map(async ({ document, row }) => (await document.erasures()).find((one) => one.row === row)),
    )
    return erasures.flatMap((erasure) => erasure?.missing ?? [])
  }

  /** Leaves the relay, or stops the one that was started. */
  async close(): Promise<void> {
    await this.#replica.close()
    await this.#node?.close()
  }

  /** A document, with everything that the relay has. @throws CommandError `failure` when the relay is silent, or does not open it: then the cause is its code. */
  async open(documentId: string): Promise<ReplicaDocument> {
    const document = await this.#replica.open(documentId)
    await this.#patiently(document, () => document.status.synced)
    return document
  }

  /**
   * A document, with everything that the relay and those that it is linked with have: one that holds only what is used asks the others first.
   * @throws CommandError as `open`; `failure` when a relay that may have more is out of reach.
   */
  async openWhole(documentId: string): Promise<ReplicaDocument> {
    const document = await this.open(documentId)
    await this.#patiently(document, () => document.status.synced && !document.status.relayAwaits)
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
      let online: boolean | undefined
      const wait = (): void => {
        clearTimeout(silence)
        silence = setTimeout(
          () => settle(new CommandError("failure", this.#silenceAbout(document))),
          online === true ? PATIENCE_MS : CONNECT_MS,
        )
      }
      const look = (): void => {
        // Attempts that fail are no progress: only a connection that comes or goes begins the wait anew.
        const now = this.#replica.status.connection === "online"
        if (now !== online) {
          online = now
          wait()
        }
        const { mayWrite, waitingRows } = document.status
        // What may not be written is not sent, and would wait for ever.
        const rejected = document.status.rejected ?? (mayWrite === false && waitingRows > 0 ? "forbidden" : undefined)
        const { connection, code } = this.#replica.status
        if (rejected !== undefined) settle(rejection(document, rejected))
        else if (connection === "refused") settle(new CommandError("failure", refusal(code)))
        else if (holds()) settle()
      }
      const progress = (): void => {
        wait()
        look()
      }
      stops.push(document.subscribe(progress), this.#replica.subscribe(look))
      look()
    })
  }

  #silenceAbout({ documentId, status }: ReplicaDocument): string {
    return status.synced && status.relayAwaits
      ? `The relay has not got all of ${documentId}, and does not reach a relay that may have it. Call this again when they are linked.`
      : this.#silence()
  }

  #silence(): string {
    return `No relay answers at ${this.#address}. Is it running there?`
  }
}

/** Closes documents. */
export async function closeAll(documents: Iterable<ReplicaDocument>): Promise<void> {
  for (const document of documents) await document.close()
}

function onlyRelay(call: Call): string | undefined {
  const [address, second] = call.list("relay")
  if (second !== undefined) throw new CommandError("usage", "This command talks to one relay: name one with --relay.")
  return address
}

function onlyWorkspace(call: Call): string {
  const [name, second] = call.list("workspace")
  if (second !== undefined) throw new CommandError("usage", "This command is about one workspace: name one with --workspace.")
  // A command that knows no workspaces, as erase, asks for none.
  return name!
}

/** Resolves when something about `document` has changed, and after a second at the latest. */
function somethingNew(document: ReplicaDocument): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, 1000)
    const stop = document.subscribe(done)
    function done(): void {
      clearTimeout(timer)
      stop()
      resolve()
    }
  })
}

/** A relay on a folder, for this command alone. */
function openFolder(data: string): Promise<RelayNode> {
  return openRelayNode({ data, host: "127.0.0.1", port: 0, links: settingsAlone(data), journal: () => undefined })
}

/** That the relay does not open a document, or takes nothing for it; its cause is the code. */
function rejection({ documentId, status }: ReplicaDocument, code: string): CommandError {
  const said =
    code !== "forbidden"
      ? `The relay refused ${documentId}: ${code}.`
      : status.mayWrite === false
        ? `Your token reads ${documentId}, and may not write there (forbidden).`
        : `Your token does not open ${documentId} (forbidden).`
  return new CommandError("failure", said, { cause: code })
}

/** That the relay does not take this connection, and what can be done about it. */
function refusal(code: string | undefined): string {
  const said = `The relay refused the connection: ${code ?? "no reason given"}.`
  return code === "unauthenticated" ? `${said} It asks for a token that it knows: give one in POLYLOGUE_TOKEN, or with --token.` : said
}
