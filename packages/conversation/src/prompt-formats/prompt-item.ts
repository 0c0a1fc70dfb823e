import type { ImportPlace, ImportReason } from "../formats/import-item.ts"
import type { JsonObject } from "../formats/json-value.ts"
import type { PromptKind } from "../prompt/prompt-content.ts"
import type { PromptVariable } from "../prompt/variables.ts"
import type { PromptFormatName } from "./prompt-format-table.ts"

/** One message of a prompt, or the place of some, as files have it: without an id. */
export interface PortableSlot {
  readonly role: string
  /** Of a placeholder. */
  readonly name?: string
  readonly text: string
}

/** One version of a prompt as files have it. */
export interface PortableVersion {
  readonly kind: PromptKind
  readonly slots: readonly PortableSlot[]
  readonly variables: Readonly<Record<string, PromptVariable>>
  readonly config: JsonObject
  /** Why it was made; empty when nobody said so. */
  readonly message: string
  /** Milliseconds since 1970; null when the file does not say. */
  readonly createdAt: number | null
  /** Who made it, as the file names them; null when it does not. */
  readonly author: string | null
  /** Labels that stood at it. */
  readonly labels: readonly string[]
  /** Its number where it comes from; null when it has none. */
  readonly number: number | null
  /** Fields that have no place here, by their names there, and the format that they are of: only its files get them back. */
  readonly extra: { readonly of: PromptFormatName; readonly fields: JsonObject } | null
}

/** A prompt as files have it. */
export interface PortablePrompt {
  readonly name: string
  readonly description: string
  readonly tags: readonly string[]
  /** At least one, oldest first. */
  readonly versions: readonly PortableVersion[]
}

/** A prompt as read from a file: plain data, ready to be written by `applyPromptImport`. */
export interface ImportedPrompt extends PortablePrompt {
  /** Its id, the same on every device that reads this input. */
  readonly id: string
  readonly source: PromptFormatName
}

/** One thing found in the input: a prompt to apply, or the report why there is none. */
export type PromptImportItem =
  | { readonly kind: "prompt"; readonly where: ImportPlace; readonly prompt: ImportedPrompt; readonly notices: readonly ImportReason[] }
  | { readonly kind: "report"; readonly report: PromptImportReport }

/** A label that stood at a version in the file. Imports set none: whoever wants it publishes it. */
export interface ImportedLabel {
  readonly label: string
  readonly versionId: string
}

/** What became of one thing found in the input. */
export interface PromptImportReport {
  /**
   * `imported`: something was written; `unchanged`: all of it was here before; `skipped`: it holds no prompt;
   * `failed`: nothing of it was written.
   */
  readonly status: "imported" | "unchanged" | "skipped" | "failed"
  readonly where: ImportPlace
  readonly promptId: string | null
  readonly name: string | null
  /** Versions written, and versions that were here before. */
  readonly versions: { readonly imported: number; readonly unchanged: number }
  /** Ids of the versions of the file, oldest first, whether they were written or were here. */
  readonly versionIds: readonly string[]
  readonly labels: readonly ImportedLabel[]
  /** Why it was skipped or failed. */
  readonly reason: ImportReason | null
  readonly notices: readonly ImportReason[]
}

/** A version that has a text and nothing else, as most formats begin it. */
export const PLAIN_VERSION: Omit<PortableVersion, "slots"> = Object.freeze({
  kind: "text",
  variables: {},
  config: {},
  message: "",
  createdAt: null,
  author: null,
  labels: [],
  number: null,
  extra: null,
})
