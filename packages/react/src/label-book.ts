import {
  type AuthorityRegister,
  type LabelBase,
  labelBase,
  labelKey,
  parseLabelKey,
  PRODUCTION_LABEL,
  promptDocumentId,
  type RegisterClient,
  VersionNumbers,
  versionsKey,
} from "@polylogue/conversation"

/** What a label of a prompt holds, as it was last heard. Immutable. */
export interface PublishedLabel {
  readonly label: string
  /** `null`: none; the label is there because it is protected. */
  readonly versionId: string | null
  /** The number of that version; `undefined` where the list has not been heard. */
  readonly number: number | undefined
  /** What a change of the label goes from. */
  readonly base: LabelBase
  /** When it was set, in the relay's ms since 1970. */
  readonly setAt: number
  /** The principal that set it, as the relay knows people. */
  readonly by: string
  /** When the authority said so, in the relay's ms since 1970. */
  readonly asOf: number
  /** Whether only owners may set it. */
  readonly protected: boolean
}

/** The labels and numbers of a prompt, as they were last heard. Immutable; the same object until something else is heard. */
export interface PublishedLabels {
  /** `production` first, then in the order of their names. */
  readonly labels: readonly PublishedLabel[]
  /** The numbers of the versions; none while nothing has been heard of them. */
  readonly numbers: VersionNumbers
  /** Whether anything was ever heard of this prompt's registers. */
  readonly known: boolean
}

/** Labels that are looked for before any was named. */
const LIKELY_LABELS = [PRODUCTION_LABEL, "staging"]
const NO_NUMBERS = VersionNumbers.read(null) as VersionNumbers

/**
 * What this device has heard of the labels of a workspace's prompts, read from the replica's memory of the authority's registers, so also offline; and
 * kept fresh for those that somebody looks at.
 */
export class LabelBook {
  readonly #registers: RegisterClient
  readonly #workspace: string
  readonly #labels = new Map<string, Set<string>>()
  readonly #pages = new Map<string, Page>()
  readonly #listeners = new Map<string, Set<() => void>>()

  constructor(registers: RegisterClient, workspace: string) {
    this.#registers = registers
    this.#workspace = workspace
  }

  /** What is known of a prompt's labels now; the same object until something else is. */
  get(promptId: string): PublishedLabels {
    const document = promptDocumentId(this.#workspace, promptId)
    const page = this.#pages.get(document)
    if (page?.isFresh === true) return page.found
    const names = [...new Set([...LIKELY_LABELS, ...(this.#labels.get(document) ?? [])])]
    const registers = [versionsKey(document), ...names.map((label) => labelKey(document, label))].map((key) => this.#registers.cached(key))
    const isSame = page?.registers.length === registers.length && registers.every((register, index) => register === page.registers[index])
    const found = isSame ? page.found : readLabels(names, registers)
    this.#pages.set(document, { isFresh: true, registers, found })
    return found
  }

  /** Keeps a prompt's labels fresh and calls `listener` after each change of them. Returns the unsubscription. */
  subscribe(promptId: string, listener: () => void): () => void {
    const stops = [this.listen(promptId, listener), this.#watch(promptDocumentId(this.#workspace, promptId))]
    return () => stops.forEach((stop) => stop())
  }

  /** Calls `listener` after each change of a prompt's labels that somebody keeps fresh. Returns the unsubscription. */
  listen(promptId: string, listener: () => void): () => void {
    const document = promptDocumentId(this.#workspace, promptId)
    const listeners = this.#listeners.get(document) ?? new Set()
    const entry = (): void => listener()
    this.#listeners.set(document, listeners.add(entry))
    return () => {
      listeners.delete(entry)
      if (listeners.size === 0 && this.#listeners.get(document) === listeners) this.#listeners.delete(document)
    }
  }

  /** Keeps the labels of all prompts fresh, with one question to the relay. Returns what ends it. */
  watchAll(): () => void {
    return this.#watch(`${this.#workspace}/prompt`)
  }

  #watch(prefix: string): () => void {
    const stop = this.#registers.watch(prefix, (key) => this.#changed(key))
    // While nobody watched, somebody may have asked, and was answered.
    for (const [document, page] of this.#pages) if (document === prefix || document.startsWith(`${prefix}/`)) page.isFresh = false
    return stop
  }

  #changed(key: string): void {
    const place = parseLabelKey(key)
    const document = place?.promptDocument ?? key.slice(0, key.indexOf("#"))
    if (place !== undefined) {
      const labels = this.#labels.get(document) ?? new Set()
      this.#labels.set(document, labels.add(place.label))
    }
    const page = this.#pages.get(document)
    if (page !== undefined) page.isFresh = false
    for (const listener of this.#listeners.get(document) ?? []) listener()
  }
}

/** What was read of a prompt's registers, and from what. */
interface Page {
  isFresh: boolean
  readonly registers: readonly (AuthorityRegister | undefined)[]
  readonly found: PublishedLabels
}

/** The labels in their registers, of which the first is the list of numbers. */
function readLabels(names: readonly string[], [list, ...registers]: readonly (AuthorityRegister | undefined)[]): PublishedLabels {
  const numbers = (list === undefined ? undefined : VersionNumbers.read(list.value)) ?? NO_NUMBERS
  const labels = names.map((label, index) => readLabel(label, registers[index], numbers)).filter((label) => label !== undefined)
  const known = list !== undefined || registers.some((register) => register !== undefined)
  return Object.freeze({ labels: Object.freeze(labels.sort(compareLabels)), numbers, known })
}

function readLabel(label: string, register: AuthorityRegister | undefined, numbers: VersionNumbers): PublishedLabel | undefined {
  if (register === undefined || (register.value === null && !register.guarded)) return undefined
  const { value: versionId, setAt, principal: by, asOf, guarded } = register
  const number = versionId === null ? undefined : numbers.numberOf(versionId)
  return Object.freeze({ label, versionId, number, base: labelBase(register), setAt, by, asOf, protected: guarded })
}

function compareLabels({ label: left }: PublishedLabel, { label: right }: PublishedLabel): number {
  if ((left === PRODUCTION_LABEL) !== (right === PRODUCTION_LABEL)) return left === PRODUCTION_LABEL ? -1 : 1
  return left < right ? -1 : 1
}
