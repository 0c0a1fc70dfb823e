import * as Y from "yjs"
import { type ConversationMaps, conversationMaps, TITLE_AUTO, TITLE_USER } from "./conversation-layout.ts"
import { type Listener, Listeners } from "./listeners.ts"
import { buildMessage, deletedAt, type Message, type MessageRecords } from "./message.ts"
import { type MessageSource, readSources } from "./message-source.ts"
import { buildMessageTree, type MessageTree, pathTo, type TreeNode } from "./message-tree.ts"
import { KeyIndex } from "./record-key.ts"
import { readRegister } from "./register.ts"
import { readStoredCore, readStoredMessage, type StoredMessage } from "./stored-message.ts"
import { type BranchChoices, type LineEntry, visibleLine } from "./visible-line.ts"

// Keys of the listeners; message ids hold no NUL.
const LINE = "\0line"
const TITLE = "\0title"

const NO_CHOICES: BranchChoices = new Set()

/**
 * Reads a conversation document and says precisely what changed.
 *
 * Observers of Yjs only mark what is dirty; `#settle` brings the nodes up to date, and listeners are called once per
 * transaction, after it. A token appended to one message thus costs that message's snapshot and one listener, and leaves
 * the tree and the line alone. Within a caller's own transaction the view shows the state before it.
 */
export class ConversationView {
  readonly ydoc: Y.Doc
  protected readonly maps: ConversationMaps
  protected readonly meta: KeyIndex
  protected readonly records: MessageRecords
  readonly #imported: KeyIndex
  readonly #listeners = new Listeners()
  readonly #sources = new Map<string, MessageSource>()
  readonly #nodes = new Map<string, TreeNode>()
  readonly #nodeIds = new Map<string, readonly string[]>()
  readonly #messages = new Map<string, Message>()
  readonly #detach: (() => void)[] = []
  readonly #dirtyOwners = new Set<string>()
  readonly #dirtyMessages = new Set<string>()
  readonly #changed = new Set<string>()
  #lines = new WeakMap<BranchChoices, { readonly version: number; readonly line: readonly LineEntry[] }>()
  #tree: MessageTree | undefined
  #lastLine: readonly LineEntry[] = []
  #lineVersion = 0

  /** Attaches to `ydoc`, which stays the caller's; `destroy` lets go of it. */
  constructor(ydoc: Y.Doc) {
    this.ydoc = ydoc
    this.maps = conversationMaps(ydoc)
    this.meta = new KeyIndex(this.maps.meta)
    this.#imported = new KeyIndex(this.maps.imported)
    this.records = {
      flags: new KeyIndex(this.maps.flags),
      reactions: new KeyIndex(this.maps.reactions),
      feedback: new KeyIndex(this.maps.feedback),
      state: new KeyIndex(this.maps.state),
    }
    for (const id of this.maps.messages.keys()) this.#dirtyOwners.add(id)
    for (const id of this.#imported.owners()) this.#dirtyOwners.add(id)
    this.#settle()
    this.#takeChanged()
    this.#attach()
  }

  /** The title a person gave it, else the one made for it, else the empty string. */
  getTitle(): string {
    for (const field of [TITLE_USER, TITLE_AUTO]) {
      const title = readRegister(this.meta, field)[0]?.value
      if (typeof title === "string" && title !== "") return title
    }
    return ""
  }

  /** All messages and how they hang together; the same object until that changes. */
  getTree(): MessageTree {
    this.#settle()
    this.#tree ??= buildMessageTree(new Map(this.#nodes))
    return this.#tree
  }

  /** The messages shown for `choices`; the same array for the same set of choices until the line changes. */
  getLine(choices: BranchChoices = NO_CHOICES): readonly LineEntry[] {
    const tree = this.getTree()
    const known = this.#lines.get(choices)
    if (known?.version === this.#lineVersion) return known.line
    const line = visibleLine(tree, choices, this.#preferred(tree), known?.line ?? this.#lastLine)
    this.#lastLine = line
    this.#lines.set(choices, { version: this.#lineVersion, line })
    return line
  }

  /** Message `id` as it stands; the same object until it changes, undefined while it is not here. */
  getMessage(id: string): Message | undefined {
    this.#settle()
    const known = this.#messages.get(id)
    if (known !== undefined) return known
    const source = this.#sources.get(id)
    if (source === undefined) return undefined
    const message = buildMessage(readSource(id, source), source.live, this.records)
    this.#messages.set(id, message)
    return message
  }

  /** Calls `listener` after each transaction that changed which messages are in the tree, or how. Returns the unsubscription. */
  subscribeLine(listener: Listener): () => void {
    return this.#listeners.add(LINE, listener)
  }

  /** Calls `listener` after each transaction that changed message `id`, or brought it. Returns the unsubscription. */
  subscribeMessage(id: string, listener: Listener): () => void {
    return this.#listeners.add(id, listener)
  }

  /** Calls `listener` after each transaction that touched the title. Returns the unsubscription. */
  subscribeTitle(listener: Listener): () => void {
    return this.#listeners.add(TITLE, listener)
  }

  /** Detaches from the Y.Doc and forgets all listeners; what was read stays readable. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
  }

  /** The clocks of all messages here. */
  protected *clocks(): Iterable<number> {
    this.#settle()
    for (const node of this.#nodes.values()) yield node.clock
  }

  /** Message `id` in the tree, or undefined while it is not here. */
  protected node(id: string): TreeNode | undefined {
    this.#settle()
    return this.#nodes.get(id)
  }

  #attach(): void {
    const { maps, records } = this
    this.#observeDeep(maps.messages, (id, structural) => (structural ? this.#dirtyOwners : this.#dirtyMessages).add(id))
    this.#observe(maps.imported, (key) => this.#dirtyOwners.add(this.#imported.add(key)))
    this.#observe(maps.flags, (key) => this.#dirtyMessages.add(records.flags.add(key)))
    this.#observe(maps.reactions, (key) => this.#dirtyMessages.add(records.reactions.add(key)))
    this.#observe(maps.feedback, (key) => this.#dirtyMessages.add(records.feedback.add(key)))
    this.#observe(maps.state, (key) => this.#dirtyMessages.add(records.state.add(key)))
    this.#observe(maps.meta, (key) => {
      const owner = this.meta.add(key)
      if (owner === TITLE_USER || owner === TITLE_AUTO) this.#changed.add(TITLE)
      else this.#changeLine()
    })
    const flush = (): void => this.#flush()
    this.ydoc.on("afterTransaction", flush)
    this.#detach.push(() => this.ydoc.off("afterTransaction", flush))
  }

  #observe(map: Y.Map<unknown>, mark: (key: string) => void): void {
    const observer = (event: Y.YMapEvent<unknown>): void => event.keysChanged.forEach(mark)
    map.observe(observer)
    this.#detach.push(() => map.unobserve(observer))
  }

  #observeDeep(map: Y.Map<unknown>, mark: (id: string, structural: boolean) => void): void {
    const observer = (events: readonly Y.YEvent<Y.AbstractType<unknown>>[]): void => {
      for (const event of events) {
        const id = event.path[0]
        if (id !== undefined) mark(String(id), event.path.length === 1)
        else for (const key of event.changes.keys.keys()) mark(key, true)
      }
    }
    map.observeDeep(observer)
    this.#detach.push(() => map.unobserveDeep(observer))
  }

  #flush(): void {
    this.#settle()
    // Taken before anybody is called: a listener may write, and that transaction flushes its own changes.
    for (const key of this.#takeChanged()) this.#listeners.notify(key)
  }

  #takeChanged(): string[] {
    const keys = [...this.#changed]
    this.#changed.clear()
    return keys
  }

  /** Brings nodes and caches up to date with what is marked dirty, and notes for the next flush whom to call. */
  #settle(): void {
    for (const owner of this.#dirtyOwners) this.#settleOwner(owner)
    this.#dirtyOwners.clear()
    for (const id of this.#dirtyMessages) {
      // With two sources for one message, more text may make one of them contain the other.
      if (this.#hasSeveralSources(id)) this.#settleOwner(id)
      this.#messages.delete(id)
      this.#changed.add(id)
      this.#settleNode(id)
    }
    this.#dirtyMessages.clear()
  }

  #hasSeveralSources(id: string): boolean {
    return [...this.#imported.keysOf(id)].length + (this.maps.messages.has(id) ? 1 : 0) > 1
  }

  #settleOwner(owner: string): void {
    const before = this.#nodeIds.get(owner) ?? []
    const sources = readSources(owner, this.maps.messages, this.#imported)
    for (const id of before) {
      this.#messages.delete(id)
      this.#changed.add(id)
      if (sources.has(id)) continue
      this.#sources.delete(id)
      this.#nodes.delete(id)
      this.#changeLine()
    }
    for (const [id, source] of sources) {
      this.#sources.set(id, source)
      this.#messages.delete(id)
      this.#changed.add(id)
      this.#settleNode(id)
    }
    this.#nodeIds.set(owner, [...sources.keys()])
  }

  #settleNode(id: string): void {
    const source = this.#sources.get(id)
    if (source === undefined) return
    const core = readStoredCore(id, source.value)
    const node: TreeNode = {
      id,
      parentId: core.parentId,
      alternativeOf: source.variantOf ?? core.alternativeOf ?? null,
      role: core.role,
      clock: core.clock,
      deleted: deletedAt(this.records.flags, id) !== null,
      imported: !source.live,
    }
    const old = this.#nodes.get(id)
    if (old !== undefined && sameNode(old, node)) return
    this.#nodes.set(id, node)
    this.#changeLine()
  }

  #changeLine(): void {
    this.#tree = undefined
    this.#lineVersion++
    this.#changed.add(LINE)
  }

  #preferred(tree: MessageTree): ReadonlySet<string> {
    const head = this.maps.meta.get("head")
    return typeof head === "string" ? new Set(pathTo(tree, head)) : NO_CHOICES
  }
}

function readSource(id: string, source: MessageSource): StoredMessage {
  const stored = readStoredMessage(id, source.value)
  return source.variantOf === null ? stored : { ...stored, core: { ...stored.core, alternativeOf: source.variantOf } }
}

function sameNode(left: TreeNode, right: TreeNode): boolean {
  return (
    left.parentId === right.parentId &&
    left.alternativeOf === right.alternativeOf &&
    left.role === right.role &&
    left.clock === right.clock &&
    left.deleted === right.deleted &&
    left.imported === right.imported
  )
}
