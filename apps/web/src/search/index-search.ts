import { foldedForm, plainForm } from "@polylogue/retrieval/words"
import { conversationOf } from "./conversation-documents.ts"
import { BestOf } from "./best-of.ts"
import { groupBy } from "./group-by.ts"
import { type Clause, dayStart, type Filter, type Lookup, type SearchQuery } from "./query.ts"
import { clauseScore, clauseWeight, recencyFactor } from "./ranking.ts"
import { HAS_ATTACHMENT, messageCount, PERSON_SEPARATOR, type ShardRecord, visitPostings } from "./shard.ts"
import { stringAt, tableSize } from "./string-table.ts"

/** Which conversations a search is about; the caller knows titles, folders and tags, the index does not. */
export interface SearchScope {
  /** First segment of the document ids. */
  readonly workspace: string
  /** Only these conversations; absent: all. */
  readonly within?: ReadonlySet<string>
  /** None of these: they were deleted. */
  readonly hidden: ReadonlySet<string>
  /** The present time in ms since 1970. */
  readonly now: number
}

/** A message that the index says may answer. Its text has the last word. */
export interface Candidate {
  readonly documentId: string
  readonly conversationId: string
  readonly messageId: string
  readonly time: number
  readonly score: number
}

/** What the index answers. */
export interface Found {
  /** Best first. */
  readonly candidates: readonly Candidate[]
  /** How many there are, more than those kept included. */
  readonly total: number
}

/** The messages of one shard that have every clause, before it is known how rare each of them is: columns, one row a message. */
interface Matches {
  readonly messages: Uint32Array
  /** Per clause, how often it stands in each. */
  readonly counts: readonly Float32Array[]
  readonly boosts: Uint8Array
  readonly lengths: Uint16Array
  readonly times: Float64Array
}

/** An occurrence without its accents, or that a word only begins with, counts as so much of one. */
const OTHER_FORM = 0.7
const BEGINNING = 0.5
/** A word of a script without spaces that stands there as a whole word. */
const WHOLE_WORD = 0.25

/** Candidates kept by default. */
const MAX_CANDIDATES = 1_000

/**
 * The messages that have all that `query` asks for, as far as the index knows. `shards` is called twice: for all of them, and
 * then for those (by their ids) with something to keep, so that no more of them than one has to be in memory at once.
 */
export async function searchIndex(
  shards: (ids?: ReadonlySet<number>) => Shards,
  query: SearchQuery,
  scope: SearchScope,
  limit = MAX_CANDIDATES,
): Promise<Found> {
  const found = new Map<number, Matches>()
  const foundIn = new Float64Array(query.clauses.length)
  let all = 0
  let words = 0
  for await (const shard of shards()) {
    all += messageCount(shard)
    for (let index = 0; index < shard.lengths.length; index++) words += shard.lengths[index]!
    found.set(shard.id, matchesIn(shard, query, scope, foundIn))
  }
  const weights = Array.from(foundIn, (count) => clauseWeight(count, all))
  const best = new BestOf<Kept>(limit)
  let total = 0
  for (const [shard, matches] of found) {
    total += matches.messages.length
    rank(matches, weights, words / Math.max(1, all), scope.now, (row, score) => {
      if (best.takes(score)) best.add(score, { shard, message: matches.messages[row]! })
    })
  }
  return { candidates: await candidatesOf(best, shards, scope), total }
}

type Shards = AsyncIterable<ShardRecord> | Iterable<ShardRecord>

interface Kept {
  /** Id of its shard. */
  readonly shard: number
  readonly message: number
}

async function candidatesOf(
  best: BestOf<Kept>,
  shards: (ids: ReadonlySet<number>) => Shards,
  { workspace }: SearchScope,
): Promise<Candidate[]> {
  const kept = best.sorted()
  const candidates = new Map<Kept, Candidate>()
  const byShard = groupBy(kept, ({ value }) => value.shard)
  for await (const shard of shards(new Set(byShard.keys()))) {
    for (const { value, score } of byShard.get(shard.id) ?? []) {
      const documentId = shard.documents[shard.documentOf[value.message]!]!
      const conversationId = conversationOf(workspace, documentId) ?? ""
      const time = shard.times[value.message]!
      candidates.set(value, { documentId, conversationId, messageId: stringAt(shard.ids, value.message), time, score })
    }
  }
  return kept.flatMap(({ value }) => candidates.get(value) ?? [])
}

/** Calls `visit` with the score of each row. */
function rank(
  { counts, boosts, lengths, times }: Matches,
  weights: readonly number[],
  average: number,
  now: number,
  visit: (row: number, score: number) => void,
): void {
  for (let row = 0; row < times.length; row++) {
    // Without a word to rank by, the latest comes first.
    if (counts.length === 0) {
      visit(row, times[row]!)
      continue
    }
    let score = 0
    for (let clause = 0; clause < counts.length; clause++)
      score += weights[clause]! * clauseScore(counts[clause]![row]!, lengths[row]!, average)
    visit(row, score * (1 + boosts[row]! * WHOLE_WORD) * recencyFactor(now - times[row]!))
  }
}

function matchesIn(shard: ShardRecord, { clauses, without, filters }: SearchQuery, scope: SearchScope, foundIn: Float64Array): Matches {
  const passes = filterOf(shard, filters)
  const inScope = shard.documents.map((documentId) => {
    const id = conversationOf(scope.workspace, documentId)
    return id !== undefined && !scope.hidden.has(id) && (scope.within?.has(id) ?? true)
  })
  const counts = clauses.map((clause) => countsOf(shard, clause))
  for (const [clause, count] of counts.entries())
    for (let index = 0; index < count.length; index++) if (count[index]! > 0) foundIn[clause]!++
  // One word decides by itself; several have to stand side by side, which only the text shows.
  const excluded = without.filter(({ atoms }) => atoms.length === 1).map((clause) => countsOf(shard, clause))
  const boosts = boostsOf(shard, clauses)
  const rows = new Uint32Array(messageCount(shard))
  let size = 0
  for (let message = 0; message < rows.length; message++) {
    if (inScope[shard.documentOf[message]!] !== true || !counts.every((count) => count[message]! > 0)) continue
    if (excluded.every((count) => count[message] === 0) && passes(message)) rows[size++] = message
  }
  const messages = rows.slice(0, size)
  return {
    messages,
    counts: counts.map((count) => Float32Array.from(messages, (message) => count[message]!)),
    boosts: Uint8Array.from(messages, (message) => boosts?.[message] ?? 0),
    lengths: Uint16Array.from(messages, (message) => shard.lengths[message]!),
    times: Float64Array.from(messages, (message) => shard.times[message]!),
  }
}

/** Per message how often a clause stands in it, as far as the index knows; 0 where one of its words is missing. */
function countsOf(shard: ShardRecord, { lookups }: Clause): Float32Array {
  const [first, ...rest] = lookups.map((lookup) => lookupCounts(shard, lookup))
  if (first === undefined) return new Float32Array(messageCount(shard))
  // Words that stand side by side stand there as often as the rarest of them, at most.
  for (const counts of rest) for (let index = 0; index < first.length; index++) first[index] = Math.min(first[index]!, counts[index]!)
  return first
}

function lookupCounts(shard: ShardRecord, { terms, prefix }: Lookup): Float32Array {
  const counts = new Float32Array(messageCount(shard))
  for (const [index, term] of terms.entries()) {
    const weight = index === 0 ? 1 : OTHER_FORM
    visitPostings(shard, term, prefix, (message, count, whole) => {
      // A word has several forms: the best of them counts, not their sum.
      counts[message] = Math.max(counts[message]!, count * (whole ? weight : weight * BEGINNING))
    })
  }
  return counts
}

function boostsOf(shard: ShardRecord, clauses: readonly Clause[]): Uint8Array | undefined {
  const terms = clauses.flatMap(({ boosts }) => boosts)
  if (terms.length === 0) return undefined
  const found = new Uint8Array(messageCount(shard))
  for (const term of terms) {
    visitPostings(shard, term, false, (message) => {
      found[message] = Math.min(4, found[message]! + 1)
    })
  }
  return found
}

/** Whether message `i` of the shard passes all filters that concern messages; `in:` and `tag:` are in the scope. */
function filterOf(shard: ShardRecord, filters: readonly Filter[]): (message: number) => boolean {
  const tests = filters.filter(({ problem }) => problem === undefined).flatMap((filter) => testOf(shard, filter) ?? [])
  return (message) => tests.every((passes) => passes(message))
}

function testOf(shard: ShardRecord, { name, value, not }: Filter): ((message: number) => boolean) | undefined {
  switch (name) {
    case "from": {
      const people = Array.from({ length: tableSize(shard.people) }, (_, index) => isPerson(stringAt(shard.people, index), value) !== not)
      return (message) => people[shard.authorOf[message]!] === true
    }
    case "role": {
      const roles = shard.roles.map((role) => role.toLowerCase().startsWith(value.toLowerCase()) !== not)
      return (message) => roles[shard.roleOf[message]!] === true
    }
    case "has":
      return (message) => ((shard.flags[message]! & HAS_ATTACHMENT) !== 0) !== not
    case "before":
    case "after": {
      const day = dayStart(value)
      if (day === undefined) return undefined
      return (message) => (name === "before" ? shard.times[message]! < day : shard.times[message]! >= day) !== not
    }
    case "in":
    case "tag":
      return undefined
  }
}

/** Whether a word of the name begins with `value`, or the id is it. */
function isPerson(person: string, value: string): boolean {
  const [id = "", name = ""] = person.split(PERSON_SEPARATOR)
  const wanted = foldedForm(plainForm(value.trim()))
  return id === value || (wanted !== "" && ` ${foldedForm(plainForm(name))} ${foldedForm(plainForm(id))}`.includes(` ${wanted}`))
}
