import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import {
  indexDocumentId,
  labelKey,
  MAIN_DRAFT,
  Prompt,
  promptCards,
  promptDocumentId,
  promptNameKey,
  type PromptContent,
  versionsKey,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { isWithin, mintId, type VersionVector } from "@polylogue/protocol"
import type { Permission, RelayRegisters } from "@polylogue/relay"
import { MemoryEntryLog } from "@polylogue/storage"
import * as Y from "yjs"
import { PromptCatalogue } from "../src/prompt-catalogue.ts"
import { promptEndpoint } from "../src/prompt-endpoint.ts"
import { type PromptJob, type PromptJobResults, runPromptJob } from "../src/prompt-job.ts"
import { PromptShelf } from "../src/prompt-shelf.ts"

const T0 = 1_780_000_000_000

let seed = 0
const randomBytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => (Math.imul(++seed, 2_654_435_761) >>> 11) & 0xff)
const OPTIONS = { writer: "laptop", author: { id: "ana", kind: "person", name: "Ana" }, now: () => T0, randomBytes }

/** A relay's disk and registers, with prompts on them, and its endpoint. */
export class PromptRelay {
  readonly log = new MemoryEntryLog()
  readonly values = new Map<string, string>()
  readonly failures: string[] = []
  readonly jobs: string[] = []
  readonly clock = { now: 0 }
  /** Awaited before each job. */
  gate: Promise<void> = Promise.resolve()
  readonly #docs = new Map<string, Y.Doc>()
  readonly #start = mintId(randomBytes)
  readonly #seqs = new Map<string, number>()
  #server: Server | undefined

  readonly registers: { -readonly [K in keyof RelayRegisters]: RelayRegisters[K] } = {
    authority: { standing: "here", authorities: [], path: [], dormant: 0 },
    get: (key) => Promise.resolve(this.#register(key)),
    list: (documentId) =>
      Promise.resolve([...this.values.keys()].filter((key) => key.startsWith(`${documentId}#`)).map((key) => this.#register(key))),
  }

  #register(key: string): Awaited<ReturnType<RelayRegisters["get"]>> {
    const value = this.values.get(key) ?? null
    return { key, value, revision: value === null ? null : "0123456789abcdef:1", guarded: false, setAt: 0, principal: "" }
  }

  /** Writes an update to the log of a document, durably. */
  async append(documentId: string, update: Uint8Array): Promise<void> {
    const seq = (this.#seqs.get(documentId) ?? 0) + 1
    this.#seqs.set(documentId, seq)
    const entry = { stamp: { log: this.#start, seq }, row: mintId(randomBytes), receivedAt: T0, principal: "ana", handOver: false, update }
    await this.log.commit([{ type: "append", documentId, items: [{ kind: "entry", entry }] }])
  }

  /** Saves a version of a prompt that says `content`, gives it a number and labels, and the prompt a name. */
  async publish(id: string, name: string, content: Partial<PromptContent>, ...labels: readonly string[]): Promise<string> {
    const documentId = promptDocumentId("home", id)
    const ydoc = this.#docs.get(documentId) ?? new Y.Doc()
    this.#docs.set(documentId, ydoc)
    const before = Y.encodeStateVector(ydoc)
    const prompt = new Prompt(ydoc, OPTIONS)
    prompt.setName(name)
    prompt.applyContent(MAIN_DRAFT, { kind: "chat", slots: [], variables: {}, config: {}, ...content })
    const versionId = prompt.saveVersion(MAIN_DRAFT, { message: `for ${labels.join(" and ")}` })
    prompt.destroy()
    await this.append(documentId, Y.encodeStateAsUpdate(ydoc, before))
    const numbers = JSON.parse(this.values.get(versionsKey(documentId)) ?? "[]") as string[]
    this.values.set(versionsKey(documentId), JSON.stringify([...numbers, versionId.slice(0, 16)]))
    this.values.set(promptNameKey("home", name), id)
    for (const label of labels) this.values.set(labelKey(documentId, label), versionId)
    return versionId
  }

  /** Gives prompts tags in the index. */
  async tag(tags: Readonly<Record<string, readonly string[]>>): Promise<void> {
    const ydoc = new Y.Doc()
    const cards = promptCards(new WorkspaceIndex(ydoc, OPTIONS))
    for (const [id, names] of Object.entries(tags)) {
      cards.create({ id })
      for (const name of names) cards.addTag(id, name)
    }
    await this.append(indexDocumentId("home"), Y.encodeStateAsUpdate(ydoc))
  }

  /** Answers over HTTP to whoever may read what is at or below `grants`. */
  async serve(grants: readonly string[] = ["home"]): Promise<string> {
    await this.log.open()
    const shelf = new PromptShelf({
      log: this.log,
      run: async <J extends PromptJob>(job: J) => {
        this.jobs.push(job.kind)
        await this.gate
        return runPromptJob(job) as PromptJobResults[J["kind"]]
      },
      now: () => this.clock.now,
      failed: (documentId) => void this.failures.push(documentId),
    })
    const waitFor = async (documentId: string): Promise<VersionVector> => (await this.log.head(documentId)).vector
    const endpoint = promptEndpoint(new PromptCatalogue(this.registers, shelf), { waitFor, bring: () => Promise.resolve(true) }, () => T0)
    const may = (documentId: string): Permission => (grants.some((path) => isWithin(documentId, path)) ? "read" : "none")
    const reaches = (prefix: string): boolean => grants.some((path) => isWithin(path, prefix) || isWithin(prefix, path))
    const visitor = { name: "ana", operator: false, may, reaches, mayBlobs: () => "none" as const }
    this.#server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(`http://relay${request.url}`)
      void endpoint.answer({ request, response, path: decodeURIComponent(pathname), query: searchParams, visitor })
    }).listen(0, "127.0.0.1")
    await once(this.#server, "listening")
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/prompts`
  }

  close(): void {
    this.#server?.closeAllConnections()
    this.#server?.close()
  }
}
