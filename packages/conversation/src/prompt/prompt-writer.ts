import type * as Y from "yjs"
import type { ConversationOptions } from "../conversation.ts"
import { SCHEMA_VERSION } from "../conversation-layout.ts"
import { notHere } from "../not-here.ts"
import { recordKey } from "../record-key.ts"
import { readRegister } from "../register.ts"
import { RegisterWriter } from "../register-writer.ts"
import type { PromptDraft } from "./prompt-drafts.ts"
import { type DraftMapName, MAIN_DRAFT } from "./prompt-layout.ts"
import type { PlacedSlot } from "./prompt-slots.ts"
import { PromptView } from "./prompt-view.ts"
import { readSeed, seedText, spareCopies, type TextSeed } from "../text/text-seed.ts"

/** Field of a slot under which each device notes with which characters it began the text. */
const SEED = "seed"

/** How operations on a prompt write: registers above all that is known of them, in one transaction with a tagged origin. */
export class PromptWriter extends PromptView {
  protected readonly options: ConversationOptions
  protected readonly registers: RegisterWriter
  #stopNoticing: (() => void) | undefined
  /** Texts may have been begun twice since this was looked into. */
  #unsettled = true

  /** Attaches to `ydoc`, which stays the caller's. @throws TypeError when `options.writer` is not the name of a writer. */
  constructor(ydoc: Y.Doc, options: ConversationOptions) {
    // Before the view attaches, so that a wrong name leaves nothing behind.
    const registers = new RegisterWriter(ydoc, options)
    super(ydoc)
    this.options = options
    this.registers = registers
    const slots = this.indexes.slots.map
    const noticed = ({ keysChanged }: Y.YMapEvent<unknown>): void => {
      for (const key of keysChanged) if (key.includes(`/${SEED}/`)) this.#unsettled = true
    }
    slots.observe(noticed)
    this.#stopNoticing = (): void => slots.unobserve(noticed)
  }

  override destroy(): void {
    this.#stopNoticing?.()
    this.#stopNoticing = undefined
    super.destroy()
  }

  /** Sets the register at `path`, in a transaction of its own or the one that is open. */
  protected set(map: "meta" | DraftMapName, path: readonly string[], value: unknown): void {
    this.transact(`set-${path.at(-1) ?? map}`, () => this.registers.set(map, this.indexes[map], path, value))
  }

  /** Sets it unless it reads as `value` already. */
  protected setIfOther(map: "meta" | DraftMapName, path: readonly string[], value: unknown, present: unknown): void {
    const [owner = "", ...field] = path
    // What readers make of a missing register is no value that was set: an empty name may be meant.
    if (value !== present || readRegister(this.indexes[map], owner, ...field).length === 0) this.set(map, path, value)
  }

  protected transact(operation: string, write: () => void): void {
    this.registers.transact(operation, () => {
      const meta = this.indexes.meta.map
      if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
      this.#dropCopies()
      write()
    })
  }

  /** Begins the text of a slot that another device may be beginning with the same words. To be called within a transaction. */
  protected beginText(draftId: string, slotId: string, words: string): void {
    const seed = seedText(this.slotText(draftId, slotId), words)
    if (seed !== undefined) this.indexes.slots.map.set(recordKey(draftId, slotId, SEED, this.registers.writer), seed)
  }

  /** Sees to it that what is read next has no text that two devices began, twice. Every operation does so with what it writes. */
  protected settle(): void {
    if (this.#unsettled) this.registers.transact("settle", () => this.#dropCopies())
  }

  #dropCopies(): void {
    if (!this.#unsettled) return
    this.#unsettled = false
    const bySlot = new Map<string, Map<string, TextSeed>>()
    for (const [[slotId = "", field, writer, ...rest], value] of this.indexes.slots.records(MAIN_DRAFT)) {
      const seed = field === SEED && writer !== undefined && rest.length === 0 ? readSeed(value) : undefined
      if (seed === undefined || writer === undefined) continue
      const seeds = bySlot.get(slotId) ?? new Map<string, TextSeed>()
      bySlot.set(slotId, seeds.set(writer, seed))
    }
    for (const [slotId, seeds] of bySlot) {
      if (seeds.size < 2) continue
      const text = this.slotText(MAIN_DRAFT, slotId)
      for (const { from, to } of spareCopies(text, seeds)) text.delete(from, to - from)
    }
  }

  /** @throws ConversationError `unknown-draft`. */
  protected knownDraft(id: string): PromptDraft {
    const draft = this.getDraft(id)
    if (draft === undefined) throw notHere("unknown-draft", "draft", id, "this prompt")
    return draft
  }

  /** @throws ConversationError `unknown-draft`, `unknown-slot`. */
  protected knownSlot(draftId: string, slotId: string): PlacedSlot {
    this.knownDraft(draftId)
    const slot = this.placedSlots(draftId).find(({ id }) => id === slotId)
    if (slot === undefined) throw notHere("unknown-slot", "slot", slotId, "this draft")
    return slot
  }
}
