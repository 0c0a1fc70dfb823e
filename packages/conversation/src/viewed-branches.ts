import type * as Y from "yjs"
import { SCHEMA_VERSION } from "./conversation-layout.ts"
import { ConversationError } from "./conversation-error.ts"
import { isSegment } from "./document-id.ts"
import { type Listener, Listeners } from "./listeners.ts"
import { KeyIndex } from "./record-key.ts"
import { readRegister } from "./register.ts"
import { RegisterWriter, type RegisterWriterOptions } from "./register-writer.ts"
import { isSegmentNumber } from "./segment.ts"
import type { BranchChoices } from "./visible-line.ts"

/** Most choices kept of a conversation; of more the latest stay. */
export const MAX_CHOICES = 500

/** Which branches a person looks at in a conversation. */
export interface BranchView {
  /** The alternatives they chose. */
  readonly choices: BranchChoices
  /** The end of the line that they see and the segment in which it stands, where that is not the newest one; else null. */
  readonly tip: { readonly id: string; readonly segment: number } | null
}

/** The view of somebody who chose nothing: the newest line. */
export const NEWEST_VIEW: BranchView = Object.freeze({ choices: new Set<string>(), tip: null })

/**
 * Which branches one person looks at, in their private document, so that it is the same after a reload and on all their devices: one top-level map
 * `branches`, registers `<conversation id>/view/<writer>` of `{ choices, tip }`.
 */
export class ViewedBranches {
  readonly #ydoc: Y.Doc
  readonly #registers: RegisterWriter
  readonly #index: KeyIndex
  readonly #listeners = new Listeners()
  readonly #views = new Map<string, BranchView>()
  readonly #changed = new Set<string>()
  readonly #detach: (() => void)[]

  /** Attaches to `ydoc`, a private document, which stays the caller's. @throws TypeError when `options.writer` is not the name of a writer. */
  constructor(ydoc: Y.Doc, options: RegisterWriterOptions) {
    this.#ydoc = ydoc
    this.#registers = new RegisterWriter(ydoc, options)
    const branches = ydoc.getMap<unknown>("branches")
    this.#index = new KeyIndex(branches)
    const observer = (event: Y.YMapEvent<unknown>): void => {
      for (const key of event.keysChanged) this.#changed.add(this.#index.add(key))
    }
    const flush = (): void => {
      const changed = [...this.#changed]
      this.#changed.clear()
      for (const id of changed) this.#views.delete(id)
      for (const id of changed) this.#listeners.notify(id)
    }
    branches.observe(observer)
    ydoc.on("afterTransaction", flush)
    this.#detach = [(): void => branches.unobserve(observer), (): void => ydoc.off("afterTransaction", flush)]
  }

  /** What this person looks at in a conversation, as they set it last on any device; the same object until it changes. */
  get(conversationId: string): BranchView {
    const known = this.#views.get(conversationId)
    if (known !== undefined) return known
    const view = readView(readRegister(this.#index, conversationId, "view")[0]?.value)
    this.#views.set(conversationId, view)
    return view
  }

  /** Whether anything was ever set for a conversation. */
  has(conversationId: string): boolean {
    return readRegister(this.#index, conversationId, "view").length > 0
  }

  /** Sets what this person looks at; the 500 latest choices are kept. Writes nothing when it is so already. @throws ConversationError `bad-id`. */
  set(conversationId: string, { choices, tip }: BranchView): void {
    const valid: boolean = isSegment(conversationId)
    if (!valid) throw new ConversationError("bad-id", `${JSON.stringify(conversationId.slice(0, 80))} cannot be the id of a conversation`)
    const kept = [...choices].slice(-MAX_CHOICES)
    const value = { choices: kept, tip: tip === null ? null : { id: tip.id, segment: tip.segment } }
    const before = this.get(conversationId)
    if (JSON.stringify({ choices: [...before.choices], tip: before.tip }) === JSON.stringify(value)) return
    this.#registers.transact("view", () => {
      const meta = this.#ydoc.getMap<unknown>("meta")
      if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
      this.#registers.set("view", this.#index, [conversationId, "view"], value)
    })
  }

  /** Calls `listener` after each transaction that changed what is looked at in a conversation. Returns the unsubscription. */
  subscribe(conversationId: string, listener: Listener): () => void {
    return this.#listeners.add(conversationId, listener)
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
  }
}

/** The view in a stored value; of what has another form nothing. */
function readView(value: unknown): BranchView {
  if (typeof value !== "object" || value === null) return NEWEST_VIEW
  const { choices, tip } = value as { choices?: unknown; tip?: unknown }
  const chosen = Array.isArray(choices) ? choices.slice(-MAX_CHOICES).filter((id) => typeof id === "string") : []
  return { choices: new Set(chosen), tip: readTip(tip) }
}

function readTip(value: unknown): BranchView["tip"] {
  if (typeof value !== "object" || value === null) return null
  const { id, segment } = value as { id?: unknown; segment?: unknown }
  return typeof id === "string" && isSegmentNumber(segment) ? { id, segment } : null
}
