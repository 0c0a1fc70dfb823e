import type { Replica, ReplicaErrorCode } from "@polylogue/replica"
import { extractText, type RetrievalErrorCode } from "@polylogue/retrieval"
import type { AttachedFile, FileText } from "./context-types.ts"

/** Largest attachment that is read, in bytes. */
export const MAX_ATTACHMENT_BYTES = 16 * 1024 * 1024
/** Texts of attachments that are kept, in UTF-16 units; then those that were not wanted for longest go. */
const MAX_KEPT_CHARACTERS = 4_000_000

const WHY_NOT_HERE: Readonly<Partial<Record<ReplicaErrorCode, string>>> = {
  "not-found": "its bytes have not come to the relay",
  erased: "it was erased",
  forbidden: "the responder may not read it",
}
const WHY_UNREAD: Readonly<Record<RetrievalErrorCode, string>> = {
  unreadable: "it is damaged, or not what its name says",
  unsupported: "files of its kind are not read",
  locked: "it is locked with a password",
  empty: "it holds no text",
  "too-large": "it is too large",
}
const UNREAD_KINDS: readonly (readonly [start: string, noun: string])[] = [
  ["image/", "a picture"],
  ["audio/", "a recording"],
  ["video/", "a video"],
]

/** Reads attachments of a workspace as text. What it gives depends on the file alone, but for one that is not here. */
export class FileReader {
  readonly #blobs: Pick<Replica["blobs"], "get">
  readonly #workspace: string
  readonly #kept = new Map<string, string>()
  #keptCharacters = 0

  constructor(blobs: Pick<Replica["blobs"], "get">, workspace: string) {
    this.#blobs = blobs
    this.#workspace = workspace
  }

  /** What a file says, or why that is not known; never rejects. */
  async read(file: AttachedFile): Promise<FileText> {
    const { sha256, name, mediaType } = file
    const noun = UNREAD_KINDS.find(([start]) => mediaType.startsWith(start))?.[1]
    if (noun !== undefined) return { problem: `it is ${noun}` }
    if (sha256 === null) return { problem: "only its address is known, which is not followed" }
    // A page and a text of the same bytes read differently, so the name counts as well.
    const key = JSON.stringify([sha256, name, mediaType])
    const known = this.#kept.get(key)
    if (known !== undefined) {
      this.#keep(key, known)
      return { text: known }
    }
    try {
      const bytes = await this.#blobs.get(this.#workspace, sha256)
      if (bytes.length > MAX_ATTACHMENT_BYTES) return { problem: `it has more than ${MAX_ATTACHMENT_BYTES / 1024 / 1024} MiB` }
      const { text } = await extractText({ bytes, name, mime: mediaType })
      this.#keep(key, text)
      return { text }
    } catch (error) {
      return { problem: whyNot(error) }
    }
  }

  #keep(key: string, text: string): void {
    this.#keptCharacters += text.length - (this.#kept.get(key)?.length ?? 0)
    this.#kept.delete(key)
    this.#kept.set(key, text)
    for (const [oldest, old] of this.#kept) {
      if (this.#keptCharacters <= MAX_KEPT_CHARACTERS) break
      this.#kept.delete(oldest)
      this.#keptCharacters -= old.length
    }
  }
}

function whyNot(error: unknown): string {
  if (error instanceof RangeError) return "what names it is no hash"
  const code = (error as { readonly code?: unknown }).code
  return WHY_NOT_HERE[code as ReplicaErrorCode] ?? WHY_UNREAD[code as RetrievalErrorCode] ?? "it cannot be had at the moment"
}
