import { ConversationError } from "../conversation-error.ts"
import { mintId } from "../identifier.ts"
import { orderBetween } from "../order-key.ts"
import { recordKey } from "../record-key.ts"
import { wellFormed } from "../well-formed.ts"
import { applyContent } from "./apply-content.ts"
import { MAX_CONFIG_KEYS, MAX_SLOTS, MAX_VARIABLES, type PromptContent, type PromptKind } from "./prompt-content.ts"
import { MAX_DRAFT_NAME_LENGTH, MAX_DRAFTS } from "./prompt-drafts.ts"
import { MAIN_DRAFT } from "./prompt-layout.ts"
import { PromptDiscussion } from "./prompt-discussion.ts"
import {
  boundedField,
  boundedJson,
  boundedLine,
  boundedText,
  boundedVariable,
  MAX_DESCRIPTION_LENGTH,
  MAX_PROMPT_NAME_LENGTH,
} from "./prompt-limits.ts"
import { textDigest } from "../text/text-digest.ts"
import { MAX_PARENTS } from "./prompt-versions.ts"
import { saveContent } from "./save-content.ts"
import { editText } from "../text/text-edit.ts"
import type { PromptVariable } from "./variables.ts"

/** A slot that is about to be added. */
export interface NewSlot {
  /** A `SlotRole`, or another one. */
  readonly role: string
  /** Of a placeholder: what is to be filled in. */
  readonly name?: string
  readonly text?: string
  /** The slot it comes after; null for the first place, left out for the last. */
  readonly after?: string | null
}

/**
 * A prompt with the operations on it. Each is one Yjs transaction with a `ConversationOrigin`, and none reads a record, changes it and writes it back.
 * Nothing takes anybody's text away: what is removed is kept and can be restored.
 */
export class Prompt extends PromptDiscussion {
  /**
   * Makes a new prompt of an empty document: its kind, and in `main` one slot to write in. What is there already stays as it is. Two devices that do so
   * make the same slot, and of the same `text` one copy stays, see `text-seed.ts`.
   */
  create(fields: { readonly kind?: PromptKind; readonly name?: string; readonly description?: string; readonly text?: string } = {}): void {
    const { kind = "chat", name, description, text } = fields
    this.transact("create", () => {
      const isNew = this.placedSlots(MAIN_DRAFT).length === 0
      if (isNew) this.set("meta", ["kind"], kind)
      if (name !== undefined) this.setName(name)
      if (description !== undefined) this.setDescription(description)
      if (!isNew) return
      this.#noteMade(MAIN_DRAFT)
      const slotId = kind === "text" ? "text" : "system"
      this.#placeSlot(MAIN_DRAFT, slotId, { role: kind === "text" ? "user" : "system" }, FIRST_PLACE)
      if (text !== undefined && this.getText(MAIN_DRAFT, slotId) === "") this.beginText(MAIN_DRAFT, slotId, text)
    })
  }

  /** Gives the prompt a name, on one line. It is not unique before it is reserved by publishing. @throws ConversationError `too-large` above 100 characters. */
  setName(name: string): void {
    this.setIfOther("meta", ["name"], boundedLine(name, MAX_PROMPT_NAME_LENGTH, "the name of a prompt"), this.getMeta().name)
  }

  /** @throws ConversationError `too-large` above 4000 characters. */
  setDescription(description: string): void {
    const text = boundedText(description, MAX_DESCRIPTION_LENGTH, "the description of a prompt")
    this.setIfOther("meta", ["description"], text, this.getMeta().description)
  }

  /**
   * Adds a slot and returns its id.
   * @throws ConversationError `unknown-draft`; `unknown-slot` for `after`; `too-large` for more than 200 slots, or role or name above 64 characters. RangeError for an
   *   empty role.
   */
  addSlot(draftId: string, slot: NewSlot): string {
    this.knownDraft(draftId)
    const alive = this.placedSlots(draftId).filter(({ removed }) => !removed)
    if (alive.length >= MAX_SLOTS) throw new ConversationError("too-large", `a prompt has at most ${MAX_SLOTS} slots`)
    const id = mintId(this.options.now(), this.options.randomBytes)
    const order = this.#orderAfter(draftId, slot.after)
    this.transact("add-slot", () => {
      this.#placeSlot(draftId, id, slot, order)
      if (slot.text !== undefined) editText(this.slotText(draftId, id), slot.text)
    })
    return id
  }

  /** Puts a slot after another, or with null first. Its text is not touched, so what others type in it meanwhile goes along. @throws ConversationError `unknown-slot`. */
  moveSlot(draftId: string, slotId: string, to: { readonly after: string | null }): void {
    this.knownSlot(draftId, slotId)
    if (to.after !== slotId) this.set("slots", [draftId, slotId, "order"], this.#orderAfter(draftId, to.after, slotId))
  }

  /** Takes a slot out. Its text stays, what others write in it is shown as written after, and `restoreSlot` brings it back. @throws ConversationError `unknown-slot`. */
  removeSlot(draftId: string, slotId: string): void {
    if (!this.knownSlot(draftId, slotId).removed) this.set("slots", [draftId, slotId, "removed"], textDigest(this.getText(draftId, slotId)))
  }

  /** @throws ConversationError `unknown-slot`. */
  restoreSlot(draftId: string, slotId: string): void {
    if (this.knownSlot(draftId, slotId).removed) this.set("slots", [draftId, slotId, "removed"], false)
  }

  /** @throws ConversationError `unknown-slot`; `too-large` above 64 characters. RangeError when it is empty. */
  setRole(draftId: string, slotId: string, role: string): void {
    this.setIfOther("slots", [draftId, slotId, "role"], boundedField(role, "a role"), this.knownSlot(draftId, slotId).role)
  }

  /** Names what is filled in for a placeholder. @throws ConversationError `unknown-slot`; `too-large` above 64 characters. RangeError when it is empty. */
  renamePlaceholder(draftId: string, slotId: string, name: string): void {
    const known = this.knownSlot(draftId, slotId)
    this.setIfOther("slots", [draftId, slotId, "name"], boundedField(name, "the name of a placeholder"), known.name)
  }

  /** Makes a slot say `text`, by the least edits. @throws ConversationError `unknown-slot`. */
  setText(draftId: string, slotId: string, text: string): void {
    this.knownSlot(draftId, slotId)
    if (this.getText(draftId, slotId) !== wellFormed(text)) this.transact("set-text", () => editText(this.slotText(draftId, slotId), text))
  }

  /**
   * Describes a variable, or with null no longer.
   * @throws RangeError for a name or type that is none. ConversationError `unknown-draft`; `too-large` for more than 200 variables, or one above 32 Ki of JSON.
   */
  setVariable(draftId: string, name: string, variable: PromptVariable | null): void {
    this.knownDraft(draftId)
    const value = variable === null ? null : boundedVariable(name, variable)
    this.#setKey("variables", draftId, name, value, this.getVariables(draftId), MAX_VARIABLES)
  }

  /**
   * Sets a key of the model configuration to any JSON, or with null no longer.
   * @throws RangeError for an empty key. ConversationError `unknown-draft`; `too-large` for more than 200 keys, a key above 64 characters, or a value above 32 Ki of JSON.
   */
  setConfig(draftId: string, key: string, value: unknown): void {
    this.knownDraft(draftId)
    const field = boundedField(key, "a key of configuration")
    this.#setKey("config", draftId, field, boundedJson(value ?? null, `configuration ${field}`), this.getConfig(draftId), MAX_CONFIG_KEYS)
  }

  /**
   * Makes a draft of its own from another draft, or from a version, and returns its id. It stands on the same versions as the draft, or on that version.
   * @throws ConversationError `unknown-draft`, `unknown-version`; `too-large` for more than 100 drafts, or a name above 100 characters.
   */
  createDraft(draft: { readonly from: string; readonly name: string }): string {
    this.settle()
    const version = this.getVersion(draft.from)
    const [content, base] =
      version === undefined ? [this.getContent(draft.from), this.knownDraft(draft.from).base] : [version.content, [version.id]]
    const name = boundedLine(draft.name, MAX_DRAFT_NAME_LENGTH, "the name of a draft")
    if (this.getDrafts().length >= MAX_DRAFTS) throw new ConversationError("too-large", `a prompt has at most ${MAX_DRAFTS} drafts`)
    const id = mintId(this.options.now(), this.options.randomBytes)
    this.transact("create-draft", () => {
      this.#noteMade(id)
      this.set("drafts", [id, "name"], name)
      this.#noteBase(id, base)
      this.#apply(id, content)
    })
    return id
  }

  /** @throws ConversationError `unknown-draft`; `too-large` above 100 characters. */
  renameDraft(draftId: string, name: string): void {
    const known = this.knownDraft(draftId)
    this.setIfOther("drafts", [draftId, "name"], boundedLine(name, MAX_DRAFT_NAME_LENGTH, "the name of a draft"), known.name)
  }

  /** Puts a draft away; all in it stays. @throws ConversationError `unknown-draft`. */
  closeDraft(draftId: string): void {
    this.setIfOther("drafts", [draftId, "closed"], true, this.knownDraft(draftId).closed)
  }

  /** @throws ConversationError `unknown-draft`. */
  reopenDraft(draftId: string): void {
    this.setIfOther("drafts", [draftId, "closed"], false, this.knownDraft(draftId).closed)
  }

  /**
   * Saves what a draft says at this moment as a version and returns its id; the draft stands on it from then on. Made from all that the draft stood on.
   * @throws ConversationError `unknown-draft`; `too-large` as `contentJson`, with nothing written.
   */
  saveVersion(draftId: string, { message }: { readonly message: string }): string {
    this.settle()
    const { base } = this.knownDraft(draftId)
    const { author } = this.options
    const parents = base.slice(0, MAX_PARENTS)
    const version = { content: this.getContent(draftId), parents, author, message, createdAt: this.options.now() }
    let id = ""
    this.transact("save-version", () => {
      id = saveContent(this.ydoc, version)
      this.#noteBase(draftId, [id, ...base.slice(MAX_PARENTS)])
    })
    return id
  }

  /**
   * Makes a draft say what `content` says, by the least edits: a version to go back to, the result of a merge, an import. Slots that it has not are removed, with
   * their texts; those it has are edited word by word, so what others type at the same moment stays.
   * @param mergedFrom - versions that the draft stands on from now on besides its own, after a merge.
   * @throws ConversationError `unknown-draft`; `too-large` as `contentJson`, with nothing written.
   */
  applyContent(draftId: string, content: PromptContent, mergedFrom: readonly string[] = []): void {
    const { base } = this.knownDraft(draftId)
    this.transact("apply-content", () => {
      this.#apply(draftId, content)
      this.setIfOther("meta", ["kind"], content.kind, this.getMeta().kind)
      if (mergedFrom.length > 0) this.#noteBase(draftId, [...base, ...mergedFrom])
    })
  }

  /**
   * Says on which versions a draft stands, to take a merge back. Versions that other devices noted since then stay.
   * @throws ConversationError `unknown-draft`.
   */
  standOn(draftId: string, versions: readonly string[]): void {
    this.knownDraft(draftId)
    this.transact("stand-on", () => this.#noteBase(draftId, versions))
  }

  #apply(draftId: string, content: PromptContent): void {
    applyContent(content, {
      slots: this.placedSlots(draftId),
      variables: this.getVariables(draftId),
      config: this.getConfig(draftId),
      text: (slotId) => this.slotText(draftId, slotId),
      // Only `main` can be begun by two devices: the others have ids that one of them minted.
      ...(draftId === MAIN_DRAFT ? { begin: (slotId: string, words: string): void => this.beginText(draftId, slotId, words) } : {}),
      digest: (slotId) => textDigest(this.getText(draftId, slotId)),
      set: (map, path, value) => this.set(map, [draftId, ...path], value),
      randomBytes: this.options.randomBytes,
    })
  }

  #placeSlot(draftId: string, slotId: string, { role, name }: Pick<NewSlot, "role" | "name">, order: string): void {
    this.set("slots", [draftId, slotId, "role"], boundedField(role, "a role"))
    if (name !== undefined) this.set("slots", [draftId, slotId, "name"], boundedField(name, "the name of a placeholder"))
    this.set("slots", [draftId, slotId, "order"], order)
  }

  /** A place after slot `after`: last without one, first for null. `moving` is passed over, as it leaves its place. */
  #orderAfter(draftId: string, after: string | null | undefined, moving?: string): string {
    if (typeof after === "string") this.knownSlot(draftId, after)
    const slots = this.placedSlots(draftId).filter(({ id }) => id !== moving)
    const at = after === null ? 0 : after === undefined ? slots.length : slots.findIndex(({ id }) => id === after) + 1
    return orderBetween(slots[at - 1]?.order ?? null, slots[at]?.order ?? null, this.options.randomBytes)
  }

  #noteMade(draftId: string): void {
    const made = { createdAt: this.options.now(), authorId: wellFormed(this.options.author.id) }
    this.indexes.drafts.map.set(recordKey(draftId, "made"), made)
  }

  #noteBase(draftId: string, base: readonly string[]): void {
    // Not a register: readers join what the devices noted, and what a device noted before is below what it notes now.
    this.indexes.drafts.map.set(recordKey(draftId, "base", this.registers.writer), [...base])
  }

  #setKey(
    map: "variables" | "config",
    draftId: string,
    key: string,
    value: unknown,
    present: Readonly<Record<string, unknown>>,
    most: number,
  ): void {
    const isHere = Object.hasOwn(present, key)
    if (value !== null && !isHere && Object.keys(present).length >= most)
      throw new ConversationError("too-large", `a prompt has at most ${most} ${map === "config" ? "keys of configuration" : "variables"}`)
    if (value !== null || isHere) this.set(map, [draftId, key], value)
  }
}

/** The place of a prompt's first slot: the same on every device, in the middle. */
const FIRST_PLACE = "V"
