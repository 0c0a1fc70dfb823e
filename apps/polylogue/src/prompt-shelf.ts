import type { EntryLog } from "@polylogue/storage"
import { readUpdates } from "./document-updates.ts"
import type { PromptDigest, PromptJob, PromptJobResults } from "./prompt-job.ts"

/** Most bytes of a document that is read for an answer. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
/** Most characters of what was read of prompts, kept for the next answer. */
const MAX_KEPT_LENGTH = 64 * 1024 * 1024
/** Most documents that wait to be read; one more is told to come again. */
export const MAX_WAITING = 64
/** Milliseconds for which the tags of a workspace are taken as they were: its index changes with every message of every conversation. */
const TAGS_FRESH_MS = 10_000
/** Most workspaces whose tags are kept. */
const MAX_TAGGED = 100

/** Why a document cannot be read: `busy` goes by; `too-large` and `unreadable` last until it changes. */
export type ShelfProblem = "busy" | "too-large" | "unreadable"

/** What the shelf reads from, and by. */
export interface PromptShelfOptions {
  readonly log: EntryLog
  readonly run: <J extends PromptJob>(job: J) => Promise<PromptJobResults[J["kind"]]>
  /** Milliseconds since any moment; goes on evenly. */
  readonly now: () => number
  /** Told of a document that cannot be read. */
  readonly failed: (documentId: string, error: unknown) => void
}

interface Kept {
  readonly state: string
  readonly digest: Promise<PromptDigest | ShelfProblem>
  length: number
}

/** What was read of prompts' documents, each until its document changes, those used last kept longest. Reads nothing but what is durable. */
export class PromptShelf {
  readonly #options: PromptShelfOptions
  readonly #kept = new Map<string, Kept>()
  readonly #tags = new Map<string, { readonly at: number; readonly tags: Promise<ReadonlyMap<string, readonly string[]>> }>()
  #length = 0
  #waiting = 0
  #last = Promise.resolve()

  constructor(options: PromptShelfOptions) {
    this.#options = options
  }

  /** The prompt in a document as it is on disk now. */
  async prompt(documentId: string): Promise<PromptDigest | ShelfProblem> {
    const { head, resets } = await this.#options.log.head(documentId)
    const state = `${resets}:${head}`
    const known = this.#kept.get(documentId)
    this.#forget(documentId)
    if (known?.state === state) {
      this.#keep(documentId, known)
      return known.digest
    }
    if (this.#waiting >= MAX_WAITING) return "busy"
    const kept: Kept = { state, digest: this.#read(documentId, "prompt"), length: 0 }
    this.#keep(documentId, kept)
    const digest = await kept.digest
    if (this.#kept.get(documentId) !== kept) return digest
    this.#forget(documentId)
    // What goes by is asked anew.
    if (digest !== "busy") this.#keep(documentId, { ...kept, length: lengthOf(digest) })
    return digest
  }

  /** The tags of the prompts of a workspace, up to ten seconds old; none while they cannot be read. */
  tags(workspaceIndex: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const now = this.#options.now()
    const known = this.#tags.get(workspaceIndex)
    if (known !== undefined && now - known.at < TAGS_FRESH_MS) return known.tags
    if (this.#waiting >= MAX_WAITING) return known?.tags ?? Promise.resolve(new Map())
    const tags = this.#read(workspaceIndex, "tags").then((read) => (typeof read === "string" ? new Map<string, readonly string[]>() : read))
    this.#tags.delete(workspaceIndex)
    this.#tags.set(workspaceIndex, { at: now, tags })
    const [oldest] = this.#tags.keys()
    if (this.#tags.size > MAX_TAGGED && oldest !== undefined) this.#tags.delete(oldest)
    return tags
  }

  /** One after the other, the way from the disk included: of the documents that wait only one is in memory. */
  async #read<K extends PromptJob["kind"]>(documentId: string, kind: K): Promise<PromptJobResults[K] | ShelfProblem> {
    this.#waiting++
    const before = this.#last
    let ended = (): void => undefined
    this.#last = new Promise((resolve) => (ended = resolve))
    try {
      await before
      const read = await readUpdates(this.#options.log, documentId, MAX_DOCUMENT_BYTES)
      if (read === "too-large") return "too-large"
      return (await this.#options.run({ kind, updates: read.updates })) as PromptJobResults[K]
    } catch (error) {
      this.#options.failed(documentId, error)
      return "unreadable"
    } finally {
      this.#waiting--
      ended()
    }
  }

  #keep(documentId: string, kept: Kept): void {
    this.#kept.set(documentId, kept)
    this.#length += kept.length
    for (const oldest of this.#kept.keys()) {
      if (this.#length <= MAX_KEPT_LENGTH || oldest === documentId) break
      this.#forget(oldest)
    }
  }

  #forget(documentId: string): void {
    this.#length -= this.#kept.get(documentId)?.length ?? 0
    this.#kept.delete(documentId)
  }
}

/** A document of few words is not free either: its id and its place take some room. */
const LEAST_LENGTH = 1_024

function lengthOf(digest: PromptDigest | ShelfProblem): number {
  if (typeof digest === "string") return LEAST_LENGTH
  const about = [...digest.versions.values()].reduce((sum, version) => sum + version.about.length, LEAST_LENGTH)
  return digest.contents.reduce((sum, { length }) => sum + length, about)
}
