import type { StoredMessage } from "../stored-message.ts"
import type { ImportedBlob } from "./imported-blobs.ts"

/** A file to import, read by the caller: bytes, or the text if it is decoded already. */
export interface ImportFile {
  /** For reports; not opened. */
  readonly name: string
  readonly content: string | Uint8Array
}

/** Where in the input something stands. */
export interface ImportPlace {
  readonly file: string
  /** `line 3`, `[2]`, `conversations[2]`; the empty string for the file as a whole. */
  readonly position: string
}

/**
 * Why something was not imported, or what is noteworthy about it. Codes are API, texts are not.
 *
 * `bad-encoding`, `not-json`, `too-deep`, `too-large`, `unknown-format`, `unsupported-version`, `bad-message`, `bad-record`,
 * `bad-id`: nothing of the item was written. `not-conversations`, `empty`: there was nothing to write.
 * `bad-hash`: bytes that are not what their name says, which are not taken.
 * `escaped-text`, `missing-parent`, `in-trash`, `other-text`, `erased`, `no-bytes`: notices about something that was imported, or left
 * out because it was erased here for good. Of prompts, `same-name`: another one has its name; `reshaped`: something has another form here.
 */
export type ImportCode =
  | "bad-encoding"
  | "not-json"
  | "too-deep"
  | "too-large"
  | "unknown-format"
  | "unsupported-version"
  | "bad-message"
  | "bad-record"
  | "bad-id"
  | "not-conversations"
  | "empty"
  | "escaped-text"
  | "missing-parent"
  | "in-trash"
  | "other-text"
  | "erased"
  | "no-bytes"
  | "bad-hash"
  | "same-name"
  | "reshaped"

/** Why something was skipped or failed, or what is noteworthy about it. Programs compare `code`; `message` may change. */
export interface ImportReason {
  readonly code: ImportCode
  /** For people. */
  readonly message: string
}

/** A conversation as read from a file: plain data, ready to be written by `applyImport`. */
export interface ImportedConversation {
  /** Its id, the same on every device that reads this input. */
  readonly id: string
  readonly source: string
  readonly title: string
  /** A person gave the title, as far as the source says. */
  readonly titled: boolean
  readonly createdAt: number | null
  /** Clock of its latest message. */
  readonly lastActivity: number
  /** Beginning of its latest message that people read. */
  readonly snippet: string
  /** Parents before children where the source's links allow it. */
  readonly messages: readonly StoredMessage[]
  /** Further values by top-level map and key. */
  readonly records: ReadonlyMap<string, ReadonlyMap<string, unknown>>
  /**
   * Bytes that stood in the input itself; parts name them by their `sha256`. They go to where blobs rest BEFORE the conversation
   * is written, so that no device ever reads of a file that nobody has.
   */
  readonly blobs?: readonly ImportedBlob[]
  /** What the source's list of conversations says of it, for the card of one that is new here. */
  readonly card?: ImportedCard
}

/** Where a source's list had a conversation. */
export interface ImportedCard {
  readonly pinned?: boolean
  readonly archived?: boolean
  readonly tags?: readonly string[]
  /** Name of the folder, or project, it stood in; a list names all folders on the way to it, from the root on. */
  readonly folder?: string | readonly string[]
  /** It stood among the deleted ones. */
  readonly deleted?: boolean
}

/** One thing found in the input: a conversation to apply, or the report why there is none. */
export type ImportItem =
  | {
      readonly kind: "conversation"
      readonly where: ImportPlace
      readonly conversation: ImportedConversation
      readonly notices: readonly ImportReason[]
    }
  | { readonly kind: "report"; readonly report: ImportReport }

/** What became of one thing found in the input. */
export interface ImportReport {
  /**
   * `imported`: something was written; `unchanged`: all of it was here before; `skipped`: it holds no conversation;
   * `failed`: nothing of it was written.
   */
  readonly status: "imported" | "unchanged" | "skipped" | "failed"
  readonly where: ImportPlace
  readonly conversationId: string | null
  readonly title: string | null
  /** Messages written, and messages that were here before. */
  readonly messages: { readonly imported: number; readonly unchanged: number }
  /** Why it was skipped or failed. */
  readonly reason: ImportReason | null
  readonly notices: readonly ImportReason[]
}

/** Thrown within the importers for input that cannot be imported; becomes a report. */
export class ImportProblem extends Error {
  readonly status: "skipped" | "failed"
  readonly code: ImportCode

  constructor(code: ImportCode, message: string, status: "skipped" | "failed" = "failed") {
    super(message)
    this.code = code
    this.status = status
  }
}

/** The report of an item that is not written. */
export function problemReport(where: ImportPlace, problem: ImportProblem, title: string | null = null): ImportReport {
  const { status, code, message } = problem
  return { status, where, conversationId: null, title, messages: { imported: 0, unchanged: 0 }, reason: { code, message }, notices: [] }
}
