import type { ConversationView, Message, MessageTree } from "@polylogue/conversation"
import type { EntryLog } from "@polylogue/storage"
import { ConversationReader } from "./conversation-reader.ts"
import { groupBy } from "./group-by.ts"
import { type Candidate, searchIndex } from "./index-search.ts"
import type { IndexStore } from "./index-store.ts"
import { type MessageText, messageTexts, timeOf } from "./indexed-message.ts"
import type { SearchQuery } from "./query.ts"
import type { BranchPlace, SearchGroup, SearchHit, SearchRequest } from "./search-results.ts"
import { ShardCache } from "./shard-cache.ts"
import { type Snippet, snippetOf } from "./snippet.ts"
import { cutIntoTokens, joinMarks, type Mark, marksOf, standsIn } from "./text-match.ts"

/** What an engine works with. */
export interface SearchEngineOptions {
  /** The device's store; it is only read. */
  readonly store: EntryLog
  readonly index: IndexStore
  readonly workspace: string
  /** Wall time in ms since 1970. */
  readonly now: () => number
  /** Most bytes of the index in memory. Default {@link CACHE_BYTES}. */
  readonly cacheBytes?: number
}

/** What came of a search beside its groups. */
export interface SearchEnd {
  /** Conversations that may answer and were not looked at. */
  readonly moreGroups: number
}

/** In one conversation so many candidates are looked at: which words a query finds everywhere is not worth counting further. */
export const MAX_LOOKED_AT = 200
/** Conversations with more segments are not read whole for a search. */
const MAX_SEGMENTS_READ = 16

/** Answers queries: the index says where to look, the text as it stands in the device's store says what is there. */
export class SearchEngine {
  readonly #options: SearchEngineOptions
  readonly #shards: ShardCache
  readonly reader: ConversationReader

  constructor(options: SearchEngineOptions) {
    this.#options = options
    this.#shards = new ShardCache(options.index, options.cacheBytes)
    this.reader = new ConversationReader(options.store, options.workspace)
  }

  /** Bytes of the index in memory. */
  get cacheBytes(): number {
    return this.#shards.bytes
  }

  /**
   * Finds messages and calls `found` with each conversation as soon as its text was looked at, best first.
   * @param cancelled - asked between two steps; once true, nothing more is found.
   * @throws IndexDamaged, StorageError
   */
  async search(request: SearchRequest, found: (group: SearchGroup) => void, cancelled: () => boolean): Promise<SearchEnd> {
    const candidates = await this.candidates(request)
    const groups = groupBy(candidates, ({ conversationId }) => conversationId)
    let shown = 0
    let looked = 0
    for (const [conversationId, inIt] of groups) {
      if (cancelled() || shown >= request.groups) break
      looked++
      const group = await this.#group(conversationId, inIt, request)
      if (group === undefined || cancelled()) continue
      shown++
      found(group)
    }
    return { moreGroups: groups.size - looked }
  }

  /** What the index alone says. @throws IndexDamaged */
  async candidates({ query, within, hidden }: Pick<SearchRequest, "query" | "within" | "hidden">): Promise<readonly Candidate[]> {
    const { index, workspace, now } = this.#options
    const scope = { workspace, hidden: new Set(hidden), now: now(), ...(within === undefined ? {} : { within: new Set(within) }) }
    const state = await index.state()
    const found = await searchIndex((ids) => this.#shards.shards(state, ids), query, scope)
    return found.candidates
  }

  /** Forgets what is in memory of index and documents. */
  clear(): void {
    this.#shards.clear()
    this.reader.clear()
  }

  async #group(conversationId: string, candidates: readonly Candidate[], request: SearchRequest): Promise<SearchGroup | undefined> {
    const hits: SearchHit[] = []
    let more = 0
    let title = ""
    const segments = 1 + (await this.reader.furtherSegments(conversationId))
    for (const { documentId, messageId } of candidates.slice(0, MAX_LOOKED_AT)) {
      const view = await this.reader.read(documentId)
      const message = view.getMessage(messageId)
      const found = message === undefined ? undefined : findIn(message, request.query)
      if (message === undefined || found === undefined) continue
      title ||= view.getTitle()
      if (hits.length >= request.hitsPerGroup) more++
      else hits.push(hitOf(message, found, await this.#branchOf(conversationId, messageId, segments, view)))
    }
    return hits.length === 0 ? undefined : { conversationId, title, hits, more, atLeast: candidates.length > MAX_LOOKED_AT }
  }

  /** Versions of a message may stand in other segments: only all of them together know how many there are. Of very long conversations it is not said. */
  async #branchOf(conversationId: string, messageId: string, segments: number, view: ConversationView): Promise<BranchPlace | null> {
    if (segments === 1) return branchOf(view.getTree(), messageId)
    if (segments > MAX_SEGMENTS_READ) return null
    return await this.reader.readWhole(conversationId, (whole) => branchOf(whole.getTree(), messageId))
  }
}

interface FoundText {
  readonly snippet: Snippet
  readonly part: string
}

/** What of `query` stands in the message as it is now; undefined unless all of it does. */
export function findIn(message: Message, { clauses, without }: SearchQuery): FoundText | undefined {
  if (message.deletedAt !== null) return undefined
  const parts = messageTexts(message)
  const texts = parts.map(({ text }) => cutIntoTokens(text))
  if (!clauses.every((clause) => standsIn(texts, clause)) || without.some((clause) => standsIn(texts, clause))) return undefined
  for (const [index, text] of texts.entries()) {
    const marks = joinMarks(clauses.flatMap((clause) => marksOf(text, clause)))
    if (marks.length > 0) return { snippet: snippetFrom(parts[index], marks), part: parts[index]?.type ?? "text" }
  }
  // Filters alone: its beginning.
  return { snippet: snippetFrom(parts[0], []), part: parts[0]?.type ?? "text" }
}

function snippetFrom(part: MessageText | undefined, marks: readonly Mark[]): Snippet {
  // Signs of Markdown are how prose is set, and what code says.
  return snippetOf(part?.text ?? "", marks, part?.type !== "code")
}

function hitOf(message: Message, { snippet, part }: FoundText, branch: BranchPlace | null): SearchHit {
  const { id, authorId, authorName, authorKind, role, model, imported } = message
  return { messageId: id, authorId, authorName, authorKind, role, model, imported, time: timeOf(message), snippet, part, branch }
}

/** The last fork on the way to message `id`, itself included. */
function branchOf({ nodes, roots, turnsAfter }: MessageTree, id: string): BranchPlace | null {
  const seen = new Set<string>()
  for (let node = nodes.get(id); node !== undefined && !seen.has(node.id); node = nodes.get(node.parentId ?? "")) {
    const { id: here, parentId } = node
    seen.add(here)
    const turns = parentId === null || !nodes.has(parentId) ? roots : turnsAfter(parentId)
    const members = turns.find((turn) => turn.members.includes(here))?.members ?? []
    if (members.length > 1) return { number: members.indexOf(here) + 1, count: members.length }
  }
  return null
}
