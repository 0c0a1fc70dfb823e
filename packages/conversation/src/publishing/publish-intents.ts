import type * as Y from "yjs"
import { toHex } from "../content-hash.ts"
import { SCHEMA_VERSION } from "../conversation-layout.ts"
import { promptDocumentId } from "../document-id.ts"
import { readClock } from "../hybrid-clock.ts"
import type { RandomBytes } from "../identifier.ts"
import { type Listener, Listeners } from "../listeners.ts"
import { KeyIndex, recordKey } from "../record-key.ts"
import { RegisterWriter, type RegisterWriterOptions } from "../register-writer.ts"
import { wellFormed } from "../well-formed.ts"
import { PUBLISHING_MAP } from "./has-intents.ts"
import type { LabelBase } from "./labels.ts"
import { compareIntents, INTENT, type IntentDetails, type IntentState, outranks, type PublishIntent, readIntent } from "./publish-intent.ts"

/** Most settled intents that are kept of a prompt; what a person published stands in the prompt itself. */
export const MAX_SETTLED_INTENTS = 20
/** Longest message of an intent in UTF-16 units; the version has it whole. */
export const MAX_INTENT_MESSAGE_LENGTH = 500

/** Who notes intents, and the environment. */
export interface PublishIntentsOptions extends RegisterWriterOptions {
  readonly randomBytes: RandomBytes
}

/** What somebody wants to have published. */
export interface NewIntent {
  readonly workspace: string
  readonly promptId: string
  /** `null`: a number and no label. */
  readonly label: string | null
  readonly versionId: string
  readonly base: LabelBase
  readonly message: string
}

const NONE: readonly PublishIntent[] = Object.freeze([])
const ANY = "\0any"

/**
 * What one person wants to have published and is not settled yet, in their private document `u/<user>/home`: whichever of their devices reaches the
 * authority first carries it out, as the same attempt, so it takes effect once.
 *
 * The map `publishing` holds `<prompt>/<attempt>/intent` with what is wanted, written once under a random name, and `<prompt>/<attempt>/<state>/<writer>`
 * with what came of it: one key per state and device, of which readers take the furthest. Nothing of it is ever read, changed and written back.
 */
export class PublishIntents {
  readonly ydoc: Y.Doc
  readonly #options: PublishIntentsOptions
  readonly #writer: RegisterWriter
  readonly #index: KeyIndex
  readonly #listeners = new Listeners()
  readonly #known = new Map<string, readonly PublishIntent[]>()
  readonly #changed = new Set<string>()
  readonly #detach: (() => void)[]
  #waiting: readonly PublishIntent[] | undefined

  /** Attaches to `ydoc`, a private document, which stays the caller's. @throws TypeError when `options.writer` is not the name of a writer. */
  constructor(ydoc: Y.Doc, options: PublishIntentsOptions) {
    this.ydoc = ydoc
    this.#options = options
    this.#writer = new RegisterWriter(ydoc, options)
    const map = ydoc.getMap<unknown>(PUBLISHING_MAP)
    this.#index = new KeyIndex(map)
    const observe = (event: Y.YMapEvent<unknown>): void => {
      for (const key of event.keysChanged) this.#changed.add(this.#index.add(key))
    }
    const flush = (): void => this.#flush()
    map.observe(observe)
    ydoc.on("afterTransaction", flush)
    this.#detach = [(): void => map.unobserve(observe), (): void => ydoc.off("afterTransaction", flush)]
  }

  /** The intents of a prompt, latest first: all that are not settled, and the latest that are. The same array until one changes. */
  get(promptId: string): readonly PublishIntent[] {
    const known = this.#known.get(promptId)
    if (known !== undefined) return known
    const found = this.#read(promptId)
    const intents = found.length === 0 ? NONE : Object.freeze(found)
    this.#known.set(promptId, intents)
    return intents
  }

  /** What is to be carried out, of all prompts, oldest first. The same array until an intent changes. */
  getWaiting(): readonly PublishIntent[] {
    this.#waiting ??= Object.freeze(
      [...this.#index.owners()]
        .flatMap((promptId) => this.get(promptId))
        .filter(({ state }) => state === "waiting")
        .toSorted((left, right) => compareIntents(right, left)),
    )
    return this.#waiting
  }

  /**
   * Notes what is to be published, in place of what waits or was lost to others for the same label: that is withdrawn. To be called in the turn in
   * which the version is saved, so that both go to disk together.
   * @throws ConversationError `bad-id`.
   */
  add({ workspace, promptId, label, versionId, base, message }: NewIntent): PublishIntent {
    promptDocumentId(workspace, promptId)
    const attempt = toHex(this.#options.randomBytes(8))
    const before = this.get(promptId).filter((intent) => intent.label === label && intent.state !== "done" && intent.state !== "withdrawn")
    const waited = before.find(({ state }) => state === "waiting")
    const fields = {
      workspace,
      label,
      versionId,
      base: { revision: base.revision, versionId: base.versionId },
      at: this.#writer.clock(this.get(promptId).map(({ at }) => at)),
      message: wellFormed(message.slice(0, MAX_INTENT_MESSAGE_LENGTH)),
      ...(waited === undefined ? {} : { instead: waited.versionId }),
    }
    this.#writer.transact("publish", () => {
      const meta = this.ydoc.getMap<unknown>("meta")
      if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
      for (const intent of before) this.#note(intent, "withdrawn", {})
      this.#prune(promptId)
      this.#set(recordKey(promptId, attempt, INTENT), fields)
    })
    const added = this.get(promptId).find((intent) => intent.attempt === attempt)
    if (added === undefined) throw new RangeError("an intent needs the id of a version, and a base")
    return added
  }

  /**
   * Notes what came of an intent, as whoever carried it out was told; writes nothing when it came as far already. `done` outranks all, so that a device which saw
   * it published is believed by the others.
   */
  settle(intent: PublishIntent, state: Exclude<IntentState, "waiting">, details: IntentDetails = {}): void {
    const now = this.find(intent)
    if (now === undefined || !outranks(state, now.state)) return
    this.#writer.transact("settle", () => this.#note(intent, state, details))
  }

  /** Takes an intent back. What a relay was asked already may take effect all the same; then that is what the label and the intent will say. */
  withdraw(intent: PublishIntent): void {
    this.settle(intent, "withdrawn")
  }

  /** The intent as it is now; `undefined` once it is not kept any more. */
  find({ promptId, attempt }: PublishIntent): PublishIntent | undefined {
    return this.get(promptId).find((intent) => intent.attempt === attempt)
  }

  /** Calls `listener` after each transaction that changed the intents of a prompt. Returns the unsubscription. */
  subscribe(promptId: string, listener: Listener): () => void {
    return this.#listeners.add(promptId, listener)
  }

  /** Calls `listener` after each transaction that changed any intent. Returns the unsubscription. */
  subscribeAll(listener: Listener): () => void {
    return this.#listeners.add(ANY, listener)
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
  }

  #flush(): void {
    if (this.#changed.size === 0) return
    const changed = [...this.#changed]
    this.#changed.clear()
    this.#waiting = undefined
    for (const promptId of changed) this.#known.delete(promptId)
    for (const promptId of changed) this.#listeners.notify(promptId)
    this.#listeners.notify(ANY)
  }

  #read(promptId: string): PublishIntent[] {
    const records = new Map<string, { intent: unknown; states: [state: string, details: unknown][] }>()
    for (const [[attempt = "", field = "", writer], value] of this.#index.records(promptId)) {
      const record = records.get(attempt) ?? { intent: null, states: [] }
      records.set(attempt, record)
      if (field === INTENT && writer === undefined) record.intent = value
      else if (writer !== undefined) record.states.push([field, value])
    }
    return [...records]
      .map(([attempt, { intent, states }]) => readIntent(promptId, attempt, intent, states))
      .filter((intent) => intent !== undefined)
      .sort(compareIntents)
  }

  #note(intent: PublishIntent, state: IntentState, details: IntentDetails): void {
    this.#set(recordKey(intent.promptId, intent.attempt, state, this.#writer.writer), { at: readClock(this.#writer.clock()), ...details })
  }

  /** Takes the words out of the settled intents that are too many; their keys stay, as all keys do. */
  #prune(promptId: string): void {
    const settled = this.get(promptId).filter(({ state }) => state === "done" || state === "withdrawn")
    const old = new Set(settled.slice(MAX_SETTLED_INTENTS).map(({ attempt }) => attempt))
    if (old.size === 0) return
    for (const key of this.#index.keysOf(promptId)) {
      for (const attempt of old) if (key.startsWith(recordKey(promptId, attempt, ""))) this.#set(key, null)
    }
  }

  #set(key: string, value: unknown): void {
    this.#index.map.set(key, value)
    // Yjs tells observers at the end of the transaction, which may be a caller's that goes on to read.
    this.#known.delete(this.#index.add(key))
    this.#waiting = undefined
  }
}
