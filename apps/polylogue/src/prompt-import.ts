import { readFileSync } from "node:fs"
import {
  applyPromptImport,
  labelBase,
  labelKey,
  parsePrompts,
  promptDocumentId,
  WorkspaceIndex,
  type PromptImportItem,
  type PromptImportReport,
  type PromptImportTarget,
  type PublishOutcome,
} from "@polylogue/conversation"
import type { ReplicaDocument } from "@polylogue/replica"
import { CommandError, EXIT_CODES, fileReasonOf } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { register, tryToPublish } from "./prompt-publish.ts"
import { importLine, namedFormat, onLine, writingAs } from "./prompt-words.ts"
import { closeAll, Workspace } from "./workspace.ts"

/** One prompt of a file, what became of it, and of its labels when they were asked for. */
interface Imported {
  readonly report: PromptImportReport
  readonly published: readonly string[]
  readonly refused: boolean
}

/**
 * `polylogue prompt import`: writes the prompts of files that are not there yet, and reports item by item. Each is on the relay's disk before its line is printed. With `--labels` its versions get numbers
 * and the labels of the file, else none. Exit code 2 when something in a file could not be read, 1 when a label could not be set.
 * @throws CommandError `usage` for files that cannot be read, before anything is written; `failure` when the relay cannot be reached.
 */
export async function importPrompts(call: Call): Promise<number> {
  const format = namedFormat(call)
  if (call.files.length === 0) throw new CommandError("usage", "Name the files to import: polylogue prompt import <file...>.")
  const files = call.files.map((name) => ({ name, content: readPrompts(name) }))
  const workspace = await Workspace.open(call)
  const all: Imported[] = []
  try {
    const document = await workspace.index()
    const index = { document, cards: new WorkspaceIndex(document.ydoc, writingAs(workspace)) }
    for (const items of inBatches(parsePrompts(files, format === undefined ? {} : { format: format.name }))) {
      for (const imported of await apply(workspace, index, items, call.on("labels"))) {
        all.push(imported)
        if (!call.on("json")) console.log([importLine(imported.report), ...imported.published.map((line) => `  ${line}`)].join("\n"))
      }
    }
    index.cards.destroy()
    await document.close()
  } finally {
    await workspace.close()
  }
  const counts = new Map<string, number>()
  for (const { report } of all) counts.set(report.status, (counts.get(report.status) ?? 0) + 1)
  console.log(
    call.on("json")
      ? JSON.stringify(
          all.map(({ report, published }) => ({ ...report, published })),
          null,
          2,
        )
      : [...counts].map(([status, count]) => `${count} ${status}`).join(", "),
  )
  return counts.has("failed") ? EXIT_CODES.usage : all.some(({ refused }) => refused) ? EXIT_CODES.failure : 0
}

function readPrompts(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new CommandError("usage", `${file} cannot be read: ${fileReasonOf(error)}. Nothing was imported.`, { cause: error })
  }
}

/** The workspace's index, read once for all prompts. */
interface Index {
  readonly document: ReplicaDocument
  readonly cards: WorkspaceIndex
}

/** Prompts that are on their way to the relay's disk at once: each of them alone waits for it about as long as all together. */
const BATCH = 32

function* inBatches(items: Iterable<PromptImportItem>): Iterable<readonly PromptImportItem[]> {
  let batch: PromptImportItem[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Writes prompts, in their order, and waits until all are on the relay's disk; then numbers and labels them when that was asked for. */
async function apply(
  workspace: Workspace,
  index: Index,
  items: readonly PromptImportItem[],
  labels: boolean,
): Promise<readonly Imported[]> {
  const documents = new Map<string, ReplicaDocument>()
  try {
    const ids = [...new Set(items.flatMap((item) => (item.kind === "prompt" ? item.prompt.id : [])))]
    await Promise.all(ids.map(async (id) => documents.set(id, await workspace.open(promptDocumentId(workspace.name, id)))))
    const target = (id: string): PromptImportTarget => ({
      promptDoc: documents.get(id)!.ydoc,
      index: index.cards,
      options: writingAs(workspace),
    })
    const reports = items.map((item) => (item.kind === "report" ? item.report : applyPromptImport(item, target(item.prompt.id))))
    await Promise.all([...documents.values()].map((document) => workspace.store(document)))
    await workspace.store(index.document)
    const imported: Imported[] = []
    for (const report of reports) imported.push(await withLabels(workspace, documents, report, labels))
    return imported
  } finally {
    await closeAll(documents.values())
  }
}

async function withLabels(
  workspace: Workspace,
  documents: ReadonlyMap<string, ReplicaDocument>,
  report: PromptImportReport,
  labels: boolean,
): Promise<Imported> {
  const document = documents.get(report.promptId ?? "")
  const wanted = labels && report.reason === null && document !== undefined
  const outcomes = wanted ? await publishAll(workspace, document, report.name ?? "", report) : []
  return { report, published: outcomes.map(describe), refused: outcomes.some(({ outcome }) => outcome.outcome !== "published") }
}

interface Step {
  readonly label: string | null
  readonly outcome: PublishOutcome
}

/** Numbers the versions in their order, then sets the labels, each from where it stands now. */
async function publishAll(
  workspace: Workspace,
  document: ReplicaDocument,
  name: string,
  { promptId, versionIds, labels }: PromptImportReport,
): Promise<readonly Step[]> {
  const steps: Step[] = []
  const publish = async (versionId: string, label: string | null): Promise<boolean> => {
    const base = labelBase(label === null ? undefined : await register(workspace, labelKey(document.documentId, label)))
    const outcome = await tryToPublish(workspace, document, { id: promptId!, name, versionId, label, base })
    if (label !== null || outcome.outcome !== "published") steps.push({ label, outcome })
    return outcome.outcome === "published"
  }
  // Where one gets no number, none of the later ones may get one before it.
  for (const versionId of versionIds) if (!(await publish(versionId, null))) return steps
  for (const { label, versionId } of labels) await publish(versionId, label)
  return steps
}

function describe({ label, outcome }: Step): string {
  const what = label === null ? "numbers" : label
  switch (outcome.outcome) {
    case "published":
      return `${what} set to v${outcome.number}`
    case "conflict":
      return `${what} not set: ${onLine(outcome.theirs.principal)} moved it meanwhile`
    case "name-taken":
      return `${what} not set: another prompt (${onLine(outcome.by)}) has the name; give this one another, then publish it`
    case "refused":
      return `${what} not set: the relay refused the ${outcome.step}: ${outcome.code}`
    case "unavailable":
    case "unwanted":
      return `${what} not set, as far as is known: no relay answered; import again`
  }
}
