import { mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import {
  type AnnotationFormat,
  type AnnotationFormatName,
  type AnnotationLeft,
  AnswerOpinions,
  blindStanding,
  closedKey,
  type CollectedRound,
  type CollectOptions,
  collectRound,
  correctionKey,
  documentsOf,
  doneKey,
  type Gold,
  goldKey,
  opinionsDocumentId,
  readAccepted,
  readGold,
  Round,
  roundCards,
  type RoundCard,
  roundDocumentId,
  sourceDocumentId,
  WorkspaceIndex,
  writeBeir,
  writeJudgementsCsv,
  writeQrels,
  writeRagas,
  writeRun,
} from "@polylogue/conversation"
import type { ReplicaDocument } from "@polylogue/replica"
import { CommandError, fileReasonOf } from "./command-error.ts"
import { put, writeFile } from "./export-file.ts"
import type { Call } from "./flags.ts"
import { onLine, writingAs } from "./prompt-words.ts"
import { answersLeft, leftLines, writtenOf } from "./round-report.ts"
import { closeAll, type Workspace } from "./workspace.ts"

/** Who reads a round for an export: nobody who judges. */
const READER = "export"

/**
 * `polylogue export --format qrels` and the like: writes a round of judging, and says item by item what the format could not hold. Files appear whole or not at all.
 * @throws CommandError `usage` for a round that is not there, or when several are meant.
 */
export async function exportRound(
  workspace: Workspace,
  call: Call,
  format: AnnotationFormat<AnnotationFormatName>,
  out: string,
): Promise<number> {
  const card = await namedRound(workspace, call.flag("round"))
  const { set, left: collected } = await readRound(workspace, card, optionsFor(call, format.name))
  const left: AnnotationLeft[] = [...collected, ...answersLeft(format.name, set)]
  const files = filesOf(format.name, set, left)
  for (const { path, pieces } of files) {
    const target = path === "" ? out : join(out, path)
    if (path !== "") makeFolder(dirname(target))
    await writeFile(target, async (file) => {
      for (const piece of pieces) await put(file, piece)
    })
  }
  const say = out === "-" ? console.error : console.log
  for (const line of leftLines(left)) say(line)
  if (out !== "-") console.log(`${writtenOf(format.name, set)} of "${onLine(card.name)}" written to ${out}`)
  return 0
}

interface ExportedFile {
  /** Within the folder; the empty string when the export is one file. */
  readonly path: string
  readonly pieces: Iterable<string>
}

function filesOf(format: AnnotationFormatName, set: CollectedRound["set"], left: AnnotationLeft[]): readonly ExportedFile[] {
  const one = (pieces: Iterable<string>): readonly ExportedFile[] => [{ path: "", pieces }]
  switch (format) {
    case "qrels":
      return one(writeQrels(set.grades, left))
    case "run":
      return one(writeRun(set.rankings, set.name, left))
    case "beir":
      return writeBeir(set, left)
    case "ragas":
      return one(writeRagas(set, left))
    case "ragas-turns":
      return one(writeRagas(set, left, { turns: "multi" }))
    case "judgements-csv":
      return one(writeJudgementsCsv(set, left))
    default:
      throw new RangeError(`a round is not written as ${format}`)
  }
}

function optionsFor(call: Call, format: AnnotationFormatName): CollectOptions {
  const named = call.flag("judgements")
  const judgements =
    named === undefined
      ? format === "judgements-csv"
        ? "all"
        : "agreed"
      : named === "agreed" || named === "all"
        ? named
        : { annotator: named }
  if (judgements === "all" && format !== "judgements-csv")
    throw new CommandError(
      "usage",
      "Only judgements-csv has a line for everybody's judgement: name one annotator with --judgements, or agreed.",
    )
  return { judgements, passages: format === "beir" ? "sources" : "judged" }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new CommandError("failure", `${folder} is no folder and cannot be made one: ${fileReasonOf(error)}.`, { cause: error })
  }
}

/** The round that is named by its id or its name, or the only one. @throws CommandError `usage`, with those that there are. */
async function namedRound(workspace: Workspace, wanted: string | undefined): Promise<RoundCard> {
  const document = await workspace.index()
  const index = new WorkspaceIndex(document.ydoc, writingAs(workspace))
  const cards = roundCards(index).getCards()
  index.destroy()
  await document.close()
  const found = wanted === undefined ? cards : cards.filter(({ id, name }) => id === wanted || name === wanted)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const there = cards.length === 0 ? "There are none." : `There are: ${cards.map(({ id, name }) => `"${onLine(name)}" ${id}`).join(", ")}.`
  const what =
    found.length > 1
      ? "Name one round of judging with --round."
      : `There is no round "${onLine(wanted ?? "")}" in the workspace "${workspace.name}".`
  throw new CommandError(
    "usage",
    `${cards.length === 0 ? `There is no round of judging in the workspace "${workspace.name}".` : `${what} ${there}`} Nothing was written.`,
  )
}

async function readRound(workspace: Workspace, card: RoundCard, options: CollectOptions): Promise<CollectedRound> {
  const documentId = roundDocumentId(workspace.name, card.id)
  const document = await workspace.open(documentId)
  const round = new Round(document.ydoc, { ...writingAs(workspace), annotator: READER, roundId: card.id })
  const held: ReplicaDocument[] = []
  const release = async (): Promise<void> => closeAll(held.splice(0))
  try {
    await hearClaims(workspace, documentId, round)
    const judgements = whose(round, options.judgements)
    const gold = await decisions(workspace, documentId, round)
    return await collectRound(
      round,
      {
        source: async (id) => {
          await release()
          const source = await workspace.open(sourceDocumentId(workspace.name, id))
          held.push(source)
          return source.ydoc
        },
        conversation: async (id) => {
          await release()
          const segments = await workspace.conversation(id)
          held.push(...segments.values())
          return documentsOf(segments)
        },
        gold: (itemId, chunkId) => gold.get(goldKey(documentId, itemId, chunkId)),
        reference: (conversationId, messageId) => acceptedText(workspace, conversationId, messageId),
      },
      { ...options, judgements },
    )
  } finally {
    round.destroy()
    await release()
    await document.close()
  }
}

/** An annotator is named by id or by name. @throws CommandError `usage` for one who is not in the round, with those who are. */
function whose(round: Round, wanted: CollectOptions["judgements"] = "agreed"): NonNullable<CollectOptions["judgements"]> {
  if (typeof wanted === "string") return wanted
  const people = new Map(round.getJudgements().map(({ annotator }) => [annotator, ""]))
  for (const { id, name } of round.getSettings().annotators) people.set(id, name)
  if (people.has(wanted.annotator)) return wanted
  const [annotator, ...more] = [...people].flatMap(([id, name]) => (name === wanted.annotator ? id : []))
  if (annotator !== undefined && more.length === 0) return { annotator }
  const there = [...people].map(([id, name]) => (name === "" || name === id ? id : `${id} "${onLine(name)}"`))
  const why =
    annotator === undefined ? `Nobody called "${onLine(wanted.annotator)}" is` : `Several called "${onLine(wanted.annotator)}" are`
  throw new CommandError(
    "usage",
    `${why} in the round. There ${there.length === 0 ? "is nobody" : `are: ${there.join(", ")}`}. Nothing was written.`,
  )
}

/** Of a blind round only what those judged who are done counts, and only the authority knows who is. */
async function hearClaims(workspace: Workspace, documentId: string, round: Round): Promise<void> {
  const { kind, annotators } = round.getSettings()
  if (kind !== "blind") return
  const ids = annotators.map(({ id }) => id)
  for (const key of [closedKey(documentId), ...ids.map((id) => doneKey(documentId, id))]) await workspace.registers.get(key)
  const { done } = blindStanding(workspace.registers, documentId, ids, workspace.principal !== "anonymous")
  round.setClaims(new Map([...done].map(([annotator, { commitment }]) => [annotator, commitment])))
}

/** What was decided of that which several people judged. @throws CommandError `failure` when no relay answers: an export without a decision would be another. */
async function decisions(workspace: Workspace, documentId: string, round: Round): Promise<ReadonlyMap<string, Gold>> {
  const found = new Map<string, Gold>()
  const judges = new Map<string, number>()
  for (const { itemId, chunkId } of round.getJudgements()) {
    const key = goldKey(documentId, itemId, chunkId)
    judges.set(key, (judges.get(key) ?? 0) + 1)
  }
  for (const [key, count] of judges) {
    if (count < 2) continue
    const answer = await workspace.registers.get(key)
    if (answer.outcome === "unavailable")
      throw new CommandError("failure", "Nothing was written: no relay answers for what was decided where people disagree.")
    const gold = "register" in answer ? readGold(answer.register) : undefined
    if (gold !== undefined) found.set(key, gold)
  }
  return found
}

/** What an answer should say, when a correction of it was accepted. */
async function acceptedText(workspace: Workspace, conversationId: string, messageId: string): Promise<string | undefined> {
  const documentId = opinionsDocumentId(workspace.name, conversationId)
  const answer = await workspace.registers.get(correctionKey(documentId, messageId))
  const accepted = "register" in answer ? readAccepted(answer.register) : undefined
  if (accepted === undefined) return undefined
  const document = await workspace.open(documentId)
  const opinions = new AnswerOpinions(document.ydoc, { ...writingAs(workspace), annotator: READER })
  try {
    return opinions.correctionsOf(messageId).find(({ id }) => id === accepted.correctionId)?.text
  } finally {
    opinions.destroy()
    await document.close()
  }
}
