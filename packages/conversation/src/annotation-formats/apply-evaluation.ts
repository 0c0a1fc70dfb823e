import type * as Y from "yjs"
import type { ConversationOptions } from "../conversation.ts"
import { ConversationError } from "../conversation-error.ts"
import { applyImport, type ImportTarget } from "../formats/apply-import.ts"
import type { ImportReason } from "../formats/import-item.ts"
import { roundCards } from "../judging/round-cards.ts"
import { itemRecord, type NewRoundItem } from "../judging/round-items.ts"
import { DEFAULT_SCALE, MAX_SCALE, type ScaleGrade } from "../judging/round-settings.ts"
import { Round } from "../judging/round.ts"
import { ConversationOrigin } from "../origin.ts"
import { KeyIndex } from "../record-key.ts"
import { importRetrieval, retrievalsOf } from "../sources/retrievals.ts"
import { sourceCards } from "../sources/source-cards.ts"
import { Source } from "../sources/source.ts"
import type { WorkspaceIndex } from "../workspace-index.ts"
import { writeCorpus } from "./corpus-records.ts"
import type { PlannedSource } from "./evaluation-corpora.ts"
import type { PlannedConversation, PlannedRound } from "./evaluation-plan.ts"

/** What became of one document that an import of a set is about. */
export interface AppliedDocument {
  readonly kind: "source" | "conversation" | "round"
  readonly id: string
  readonly title: string
  /** `unchanged`: all of it was here before; `failed`: nothing of it was written. */
  readonly status: "imported" | "unchanged" | "failed"
  /** Passages, messages or judgements of it. */
  readonly count: number
  readonly reason: ImportReason | null
  readonly notices: readonly ImportReason[]
}

/** The annotator whose judgements are those of imported files. */
export const IMPORT_ANNOTATOR = "import"
/** Judgements and items of one transaction, so that each is one row of bounded size. */
const BATCH = 250
/** And at most so many characters of items, of which one has at most as many. */
const BATCH_CHARACTERS = 256 * 1024

/**
 * Writes a source made of passages of a corpus; one that is here stays as it is, whatever its text says now.
 * @param index - of the workspace, for a card, where the source has none.
 */
export function applyPlannedSource(
  planned: PlannedSource,
  sourceDoc: Y.Doc,
  options: ConversationOptions,
  index?: WorkspaceIndex,
): AppliedDocument {
  const { id, title, collection, passages } = planned
  const done = { kind: "source", id, title, count: passages.length, reason: null, notices: [] } as const
  const source = new Source(sourceDoc, options)
  try {
    const isNew = source.begin(planned.source)
    const isNoted = writeCorpus(sourceDoc, collection, passages)
    const cards = index === undefined ? undefined : sourceCards(index)
    if (cards !== undefined && cards.getCard(id) === undefined) cards.create({ id, name: title })
    return { ...done, status: isNew || isNoted ? "imported" : "unchanged" }
  } catch (error) {
    return { ...done, ...failure(error) }
  } finally {
    source.destroy()
  }
}

/** Writes a conversation with its questions and what was found for them. @param target - as for `applyImport`. */
export function applyPlannedConversation({ conversation, retrievals }: PlannedConversation, target: ImportTarget): AppliedDocument {
  const { id, title } = conversation
  const report = applyImport({ kind: "conversation", where: { file: "", position: "" }, conversation, notices: [] }, target)
  const done = {
    kind: "conversation",
    id,
    title,
    count: conversation.messages.length,
    reason: report.reason,
    notices: report.notices,
  } as const
  if (report.status === "failed" || report.status === "skipped") return { ...done, status: "failed" }
  let found = 0
  for (const retrieval of retrievals) {
    const ydoc = target.conversationDocs.find((doc) => holds(doc, retrieval.messageId)) ?? target.conversationDocs[0]
    if (ydoc === undefined) continue
    const before = retrievalsOf(ydoc, retrieval.messageId).length
    importRetrieval(ydoc, retrieval)
    found += retrievalsOf(ydoc, retrieval.messageId).length - before
  }
  return { ...done, status: report.status === "imported" || found > 0 ? "imported" : "unchanged" }
}

/**
 * Writes a round with its items and the judgements of the file, as those of {@link IMPORT_ANNOTATOR}. What is here stays: settings that somebody changed, items that
 * somebody took out, judgements that are there.
 */
export function applyPlannedRound(
  planned: PlannedRound,
  roundDoc: Y.Doc,
  options: ConversationOptions,
  index?: WorkspaceIndex,
): AppliedDocument {
  const { id, name, items, judgements } = planned
  const done = { kind: "round", id, title: name, count: judgements.length, reason: null, notices: [] } as const
  // Each batch is a moment later, or items of two would stand in one place.
  let batches = 0
  const now = (): number => options.now() + batches
  const round = new Round(roundDoc, { ...options, now, annotator: IMPORT_ANNOTATOR, roundId: id })
  try {
    const ids = items.map((item) => itemRecord(item).id)
    const isNew = !round.isBegun()
    if (isNew)
      round.begin({
        name: name.slice(0, 100),
        scale: scaleOf(judgements.flatMap(({ grade = 0 }) => grade)),
        annotators: [{ id: IMPORT_ANNOTATOR, name: "Imported" }],
      })
    const isFresh = (id: string): boolean => round.getItem(id) === undefined && !round.isErased(id)
    const fresh = items.filter((_, at) => isFresh(ids[at] ?? ""))
    for (const batch of batchesOf(fresh)) {
      round.addItems(batch)
      batches++
    }
    const missing = judgements.filter(({ item, chunkId }) => !isJudged(round, ids[item] ?? "", chunkId))
    for (let start = 0; start < missing.length; start += BATCH)
      roundDoc.transact(() => {
        for (const { item, chunkId, grade, labels } of missing.slice(start, start + BATCH))
          round.judge(
            { itemId: ids[item] ?? "", chunkId },
            { ...(grade === undefined ? {} : { grade }), ...(labels === undefined ? {} : { labels }) },
          )
      }, new ConversationOrigin("import-judgements"))
    const cards = index === undefined ? undefined : roundCards(index)
    if (cards !== undefined && cards.getCard(id) === undefined) cards.create({ id, name })
    return { ...done, status: isNew || fresh.length > 0 || missing.length > 0 ? "imported" : "unchanged" }
  } catch (error) {
    return { ...done, ...failure(error) }
  } finally {
    round.destroy()
  }
}

/** Items in batches, each of which is one row: two hundred passages with long names are a row by themselves. */
function* batchesOf(items: readonly NewRoundItem[]): IterableIterator<readonly NewRoundItem[]> {
  let batch: NewRoundItem[] = []
  let length = 0
  for (const item of items) {
    const size = itemRecord(item).record.length
    if (batch.length === BATCH || (batch.length > 0 && length + size > BATCH_CHARACTERS)) {
      yield batch
      batch = []
      length = 0
    }
    batch.push(item)
    length += size
  }
  if (batch.length > 0) yield batch
}

function isJudged(round: Round, itemId: string, chunkId: string | null): boolean {
  return round.judgementsOf(itemId).some((known) => known.annotator === IMPORT_ANNOTATOR && known.chunkId === chunkId)
}

/** The scale of some grades: whether or not, TREC's, or the grades that there are. */
function scaleOf(grades: readonly number[]): readonly ScaleGrade[] {
  const used = [...new Set(grades)].sort((left, right) => left - right)
  const [lowest = 0, highest = 0] = [used[0], used.at(-1)]
  if (lowest >= 0 && highest <= 1)
    return [
      { grade: 0, name: "Not relevant" },
      { grade: 1, name: "Relevant" },
    ]
  if ((lowest >= 0 && highest <= 3) || used.length < 2 || used.length > MAX_SCALE) return DEFAULT_SCALE
  return used.map((grade) => ({ grade, name: String(grade) }))
}

function holds(ydoc: Y.Doc, messageId: string): boolean {
  return [...new KeyIndex(ydoc.getMap("imported")).keysOf(messageId)].length > 0
}

/** What documents refuse, as a report. @throws the error itself when it is a mistake of ours. */
function failure(error: unknown): Pick<AppliedDocument, "status" | "reason"> {
  if (error instanceof ConversationError) {
    const code = error.code === "erased" ? "erased" : error.code === "bad-id" ? "bad-id" : "too-large"
    return { status: "failed", reason: { code, message: error.message } }
  }
  if (error instanceof RangeError) return { status: "failed", reason: { code: "bad-record", message: error.message } }
  throw error
}
