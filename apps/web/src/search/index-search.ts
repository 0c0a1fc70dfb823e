import { conversationOf } from "./conversation-documents.ts"
import { dayStart, type Clause, type Filter, type Lookup, type SearchQuery } from "./query.ts"
import { clauseScore, clauseWeight, recencyFactor } from "./ranking.ts"
import { HAS_ATTACHMENT, messageCount, PERSON_SEPARATOR, type ShardRecord, visitPostings } from "./shard.ts"
import { stringAt, tableSize } from "./string-table.ts"
import { foldedForm, plainForm } from "./word-forms.ts"

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

/** A message that has every clause, before it is known how rare each of them is. */
interface Match {
  readonly shard: ShardRecord
  readonly message: number
  readonly documentId: string
  readonly conversationId: string
  /** How often each clause stands in it. */
  readonly counts: Float32Array
  readonly boosts: number
}

/** An occurrence without its accents, or that a word only begins with, counts as so much of one. */
const OTHER_FORM = 0.7
const BEGINNING = 0.5
/** A word of a script without spaces that stands there as a whole word. */
const WHOLE_WORD = 0.25

/** Candidates kept by default. */
const MAX_CANDIDATES = 1_000

/** The messages of `shards` that have all that `query` asks for, as far as the index knows. */
export async function searchIndex(
  shards: AsyncIterable<ShardRecord> | Iterable<ShardRecord>,
  query: SearchQuery,
  scope: SearchScope,
  limit = MAX_CANDIDATES,
): Promise<Found> {
  const matches: Match[] = []
  const foundIn = new Float64Array(query.clauses.length)
  let all = 0
  let words = 0
  for await (const shard of shards) {
    all += messageCount(shard)
    for (const length of shard.lengths) words += length
    for (const match of matchesIn(shard, query, scope, foundIn)) matches.push(match)
  }
  const weights = Array.from(foundIn, (found) => clauseWeight(found, all))
  const average = words / Math.max(1, all)
  const candidates = matches.map((match) => scored(match, weights, average, scope.now))
  candidates.sort((left, right) => right.score - left.score || right.time - left.time)
  return { candidates: candidates.slice(0, limit), total: candidates.length }
}

function scored(
  { shard, message, documentId, conversationId, counts, boosts }: Match,
  weights: number[],
  average: number,
  now: number,
): Candidate {
  const length = shard.lengths[message]!
  const time = shard.times[message]!
  let score = counts.length === 0 ? 1 : 0
  for (const [clause, weight] of weights.entries()) score += weight * clauseScore(counts[clause]!, length, average)
  score *= (1 + boosts * WHOLE_WORD) * recencyFactor(now - time)
  // Without a word to rank by, the latest comes first.
  if (counts.length === 0) score = time
  return { documentId, conversationId, messageId: stringAt(shard.ids, message), time, score }
}

function* matchesIn(
  shard: ShardRecord,
  { clauses, without, filters }: SearchQuery,
  scope: SearchScope,
  foundIn: Float64Array,
): Generator<Match> {
  const passes = filterOf(shard, filters)
  const conversations = shard.documents.map((documentId) => conversationOf(scope.workspace, documentId))
  const inScope = conversations.map((id) => id !== undefined && !scope.hidden.has(id) && (scope.within?.has(id) ?? true))
  const counts = clauses.map((clause) => countsOf(shard, clause))
  for (const [clause, count] of counts.entries()) for (const value of count) if (value > 0) foundIn[clause]!++
  // One word decides by itself; several have to stand side by side, which only the text shows.
  const excluded = without.filter(({ atoms }) => atoms.length === 1).map((clause) => countsOf(shard, clause))
  const boosts = boostsOf(shard, clauses)
  for (let message = 0, size = messageCount(shard); message < size; message++) {
    const document = shard.documentOf[message]!
    if (inScope[document] !== true || !counts.every((count) => count[message]! > 0)) continue
    if (excluded.some((count) => count[message]! > 0) || !passes(message)) continue
    yield {
      shard,
      message,
      documentId: shard.documents[document]!,
      conversationId: conversations[document]!,
      counts: Float32Array.from(counts, (count) => count[message]!),
      boosts: boosts?.[message] ?? 0,
    }
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
