import { promptCards, type PromptContent, PromptView, WorkspaceIndex } from "@polylogue/conversation"
import * as Y from "yjs"

/*
 * What is read of documents for answers over HTTP. It is done in a worker: a document is made by people, and may be large, or made to be slow.
 */

/** Reads a prompt's document, or the cards of prompts in a workspace's index. `updates` are all of its log, in order. */
export type PromptJob =
  | { readonly kind: "prompt"; readonly updates: readonly Uint8Array[] }
  | { readonly kind: "tags"; readonly updates: readonly Uint8Array[] }

/** A prompt as the relay has it. Texts are JSON: only those that are asked for are taken apart. */
export interface PromptDigest {
  /** By the id of the version. */
  readonly versions: ReadonlyMap<string, VersionDigest>
  /** Each content once, however many versions say it, so that the digest is no larger than the document. */
  readonly contents: readonly string[]
}

/** A version as the relay has it. */
export interface VersionDigest {
  /** JSON of its author, message and time. */
  readonly about: string
  /** The place of its content among the contents. */
  readonly content: number
}

/** What is answered for a job. */
export interface PromptJobResults {
  readonly prompt: PromptDigest
  /** Tags by the id of the prompt. */
  readonly tags: ReadonlyMap<string, readonly string[]>
}

/** Does one job. @throws whatever Yjs says to updates that are none. */
export function runPromptJob(job: PromptJob): PromptJobResults[PromptJob["kind"]] {
  const ydoc = new Y.Doc()
  try {
    ydoc.transact(() => {
      for (const update of job.updates) Y.applyUpdate(ydoc, update)
    })
    return job.kind === "prompt" ? readPrompt(ydoc) : readTags(ydoc)
  } finally {
    ydoc.destroy()
  }
}

function readPrompt(ydoc: Y.Doc): PromptDigest {
  const view = new PromptView(ydoc)
  const versions = new Map<string, VersionDigest>()
  const places = new Map<PromptContent, number>()
  for (const { id } of view.getVersions()) {
    // One whose content is not what its id says is none.
    const version = view.getVersion(id)
    if (version === undefined) continue
    const { content, author, message, createdAt } = version
    const place = places.get(content) ?? places.size
    places.set(content, place)
    versions.set(id, { about: JSON.stringify({ author, message, createdAt }), content: place })
  }
  return { versions, contents: [...places.keys()].map((content) => JSON.stringify(content)) }
}

function readTags(ydoc: Y.Doc): ReadonlyMap<string, readonly string[]> {
  const index = new WorkspaceIndex(ydoc, { writer: "relay", now: () => 0, randomBytes: (length) => new Uint8Array(length) })
  const cards = promptCards(index)
  return new Map([...cards.getCards(), ...cards.getDeletedCards()].map(({ id, tags }) => [id, tags]))
}
