import * as Y from "yjs"
import {
  type Chunk,
  AnsweringConversation,
  type ConversationView,
  type ConversationOptions,
  MAIN_DRAFT,
  Prompt,
  type RandomBytes,
  Source,
  WorkspaceIndex,
} from "@polylogue/conversation"

/** A seeded generator of numbers in [0, 1) (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value = (value + Math.imul(value ^ (value >>> 7), value | 61)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

export function seededBytes(random: () => number): RandomBytes {
  return (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256))
}

export interface Device {
  readonly ydoc: Y.Doc
  readonly conversation: AnsweringConversation
  readonly clock: { now: number }
}

/** A device with a conversation of its own; `clock.now` is its wall clock. */
export function device(name: string, seed = 1, options: Partial<ConversationOptions> = {}): Device {
  const ydoc = new Y.Doc()
  const clock = { now: 1_700_000_000_000 }
  const conversation = new AnsweringConversation(ydoc, {
    writer: name,
    author: { id: `user-${name}`, kind: "person", name },
    now: () => clock.now,
    randomBytes: seededBytes(seededRandom(seed * 7919 + name.charCodeAt(0))),
    ...options,
  })
  return { ydoc, conversation, clock }
}

export function indexDevice(
  name: string,
  seed = 1,
): { readonly ydoc: Y.Doc; readonly index: WorkspaceIndex; readonly clock: { now: number } } {
  const ydoc = new Y.Doc()
  const clock = { now: 1_700_000_000_000 }
  const index = new WorkspaceIndex(ydoc, {
    writer: name,
    now: () => clock.now,
    randomBytes: seededBytes(seededRandom(seed * 104729 + name.charCodeAt(0))),
  })
  return { ydoc, index, clock }
}

/** Gives each document all that the others have. */
export function sync(...docs: readonly Y.Doc[]): void {
  for (const from of docs) for (const to of docs) if (from !== to) Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))
}

/** A document that a third device loads from `ydoc`. */
export function reload(ydoc: Y.Doc): Y.Doc {
  const fresh = new Y.Doc()
  Y.applyUpdate(fresh, Y.encodeStateAsUpdate(ydoc))
  return fresh
}

/** How many updates `ydoc` emits while `run` runs. */
export function countUpdates(ydoc: Y.Doc, run: () => void): number {
  let count = 0
  const counter = (): void => {
    count++
  }
  ydoc.on("update", counter)
  run()
  ydoc.off("update", counter)
  return count
}

export function linesOf(conversation: ConversationView, choices?: ReadonlySet<string>): string[] {
  return conversation.getLine(choices).map((entry) => conversation.getMessage(entry.id)?.text ?? "?")
}

export interface PromptDevice {
  readonly ydoc: Y.Doc
  readonly prompt: Prompt
  readonly clock: { now: number }
}

/** A device with a prompt of its own; `clock.now` is its wall clock. */
export function promptDevice(name: string, seed = 1, options: Partial<ConversationOptions> = {}): PromptDevice {
  const ydoc = new Y.Doc()
  const clock = { now: 1_700_000_000_000 }
  const prompt = new Prompt(ydoc, {
    writer: name,
    author: { id: `user-${name}`, kind: "person", name },
    now: () => clock.now,
    randomBytes: seededBytes(seededRandom(seed * 7919 + name.charCodeAt(0))),
    ...options,
  })
  return { ydoc, prompt, clock }
}

/** What the slots of a draft say, removed ones left out. */
export function slotTexts(prompt: Prompt, draftId = MAIN_DRAFT): string[] {
  return prompt.getContent(draftId).slots.map(({ text }) => text)
}

export interface SourceDevice {
  readonly ydoc: Y.Doc
  readonly source: Source
  readonly clock: { now: number }
}

/** A device with a source of its own; `clock.now` is its wall clock. */
export function sourceDevice(name: string, ydoc = new Y.Doc()): SourceDevice {
  const clock = { now: 1_700_000_000_000 }
  const source = new Source(ydoc, {
    writer: name,
    author: { id: `user-${name}`, kind: "person", name },
    now: () => clock.now,
    randomBytes: seededBytes(seededRandom(name.charCodeAt(0))),
  })
  return { ydoc, source, clock }
}

/** `words` cut into its lines, as chunks. */
export function lineChunks(words: string): Chunk[] {
  const chunks: Chunk[] = []
  for (const { 0: text, index } of words.matchAll(/[^\n]+/gu)) chunks.push({ start: index, end: index + text.length, text })
  return chunks
}
