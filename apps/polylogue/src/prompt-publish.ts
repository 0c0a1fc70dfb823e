import { readFileSync } from "node:fs"
import process from "node:process"
import {
  applyPromptImport,
  type ImportedPrompt,
  type LabelBase,
  labelBase,
  labelKey,
  LATEST_LABEL,
  mintId,
  parsePrompts,
  promptCards,
  promptDocumentId,
  promptNameKey,
  PromptView,
  publishedName,
  type PublishOutcome,
  publishVersion,
  VersionNumbers,
  versionsKey,
  WorkspaceIndex,
} from "@polylogue/conversation"
import type { Register, ReplicaDocument } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/node"
import { CommandError, EXIT_CODES, fileReasonOf, reasonOf } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { namedFormat, onLine, writingAs } from "./prompt-words.ts"
import { closeAll, Workspace } from "./workspace.ts"

/** Times that a publication is tried while no authority answers; each takes as long as a register's request may. */
const MAX_TRIES = 3

/**
 * `polylogue prompt publish`: stores a file as a version, gives it a number, and a label if one is named. Exit code 1 when the label was moved by somebody else: then the version is stored all
 * the same, and the lines say who published what.
 * @throws CommandError `usage` for a file that holds not just one prompt, `failure` when the relay cannot be reached or refuses.
 */
export async function publishPrompt(call: Call): Promise<number> {
  const [file, stray] = call.files
  if (file === undefined || stray !== undefined)
    throw new CommandError("usage", "Name one file, or - for standard input: polylogue prompt publish <file>.")
  const label = call.flag("label") ?? null
  if (label === LATEST_LABEL) throw new CommandError("usage", `Nobody sets ${LATEST_LABEL}: it is the version with the highest number.`)
  const given = readPrompt(file, call)
  const workspace = await Workspace.open(call)
  try {
    const told = await publish(workspace, given, { label, base: call.flag("base") })
    console.log(call.on("json") ? JSON.stringify(told.fields, null, 2) : told.line)
    return told.done ? 0 : EXIT_CODES.failure
  } finally {
    await workspace.close()
  }
}

/** The one prompt of a file, with name and message as they were given. */
function readPrompt(file: string, call: Call): ImportedPrompt {
  let content: Uint8Array
  try {
    content = readFileSync(file === "-" ? process.stdin.fd : file)
  } catch (error) {
    throw new CommandError("usage", `${file} cannot be read: ${fileReasonOf(error)}. Nothing was published.`, { cause: error })
  }
  const format = namedFormat(call)
  const [item, second] = parsePrompts([{ name: file, content }], format === undefined ? {} : { format: format.name })
  if (item?.kind !== "prompt")
    throw new CommandError("usage", `${file} holds no prompt: ${item?.report.reason?.message ?? "it is empty"}. Nothing was published.`)
  const { prompt } = item
  if (second !== undefined || prompt.versions.length > 1)
    throw new CommandError(
      "usage",
      `${file} holds several prompts or versions: see polylogue prompt import --labels. Nothing was published.`,
    )
  const name = call.flag("name") ?? (file === "-" && prompt.name === "-" ? "" : prompt.name)
  if (publishedName(name) === "") throw new CommandError("usage", "Name the prompt with --name.")
  const message = call.flag("message")
  return {
    ...prompt,
    name: publishedName(name),
    // Whoever publishes says it, now: who and when of the file are of the version it was made from.
    versions: prompt.versions.map((version) => ({
      ...version,
      author: null,
      createdAt: null,
      labels: [],
      ...(message === undefined ? {} : { message }),
    })),
  }
}

interface Told {
  readonly done: boolean
  readonly line: string
  readonly fields: Readonly<Record<string, unknown>>
}

async function publish(
  workspace: Workspace,
  given: ImportedPrompt,
  { label, base: wanted }: { readonly label: string | null; readonly base: string | undefined },
): Promise<Told> {
  const indexDocument = await workspace.index()
  const index = new WorkspaceIndex(indexDocument.ydoc, writingAs(workspace))
  const id = await idOf(workspace, index, given.name)
  const documentId = promptDocumentId(workspace.name, id)
  const document = await workspace.open(documentId)
  try {
    const options = writingAs(workspace)
    const standing = label === null ? undefined : await register(workspace, labelKey(documentId, label))
    const parent = wanted === undefined ? (standing?.value ?? newestIn(document)) : await versionNamed(workspace, document, wanted)
    const target = { promptDoc: document.ydoc, index, options, ...(parent === undefined ? {} : { parent }) }
    const report = applyPromptImport(
      { kind: "prompt", where: { file: given.name, position: "" }, prompt: { ...given, id }, notices: [] },
      target,
    )
    const [versionId] = report.versionIds
    if (versionId === undefined)
      throw new CommandError(
        "failure",
        `The prompt cannot be stored: ${report.reason?.message ?? "no reason given"}. Nothing was published.`,
      )
    await workspace.store(document)
    await workspace.store(indexDocument)
    const base = wanted === undefined ? labelBase(standing) : baseAt(standing, parent ?? null)
    const outcome =
      base === undefined
        ? movedAway(standing, parent ?? null)
        : await tryToPublish(workspace, document, { id, name: given.name, versionId, label, base })
    return await tell(workspace, { id, name: given.name, documentId, versionId, label }, outcome)
  } finally {
    index.destroy()
    await closeAll([document, indexDocument])
  }
}

/** The prompt that has the name, or is called so and was not published yet; a fresh one when there is none. */
async function idOf(workspace: Workspace, index: WorkspaceIndex, name: string): Promise<string> {
  const reserved = (await register(workspace, nameKey(workspace, name))).value
  if (reserved !== null) return reserved
  const called = promptCards(index)
    .getCards()
    .filter((card) => publishedName(card.name) === name)
  if (called.length > 1)
    throw new CommandError(
      "usage",
      `${called.length} prompts are called "${onLine(name)}" (${called.map(({ id }) => id).join(", ")}). Name them apart first.`,
    )
  return called[0]?.id ?? mintId(Date.now(), randomBytes)
}

function nameKey(workspace: Workspace, name: string): string {
  try {
    return promptNameKey(workspace.name, name)
  } catch (error) {
    throw new CommandError("usage", `"${onLine(name)}" cannot be the name of a prompt: ${reasonOf(error)}.`, { cause: error })
  }
}

/** What a register holds now. @throws CommandError `failure` */
export async function register(workspace: Workspace, key: string): Promise<Register> {
  const answer = await workspace.registers.get(key)
  if ("register" in answer) return answer.register
  const why =
    answer.outcome === "unavailable"
      ? "the relay does not answer for the labels. Its link to the one that decides on them may be cut, or it is of an older version; try again."
      : `the relay refused: ${answer.code}.`
  throw new CommandError("failure", `Nothing was published: ${why}`)
}

/** The version that a prompt goes on from where no label says; undefined for a new one. */
function newestIn({ ydoc }: ReplicaDocument): string | undefined {
  const view = new PromptView(ydoc)
  const newest = view.getVersions()[0]?.id
  view.destroy()
  return newest
}

/** The id of a version that is named by its number, or by the beginning of its id. */
async function versionNamed(workspace: Workspace, document: ReplicaDocument, wanted: string): Promise<string> {
  const view = new PromptView(document.ydoc)
  const ids = view.getVersions().map(({ id }) => id)
  view.destroy()
  const numbers = VersionNumbers.read((await register(workspace, versionsKey(document.documentId))).value)
  const byNumber = /^\d+$/.test(wanted) ? numbers?.find(Number(wanted), ids) : undefined
  const [found, second] = byNumber === undefined ? ids.filter((id) => id.startsWith(wanted)) : [byNumber]
  if (found === undefined || second !== undefined)
    throw new CommandError(
      "usage",
      `There is no version ${wanted} of this prompt${second === undefined ? "" : ", but several that begin so"}. Nothing was published.`,
    )
  return found
}

/** The base of somebody who says that the label was at `versionId`; undefined when it is not there. */
function baseAt(standing: Register | undefined, versionId: string | null): LabelBase | undefined {
  if (standing === undefined) return labelBase(undefined)
  return standing.value === versionId ? labelBase(standing) : undefined
}

/** What publishing from a base that the label has left comes to. */
function movedAway(standing: Register | undefined, versionId: string | null): PublishOutcome {
  const { revision, value, principal, setAt } = standing!
  return { outcome: "conflict", theirs: { revision, versionId: value, principal, setAt }, base: { revision: null, versionId } }
}

/** What is published, and from where. */
interface Wanted {
  readonly id: string
  readonly name: string
  readonly versionId: string
  readonly label: string | null
  readonly base: LabelBase
}

/** Publishes a version that is in `document`, waiting until the relay has it, again with the same attempt while it is not known how far it came. */
export async function tryToPublish(
  workspace: Workspace,
  document: ReplicaDocument,
  { id, name, versionId, label, base }: Wanted,
): Promise<PublishOutcome> {
  const attempt = Buffer.from(randomBytes(8)).toString("hex")
  const publication = {
    registers: workspace.registers,
    workspace: workspace.name,
    promptId: id,
    promptDocument: document.documentId,
    name,
    versionId,
    label,
    base,
    attempt,
    stored: async () => {
      await workspace.store(document)
      return true
    },
  }
  let outcome = await publishVersion(publication)
  for (let tries = 1; tries < MAX_TRIES && outcome.outcome === "unavailable"; tries++) outcome = await publishVersion(publication)
  return outcome
}

/** What was published, or why not, for people and for programs. */
async function tell(
  workspace: Workspace,
  { id, name, documentId, versionId, label }: Omit<Wanted, "base"> & { readonly documentId: string },
  outcome: PublishOutcome,
): Promise<Told> {
  const fields = { ...outcome, name, promptId: id, versionId, label }
  const called = `"${onLine(name)}"`
  const kept = `Nothing is lost: yours is stored as version ${versionId}.`
  const told = (done: boolean, line: string, more: object = {}): Told => ({ done, line, fields: { ...fields, ...more } })
  switch (outcome.outcome) {
    case "published":
      return told(true, `published ${called} v${outcome.number}${label === null ? "" : ` as ${label}`}  ${versionId}`)
    case "conflict": {
      const { theirs } = outcome
      const numbers = VersionNumbers.read((await register(workspace, versionsKey(documentId))).value)
      const number = theirs.versionId === null ? undefined : numbers?.numberOf(theirs.versionId)
      const what =
        theirs.versionId === null ? "was taken away" : `was set to ${number === undefined ? onLine(theirs.versionId) : `v${number}`}`
      const who = theirs.principal === "" ? "" : ` by ${onLine(theirs.principal)}`
      const when = theirs.setAt === 0 ? "" : ` on ${new Date(theirs.setAt).toISOString()}`
      return told(
        false,
        `not published: ${label} of ${called} ${what}${who}${when}. ${kept} Compare them, then publish on top${number === undefined ? "" : ` with --base ${number}`}.`,
        { theirNumber: number ?? null },
      )
    }
    case "name-taken":
      return told(
        false,
        `not published: another prompt (${onLine(outcome.by)}) has the name ${called} since a moment ago. ${kept} Publish again to go on with that prompt, or under another --name.`,
      )
    case "refused":
      return told(false, `not published: ${refusedWords(outcome, label, called)}. ${kept}`)
    case "unavailable":
    case "unwanted":
      return told(
        false,
        `It is not known whether ${called} was published: no relay answered. ${kept} Publish again; what was done is not done twice.`,
      )
  }
}

function refusedWords({ step, code }: PublishOutcome & { readonly outcome: "refused" }, label: string | null, called: string): string {
  if (step === "label" && code === "forbidden") return `${label} of ${called} is protected, only owners may set it`
  return `the relay refused the ${step} of ${called}: ${code}`
}
