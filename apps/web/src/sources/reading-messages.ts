import type { Chunk, ExtractedText } from "@polylogue/retrieval"

/** What the page asks the worker that reads files: one thing a worker. */
export type ToReader =
  | { readonly type: "file"; readonly bytes: Uint8Array; readonly name: string; readonly mime: string }
  | { readonly type: "text"; readonly text: string; readonly pages: ExtractedText["pages"] }

/** A text with its passages. */
export interface ReadText extends ExtractedText {
  readonly chunks: readonly Chunk[]
  /** How the passages were cut, as it is noted with them. */
  readonly config: Readonly<Record<string, unknown>>
}

export type FromReader =
  | { readonly type: "progress"; readonly page: number; readonly pages: number }
  | { readonly type: "done"; readonly read: ReadText }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
