import * as Y from "yjs"
import type { ConversationOptions } from "../conversation.ts"
import { ConversationError } from "../conversation-error.ts"
import type { ImportReason } from "../formats/import-item.ts"
import { ConversationOrigin } from "../origin.ts"
import { canonicalJson, textHash } from "../text/canonical-json.ts"
import { promptCards } from "../prompt/prompt-cards.ts"
import { MAX_SLOTS, type PromptContent } from "../prompt/prompt-content.ts"
import { MAIN_DRAFT } from "../prompt/prompt-layout.ts"
import { type PromptVersion, versionRecords, type VersionRecords } from "../prompt/prompt-versions.ts"
import { Prompt } from "../prompt/prompt.ts"
import type { Author } from "../stored-message.ts"
import { normaliseTag } from "../tag.ts"
import type { WorkspaceIndex } from "../workspace-index.ts"
import { alignSlots } from "./align-slots.ts"
import type { ImportedPrompt, PortableVersion, PromptImportItem, PromptImportReport } from "./prompt-item.ts"
import { readOrigin, writeOrigin } from "./prompt-origins.ts"
import { promptReport } from "./prompt-report.ts"

/** What an import of one prompt writes to. */
export interface PromptImportTarget {
  /** The prompt's document, with all that is known of it. */
  readonly promptDoc: Y.Doc
  /** The index of the workspace, for a card, one for all prompts of an import; absent: the caller keeps none. */
  readonly index?: WorkspaceIndex
  /**
   * The version that the first one of the file was made from: that version and those made from it alone are what may be here already, so that going back to
   * what was said before is a version of its own. Default: the newest that came from the same format, if any did, and any version may be here already.
   */
  readonly parent?: string
  /** Who imports: the author of versions whose file names none. */
  readonly options: ConversationOptions
}

/**
 * Writes an imported prompt. One that is not here yet gets its name, its card with tags, its versions, and a draft that says what the newest of them says.
 * One that is here gets the versions that it lacks; its draft follows only if nothing in it would be lost, and its name, tags and description stay as they are.
 * What is here already, version by version, is not written again. No label is set: the report says which ones the file had.
 *
 * Each document is written in one transaction, or not at all: what a document cannot hold is `failed`, with nothing written.
 */
export function applyPromptImport(item: PromptImportItem, target: PromptImportTarget): PromptImportReport {
  if (item.kind === "report") return item.report
  const { prompt, where, notices } = item
  const base = { where, promptId: prompt.id, name: prompt.name }
  try {
    const applied = apply(prompt, target)
    const { imported, versionIds } = applied
    return promptReport(where, {
      ...base,
      status: imported > 0 ? "imported" : "unchanged",
      versions: { imported, unchanged: versionIds.length - imported },
      versionIds,
      labels: prompt.versions.flatMap(({ labels }, at) => labels.map((label) => ({ label, versionId: versionIds[at] ?? "" }))),
      notices: [...notices, ...applied.notices],
    })
  } catch (error) {
    if (!(error instanceof ConversationError) && !(error instanceof RangeError)) throw error
    return promptReport(where, { ...base, status: "failed", reason: { code: "too-large", message: error.message } })
  }
}

interface Applied {
  readonly imported: number
  readonly versionIds: readonly string[]
  readonly notices: readonly ImportReason[]
}

function apply(prompt: ImportedPrompt, target: PromptImportTarget): Applied {
  const { promptDoc, index, options } = target
  const here = new Prompt(promptDoc, options)
  try {
    const isNew = here.getVersions().length === 0 && here.getSlots(MAIN_DRAFT).length === 0
    const plan = planVersions(prompt, here, target)
    const newest = plan.at(-1)
    const fresh = plan.filter(({ records }) => records !== undefined)
    if (newest !== undefined) rehearse(prompt, newest.content, options)
    const notices: ImportReason[] = []
    const follows = newest?.records !== undefined && (isNew || isUntouched(here, newest.parents))
    if (!follows && newest?.records !== undefined)
      notices.push({ code: "other-text", message: "its draft here says something else and stays as it is; the version is in its history" })
    promptDoc.transact(() => {
      if (isNew) {
        here.setName(prompt.name)
        if (prompt.description !== "") here.setDescription(prompt.description)
      }
      for (const { records, version } of fresh) if (records !== undefined) writeVersion(promptDoc, prompt, version, records)
      if (follows) here.applyContent(MAIN_DRAFT, newest.content, [newest.id])
    }, new ConversationOrigin("import"))
    if (index !== undefined) notices.push(...writeCard(prompt, index, options, newest?.content))
    return { imported: fresh.length, versionIds: plan.map(({ id }) => id), notices }
  } finally {
    here.destroy()
  }
}

/** A version of the file where it is here, or what is to be written of it. */
interface PlannedVersion {
  readonly version: PortableVersion
  readonly id: string
  readonly content: PromptContent
  readonly parents: readonly string[]
  readonly records?: VersionRecords
}

function planVersions(prompt: ImportedPrompt, here: Prompt, { parent: given, options }: PromptImportTarget): readonly PlannedVersion[] {
  const known = new KnownVersions(
    here.getVersions().filter(({ id, parents }) => given === undefined || id === given || parents.includes(given)),
  )
  const plan: PlannedVersion[] = []
  let parent =
    given === undefined ? here.getVersions().find(({ id }) => readOrigin(here.ydoc, id)?.source === prompt.source) : here.getVersion(given)
  for (const version of prompt.versions) {
    const same = known.take(version)
    if (same !== undefined) {
      plan.push({ version, id: same.id, content: same.content, parents: same.parents })
      parent = same
      continue
    }
    const { kind, variables, config } = version
    if (version.slots.length > MAX_SLOTS)
      throw new ConversationError("too-large", `a prompt has at most ${MAX_SLOTS} slots, not ${version.slots.length}`)
    const content = { kind, variables, config, slots: alignSlots(version.slots, parent?.content.slots ?? [], prompt.id) }
    const parents = parent === undefined ? [] : [parent.id]
    const fields = {
      content,
      parents,
      author: authorOf(version, prompt, options),
      message: version.message,
      createdAt: version.createdAt ?? options.now(),
    }
    const records = versionRecords(fields)
    plan.push({ version, id: records.id, content, parents, records })
    parent = { ...fields, id: records.id }
  }
  return plan
}

/** The versions here by what they say. Each is that of one version of a file at most. */
class KnownVersions {
  readonly #oldestFirst = new Map<string, PromptVersion[]>()

  constructor(newestFirst: readonly PromptVersion[]) {
    for (const version of newestFirst.toReversed()) {
      const key = saidIn(version.content, version.message)
      const alike = this.#oldestFirst.get(key) ?? []
      this.#oldestFirst.set(key, alike)
      alike.push(version)
    }
  }

  /** Takes the version here that is the one of the file; undefined when there is none. A time that the file lacks says nothing. */
  take(version: PortableVersion): PromptVersion | undefined {
    const alike = this.#oldestFirst.get(saidIn(version, version.message)) ?? []
    const at = alike.findIndex(({ createdAt }) => version.createdAt === null || createdAt === version.createdAt)
    return at === -1 ? undefined : alike.splice(at, 1)[0]
  }
}

/** Names all that a version says. Ids of slots are ours, and no part of it. */
function saidIn(
  { kind, slots, variables, config }: Pick<PortableVersion, "kind" | "slots" | "variables" | "config">,
  message: string,
): string {
  const said = slots.map(({ role, name, text }) => ({ role, name, text }))
  return textHash(canonicalJson({ kind, slots: said, variables, config, message }))
}

function authorOf({ author }: PortableVersion, { source }: ImportedPrompt, options: ConversationOptions): Author {
  return author === null ? options.author : { id: `${source}:${author}`, kind: "person", name: author }
}

/** Writes name, description and content into a document that is thrown away, so that what cannot be held is found before anything is written. */
function rehearse(prompt: ImportedPrompt, content: PromptContent, options: ConversationOptions): void {
  const scratch = new Prompt(new Y.Doc(), options)
  try {
    scratch.setName(prompt.name)
    scratch.setDescription(prompt.description)
    scratch.applyContent(MAIN_DRAFT, content)
  } finally {
    scratch.destroy()
  }
}

/** Whether the draft says just what the versions say that the new one was made from: then nobody's words are in it that the new one lacks. */
function isUntouched(here: Prompt, parents: readonly string[]): boolean {
  const draft = here.getDraft(MAIN_DRAFT)
  const [parent] = parents
  if (draft === undefined || parent === undefined || draft.base.length !== 1 || draft.base[0] !== parent) return false
  const version = here.getVersion(parent)
  return version !== undefined && canonicalJson(version.content) === canonicalJson(here.getContent(MAIN_DRAFT))
}

function writeVersion(ydoc: Y.Doc, prompt: ImportedPrompt, version: PortableVersion, records: VersionRecords): void {
  const contents = ydoc.getMap<unknown>("contents")
  if (contents.get(records.contentHash) !== records.content) contents.set(records.contentHash, records.content)
  ydoc.getMap<unknown>("versions").set(records.id, records.record)
  writeOrigin(ydoc, records.id, { source: prompt.source, number: version.number, extra: version.extra })
}

/** Makes the card of a prompt that has none. */
function writeCard(
  { id, name, tags }: ImportedPrompt,
  index: WorkspaceIndex,
  options: ConversationOptions,
  content: PromptContent | undefined,
): readonly ImportReason[] {
  const notices: ImportReason[] = []
  const cards = promptCards(index)
  const card = cards.getCard(id)
  if (card?.deletedAt != null) notices.push({ code: "in-trash", message: "the prompt is deleted here and stays so; restore it to see it" })
  if (card !== undefined) return notices
  index.ydoc.transact(() => {
    cards.create({ id, name })
    for (const tag of tags) if (!addTag(() => cards.addTag(id, normaliseTag(tag)))) notices.push(longTag(tag))
    const snippet = content?.slots.find(({ text }) => text !== "")?.text ?? ""
    cards.touch(id, { clock: options.now(), snippet, authorId: options.author.id })
  }, new ConversationOrigin("import"))
  return notices
}

function addTag(add: () => void): boolean {
  try {
    add()
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function longTag(tag: string): ImportReason {
  return { code: "reshaped", message: `its tag "${tag.slice(0, 40)}…" is too long for one, and was left out` }
}
