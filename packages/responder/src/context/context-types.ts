import type { MessagePrompt, PromptContent } from "@polylogue/conversation"
import type { ModelMessage } from "../models/model-message.ts"
import type { FoundPassage } from "../sources/source-shelf.ts"

/** A file as a part of a message names it; from outside. */
export interface AttachedFile {
  /** Hash of the blob; null where the message has an address only, which is not followed. */
  readonly sha256: string | null
  readonly name: string
  readonly mediaType: string
}

/** What a file says, or why that is not known: for people and the model. */
export type FileText = { readonly text: string } | { readonly problem: string }

/** What a context is made with. */
export interface ContextOptions {
  /** How many tokens it may take, by `estimateTokens`: what the model takes, less the answer and a tenth for the estimate's error. 1 or more. */
  readonly budgetTokens: number
  /** What the model is told where the ask names no prompt. Default nothing. */
  readonly system?: string
  /** The content of a published version; undefined when it is not there, or not what its id is the hash of. */
  readonly readPrompt: (prompt: MessagePrompt) => Promise<PromptContent | undefined>
  /** What a file says. Never rejects. */
  readonly readFile: (file: AttachedFile) => Promise<FileText>
  /** What was found in sources for the question, best first; the model may cite them by their numbers. Default none. */
  readonly passages?: readonly FoundPassage[]
  /** Id of the record of that search. */
  readonly retrieval?: string
  /** Names of the tools that the model may call: earlier calls of others are left out, for no model knows them. Default none. */
  readonly tools?: ReadonlySet<string>
}

/** A file of the line, and what became of it. */
export interface FileRecord {
  readonly name: string
  readonly hash: string | null
  /** UTF-16 units of it that the model was given. */
  readonly characters: number
  /** Why it is not there, or not whole; null when it is. */
  readonly problem: string | null
}

/** What a context was made of, as plain JSON: it stands with the answer. */
export interface ContextRecord {
  /** The messages of the line that are in it: ids of the first and last, how many, how many older ones were cut off for want of room, how many are left out by rule. */
  readonly messages: {
    readonly first: string
    readonly last: string
    readonly count: number
    readonly cutOff: number
    readonly leftOut: number
  }
  readonly prompt: { readonly promptId: string; readonly versionId: string } | null
  readonly files: readonly FileRecord[]
  /** How many passages were given, of those found. */
  readonly passages: number
  readonly retrieval: string | null
  /** As estimated, and the room there was. */
  readonly tokens: number
  readonly budget: number
  /** How often it was shortened because the model said that it was too long. */
  readonly shrunk: number
  /** SHA-256 of the messages as canonical JSON, base64url: equal for equal contexts. */
  readonly hash: string
}

/** A piece of a context that is in it whole or not at all. */
export interface ContextPiece {
  /** The message that it is made of. */
  readonly messageId: string
  readonly messages: readonly ModelMessage[]
  readonly files: readonly FileRecord[]
  readonly tokens: number
}

/** All that a context can be made of, before anything is cut off. */
export interface ContextPieces {
  /** What the model is told before all else. */
  readonly instructions: readonly string[]
  /** The other messages of the prompt. */
  readonly opening: readonly ModelMessage[]
  /** What was said before the question, oldest first. */
  readonly history: readonly ContextPiece[]
  readonly question: {
    readonly messageId: string
    readonly text: string
    readonly files: readonly { readonly file: AttachedFile; readonly said: FileText }[]
  }
  readonly passages: readonly FoundPassage[]
  /** Of an answer that goes on: what there is of it, and that it goes on. */
  readonly tail: readonly ModelMessage[]
  readonly leftOut: number
  readonly prompt: ContextRecord["prompt"]
  readonly retrieval: string | null
}

/** What a model is told, and what that was made of. Immutable. */
export interface Context {
  readonly messages: readonly ModelMessage[]
  /** The passages that are in it: `passages[n - 1]` is what the model knows as `[n]`. */
  readonly passages: readonly FoundPassage[]
  readonly record: ContextRecord
  /** For `shrinkContext`. */
  readonly pieces: ContextPieces
}
