import {
  type Author,
  indexDocumentId,
  LATEST_LABEL,
  parseLabelKey,
  type PromptContent,
  promptDocumentId,
  promptNameKey,
  VersionNumbers,
  versionsKey,
} from "@polylogue/conversation"
import type { RelayRegisters } from "@polylogue/relay"
import type { PromptShelf, ShelfProblem } from "./prompt-shelf.ts"

/** Which version is asked for. */
export type VersionChoice = { readonly by: "label"; readonly label: string } | { readonly by: "number"; readonly number: number }

/** A published version, with what the registers said of it. */
export interface PublishedVersion {
  readonly promptId: string
  readonly versionId: string
  readonly number: number | null
  /** Those that stand at it, `latest` among them when its number is the highest. */
  readonly labels: readonly string[]
  readonly tags: readonly string[]
  readonly content: PromptContent
  readonly author: Author
  readonly message: string
  readonly createdAt: number
}

/** A prompt that has a name, and its document. */
export interface LocatedPrompt {
  readonly workspace: string
  readonly promptId: string
  readonly documentId: string
}

/** Why there is no version to give. `no-version`: what the prompt has instead; `missing`: registers know a version that is not on this disk. */
export type CatalogueProblem =
  | { readonly problem: "no-version"; readonly labels: readonly string[]; readonly count: number }
  | { readonly problem: "missing" | ShelfProblem }

/** A prompt in a list. */
export interface ListedPrompt {
  readonly name: string
  readonly promptId: string
  readonly labels: readonly string[]
  /** How many versions have a number, which is the highest. */
  readonly count: number
  readonly tags: readonly string[]
}

/** Whether a document may be read. */
export type MayRead = (documentId: string) => boolean

const NAMES = "prompt-name/"
const NO_TAGS: ReadonlyMap<string, readonly string[]> = new Map()

/** The published prompts of a relay by their names: what its registers say, and what its disk holds. */
export class PromptCatalogue {
  readonly #registers: RelayRegisters
  readonly #shelf: PromptShelf

  constructor(registers: RelayRegisters, shelf: PromptShelf) {
    this.#registers = registers
    this.#shelf = shelf
  }

  /** The prompt of a name that may be read; of any other nothing is said but that there is none. */
  async locate(workspace: string, name: string, mayRead: MayRead): Promise<LocatedPrompt | undefined> {
    const key = nameKey(workspace, name)
    const promptId = key === undefined ? null : (await this.#registers.get(key)).value
    const documentId = promptId === null ? undefined : documentOf(workspace, promptId)
    if (promptId === null || documentId === undefined || !mayRead(documentId)) return undefined
    return { workspace, promptId, documentId }
  }

  /** The version of a prompt that is asked for. */
  async find(
    { workspace, promptId, documentId }: LocatedPrompt,
    choice: VersionChoice,
    mayRead: MayRead,
  ): Promise<PublishedVersion | CatalogueProblem> {
    const { labels, numbers } = await this.#standing(documentId)
    const digest = await this.#shelf.prompt(documentId)
    if (typeof digest === "string") return { problem: digest }
    const number = choice.by === "number" ? choice.number : choice.label === LATEST_LABEL ? numbers.count : undefined
    const versionId =
      choice.by === "label" && number === undefined ? labels.get(choice.label) : numbers.find(number ?? 0, digest.versions.keys())
    const version = digest.versions.get(versionId ?? "")
    if (versionId === undefined || version === undefined) {
      const known = versionId !== undefined || (number !== undefined && number > 0 && number <= numbers.count)
      return known ? { problem: "missing" } : { problem: "no-version", labels: [...labels.keys()], count: numbers.count }
    }
    const tags = (await this.#tags(workspace, mayRead)).get(promptId) ?? []
    const about = JSON.parse(version.about) as Pick<PublishedVersion, "author" | "message" | "createdAt">
    const content = JSON.parse(digest.contents[version.content]!) as PromptContent
    const standing = { number: numbers.numberOf(versionId) ?? null, labels: labelsOf(versionId, labels, numbers) }
    return { promptId, versionId, ...standing, tags, content, ...about }
  }

  /** The prompts of a workspace that have names and may be read, in the order of their names; `from` and `count` choose a part of them. */
  async list(
    workspace: string,
    mayRead: MayRead,
    { from, count }: { readonly from: number; readonly count: number },
  ): Promise<{ readonly prompts: readonly ListedPrompt[]; readonly total: number }> {
    const index = indexDocumentId(workspace)
    const begin = `${index}#${NAMES}`
    const named = (await this.#registers.list(index)).flatMap(({ key, value }) => {
      const name = key.startsWith(begin) ? decoded(key.slice(begin.length)) : undefined
      const documentId = value === null ? undefined : documentOf(workspace, value)
      return name === undefined || value === null || documentId === undefined || !mayRead(documentId)
        ? []
        : [{ name, promptId: value, documentId }]
    })
    const sorted = named.toSorted((one, other) => (one.name < other.name ? -1 : 1))
    const tags = sorted.length === 0 ? NO_TAGS : await this.#tags(workspace, mayRead)
    const prompts = sorted.slice(from, from + count).map(async ({ name, promptId, documentId }) => {
      const { labels, numbers } = await this.#standing(documentId)
      return { name, promptId, labels: [...labels.keys()], count: numbers.count, tags: tags.get(promptId) ?? [] }
    })
    return { prompts: await Promise.all(prompts), total: sorted.length }
  }

  /** The tags of prompts stand in the index, and are for those who may read it: a grant for one prompt is none for its card. */
  #tags(workspace: string, mayRead: MayRead): Promise<ReadonlyMap<string, readonly string[]>> {
    const index = indexDocumentId(workspace)
    return mayRead(index) ? this.#shelf.tags(index) : Promise.resolve(NO_TAGS)
  }

  /** Labels with the versions that have them, in their order, and the numbers of the versions. */
  async #standing(documentId: string): Promise<{ readonly labels: ReadonlyMap<string, string>; readonly numbers: VersionNumbers }> {
    const labels = new Map<string, string>()
    let numbers = VersionNumbers.read(null)!
    for (const { key, value } of await this.#registers.list(documentId)) {
      const label = parseLabelKey(key)?.label
      if (value === null) continue
      if (label !== undefined) labels.set(label, value)
      else if (key === versionsKey(documentId)) numbers = VersionNumbers.read(value) ?? numbers
    }
    return { labels, numbers }
  }
}

function labelsOf(versionId: string, labels: ReadonlyMap<string, string>, numbers: VersionNumbers): readonly string[] {
  const standing = [...labels].filter(([, version]) => version === versionId).map(([label]) => label)
  return numbers.count > 0 && numbers.numberOf(versionId) === numbers.count ? [...standing, LATEST_LABEL] : standing
}

function nameKey(workspace: string, name: string): string | undefined {
  try {
    return promptNameKey(workspace, name)
  } catch {
    // No prompt is published under such a name.
    return undefined
  }
}

/** The document of a prompt that a register names; registers hold what people wrote. */
function documentOf(workspace: string, promptId: string): string | undefined {
  try {
    return promptDocumentId(workspace, promptId)
  } catch {
    return undefined
  }
}

function decoded(escaped: string): string | undefined {
  try {
    return decodeURIComponent(escaped)
  } catch {
    return undefined
  }
}
