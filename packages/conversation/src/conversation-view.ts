import type * as Y from "yjs"
import { answerEnd } from "./answer-end.ts"
import { TITLE_AUTO, TITLE_USER } from "./conversation-layout.ts"
import { GenerationGroups } from "./generation-groups.ts"
import { compareByClock } from "./hybrid-clock.ts"
import { type Listener, Listeners } from "./listeners.ts"
import { buildMessage, deletedAt, isPinned, type Message } from "./message.ts"
import { type MessageSource, readSources } from "./message-source.ts"
import type { MessageTree, TreeNode } from "./message-tree.ts"
import { readRegister } from "./register.ts"
import { JoinedSegments } from "./joined-segments.ts"
import { SEGMENTS } from "./segment.ts"
import { type MessageCore, readStoredCore, readStoredMessage, type StoredMessage } from "./stored-message.ts"
import { SLOT } from "./superseded-parts.ts"
import { TreeIndex } from "./tree-index.ts"
import { type BranchChoices, type LineEntry, visibleLine } from "./visible-line.ts"

// Keys of the listeners; message ids hold no NUL.
const LINE = "\0line"
const TITLE = "\0title"
const PINNED = "\0pinned"

const NO_CHOICES: BranchChoices = new Set()

/** The documents of a conversation's segments by number; 0 is among them. */
export type SegmentDocuments = ReadonlyMap<number, Y.Doc>

/**
 * Reads a conversation, in one document or in several segments, and says precisely what changed.
 *
 * Observers of Yjs only mark what is dirty; `#settle` brings the nodes up to date, and listeners are called once per
 * transaction, after it. A token appended to one message thus costs that message's snapshot and one listener, and leaves
 * the tree and the line alone. Within a caller's own transaction the view shows the state before it.
 *
 * Of a long conversation the last segments are enough: what is read is then its end, from some message on, and `attach` brings older ones. Title
 * and meta come from segment 0, whose messages join when all segments after it are here.
 */
export class ConversationView {
  protected readonly segments: JoinedSegments
  readonly #listeners = new Listeners()
  readonly #sources = new Map<string, MessageSource>()
  readonly #nodeIds = new Map<string, readonly string[]>()
  readonly #messages = new Map<string, Message>()
  readonly #tree = new TreeIndex()
  readonly #generations = new GenerationGroups()
  readonly #dirtyOwners = new Set<string>()
  readonly #dirtyMessages = new Set<string>()
  readonly #changed = new Set<string>()
  #lines = new WeakMap<BranchChoices, { readonly version: number; readonly tip: string | undefined; readonly line: readonly LineEntry[] }>()
  #lastLine: readonly LineEntry[] = []
  #lineVersion = 0
  #pinned: readonly string[] = []

  /**
   * Attaches to the documents, which stay the caller's; `destroy` lets go of them.
   * @param documents - segments by number; or one document that is read by itself, whatever is said in it of others.
   * @throws RangeError when segment 0 is not among them.
   */
  constructor(documents: Y.Doc | SegmentDocuments) {
    this.segments = new JoinedSegments(documents, {
      messages: (owner) => this.#dirtyOwners.add(owner),
      inside: (owner) => this.#dirtyMessages.add(owner),
      record: (map, owner) => {
        this.#dirtyMessages.add(owner)
        if (map === "flags") this.#changed.add(PINNED)
      },
      meta: (owner) => this.#metaChanged(owner),
      flush: () => this.#flush(),
    })
    this.#settle()
    this.#takeChanged()
  }

  /** The documents of the segments that are attached, in their order. */
  get documents(): SegmentDocuments {
    return this.segments.documents()
  }

  /** Whether segments older than what is shown are missing: there are messages before the first one of the line, or may be. */
  get hasOlder(): boolean {
    return this.segments.partial
  }

  /** Number of the oldest segment whose messages are shown; -1 while there is none. */
  get oldestSegment(): number {
    return this.segments.oldest
  }

  /** Number of the last segment that is attached or that a writer has noted. */
  get lastSegment(): number {
    return this.segments.last
  }

  /**
   * Takes a segment in, or its new Y.Doc after a reset; what is shown changes at once. Messages of a segment are shown when all later ones are attached.
   * @throws RangeError for a number that no segment has.
   */
  attach(segment: number, ydoc: Y.Doc): void {
    this.segments.attach(segment, ydoc)
    this.#flush()
  }

  /** The segments among the attached ones in which message `id` stands, in their order: usually one. Erasing it means erasing it in each. */
  segmentsOf(id: string): readonly number[] {
    return this.segments.holdersOf(ownerOf(id)).map(({ segment }) => segment)
  }

  /** The title a person gave it, else the one made for it, else the empty string. */
  getTitle(): string {
    for (const field of [TITLE_USER, TITLE_AUTO]) {
      const title = readRegister(this.segments.first.meta, field)[0]?.value
      if (typeof title === "string" && title !== "") return title
    }
    return ""
  }

  /** All messages here and how they hang together; the same object until that changes. */
  getTree(): MessageTree {
    this.#settle()
    return this.#tree.read()
  }

  /**
   * The messages shown for `choices`; the same array for the same set of choices until the line changes.
   * @param tip - while older segments are missing: the message to which the line leads, see `LineOptions`.
   */
  getLine(choices: BranchChoices = NO_CHOICES, tip?: string): readonly LineEntry[] {
    const tree = this.getTree()
    const known = this.#lines.get(choices)
    if (known?.version === this.#lineVersion && known.tip === tip) return known.line
    const line = visibleLine(tree, { choices, tip, previous: known?.line ?? this.#lastLine })
    this.#lastLine = line
    this.#lines.set(choices, { version: this.#lineVersion, tip, line })
    return line
  }

  /** Message `id` as it stands; the same object until it changes, undefined while it is not here. */
  getMessage(id: string): Message | undefined {
    this.#settle()
    return this.#messageOf(id)
  }

  #messageOf(id: string): Message | undefined {
    const known = this.#messages.get(id)
    if (known !== undefined) return known
    const source = this.#sources.get(id)
    if (source === undefined) return undefined
    const message = buildMessage(readSource(id, source), source.live, this.segments.records)
    this.#messages.set(id, message)
    return message
  }

  /** The messages here that are pinned and not deleted, by clock; the same array until that changes. */
  getPinned(): readonly string[] {
    this.#settle()
    const found: TreeNode[] = []
    for (const id of this.segments.records.flags.owners()) {
      const node = this.#tree.nodes.get(id)
      if (node !== undefined && !node.deleted && isPinned(this.segments.records.flags, id)) found.push(node)
    }
    const pinned = found.sort(compareByClock).map(({ id }) => id)
    if (pinned.length !== this.#pinned.length || pinned.some((id, index) => id !== this.#pinned[index])) this.#pinned = pinned
    return this.#pinned
  }

  /** Calls `listener` after each transaction that may have changed which messages are pinned. Returns the unsubscription. */
  subscribePinned(listener: Listener): () => void {
    return this.#listeners.add(PINNED, listener)
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

  /** Detaches from the Y.Docs and forgets all listeners; what was read stays readable. Idempotent. */
  destroy(): void {
    this.segments.detach()
    this.#listeners.clear()
  }

  /** The clocks of all messages here. */
  protected *clocks(): Iterable<number> {
    this.#settle()
    for (const node of this.#tree.nodes.values()) yield node.clock
  }

  /** Message `id` in the tree, or undefined while it is not here. */
  protected node(id: string): TreeNode | undefined {
    this.#settle()
    return this.#tree.nodes.get(id)
  }

  #metaChanged(owner: string): void {
    if (owner === TITLE_USER || owner === TITLE_AUTO) this.#changed.add(TITLE)
    else if (owner === SEGMENTS || owner === "head") this.#changeLine()
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
      if (this.segments.hasSeveralSources(id)) this.#settleOwner(id)
      this.#messages.delete(id)
      this.#changed.add(id)
      this.#settleNode(id)
    }
    this.#dirtyMessages.clear()
    const head = this.segments.first.maps.meta.get("head")
    if (this.#tree.configure(this.segments.partial, typeof head === "string" ? head : undefined)) this.#changeLine()
  }

  #settleOwner(owner: string): void {
    const before = this.#nodeIds.get(owner) ?? []
    const sources = readSources(owner, this.segments.holdersOf(owner))
    for (const id of before) {
      this.#messages.delete(id)
      this.#changed.add(id)
      if (sources.has(id)) continue
      this.#sources.delete(id)
      this.#tree.delete(id)
      this.#changeLine()
      for (const other of this.#generations.delete(id)) this.#placeNode(other)
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
    const rivals = this.#generations.set(id, source.live ? generationOf(core) : undefined, core.clock)
    this.#placeNode(id, core)
    for (const other of rivals) if (other !== id) this.#placeNode(other)
  }

  /** Puts message `id` into the tree as it stands; the replies of its generation are known. */
  #placeNode(id: string, core = this.#sources.has(id) ? readStoredCore(id, this.#sources.get(id)?.value) : undefined): void {
    const source = this.#sources.get(id)
    if (source === undefined || core === undefined) return
    const node: TreeNode = {
      id,
      parentId: core.parentId,
      alternativeOf: source.variantOf ?? core.alternativeOf ?? null,
      role: core.role,
      clock: core.clock,
      deleted: deletedAt(this.segments.records.flags, id) !== null,
      imported: !source.live,
      generationId: typeof core.generationId === "string" ? core.generationId : null,
      superseded: this.#generations.isSuperseded(id, (reply) => hasEnded(this.#messageOf(reply))),
    }
    const old = this.#tree.nodes.get(id)
    if (old !== undefined && sameNode(old, node)) return
    this.#tree.set(node)
    this.#changeLine()
  }

  #changeLine(): void {
    this.#lineVersion++
    this.#changed.add(LINE)
    this.#changed.add(PINNED)
  }
}

/** The id under which message `id` stands: that of another text of a message, `<id>~<name>`, is the message's. */
export function ownerOf(id: string): string {
  const cut = id.indexOf("~")
  return cut === -1 ? id : id.slice(0, cut)
}

/** Replies of one generation answer one message; whoever names another's generation elsewhere takes nobody's place. */
function generationOf({ parentId, generationId, role }: MessageCore): string | undefined {
  return typeof generationId === "string" && role === "assistant" ? `${parentId ?? ""}\0${generationId}` : undefined
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
    left.imported === right.imported &&
    left.superseded === right.superseded
  )
}

/** Whether the answer for which a reply was begun is over: what goes on in it, in a slot of its own, is another answer. */
function hasEnded(reply: Message | undefined): boolean {
  const own = reply?.parts.filter(
    ({ fields }) => typeof fields[SLOT] !== "string" || reply.generationId?.endsWith(`/${fields[SLOT]}`) === true,
  )
  return answerEnd(own ?? []) !== null
}
