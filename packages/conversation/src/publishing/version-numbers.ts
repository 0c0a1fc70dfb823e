import type { DocumentId } from "../document-id.ts"
import { versionsKey } from "./prompt-registers.ts"
import type { AuthorityAnswer, RegisterClient } from "./register-client.ts"
import { parsedJson } from "../stored-value.ts"

/** Characters of a version's id that stand for it in the list: 96 bits of its hash. */
const PREFIX_LENGTH = 16
/** Most versions of a prompt that get a number: as many as a register of 64 KiB holds. */
export const MAX_NUMBERED_VERSIONS = 3_449
/**
 * Most times that a number is asked for when others always come first. Each time one of them got one, so this many authors publish one prompt at once
 * before the last of them is told to come again.
 */
const MAX_ROUNDS = 1_000

/**
 * The numbers of a prompt's versions, as its register `versions` holds them: a JSON array of the beginnings of their ids, v1 first. What stands in it
 * stays where it is, so a version has one number for ever.
 */
export class VersionNumbers {
  readonly #prefixes: readonly string[]
  readonly #numbers: ReadonlyMap<string, number>

  private constructor(prefixes: readonly string[]) {
    this.#prefixes = prefixes
    this.#numbers = new Map(prefixes.map((prefix, index) => [prefix, index + 1]))
  }

  /** Reads a register's value, `null` being no version yet; `undefined` when it is no such list. */
  static read(value: string | null): VersionNumbers | undefined {
    const list = value === null ? [] : parsedJson(value)
    const isList = Array.isArray(list) && list.every((prefix) => typeof prefix === "string" && prefix.length === PREFIX_LENGTH)
    return isList ? new VersionNumbers(list as string[]) : undefined
  }

  /** How many versions have a number, which is the highest. */
  get count(): number {
    return this.#prefixes.length
  }

  /** The number of a version; `undefined` when it has none. */
  numberOf(versionId: string): number | undefined {
    return this.#numbers.get(versionId.slice(0, PREFIX_LENGTH))
  }

  /** The id, among `versionIds`, of the version that has a number; `undefined` when it is not among them, or no version has it. */
  find(number: number, versionIds: Iterable<string>): string | undefined {
    const prefix = this.#prefixes[number - 1]
    if (prefix === undefined) return undefined
    for (const id of versionIds) if (id.startsWith(prefix)) return id
    return undefined
  }

  /** The register's value with one more version behind the others; `undefined` when it is full. */
  with(versionId: string): string | undefined {
    if (this.count >= MAX_NUMBERED_VERSIONS) return undefined
    return JSON.stringify([...this.#prefixes, versionId.slice(0, PREFIX_LENGTH)])
  }
}

/** What came of asking for a number; `full`: {@link MAX_NUMBERED_VERSIONS} have one; `bad-list`: the register holds something else. */
export type NumberAnswer =
  | { readonly outcome: "ok"; readonly number: number }
  | { readonly outcome: "unavailable" }
  | { readonly outcome: "refused"; readonly code: string }

/** The number of a version as the authority has it now; `undefined` when it has none. */
export async function askNumber(
  registers: RegisterClient,
  promptDocument: DocumentId,
  versionId: string,
): Promise<NumberAnswer | undefined> {
  return numberIn(await registers.get(versionsKey(promptDocument)), versionId)
}

/** The number of a version in what the authority said of the list; `undefined` when it has none there. */
export function numberIn(answer: AuthorityAnswer, versionId: string): NumberAnswer | undefined {
  if (answer.outcome === "unavailable" || answer.outcome === "refused") return answer
  const numbers = VersionNumbers.read(answer.register.value)
  if (numbers === undefined) return { outcome: "refused", code: "bad-list" }
  const number = numbers.numberOf(versionId)
  return number === undefined ? undefined : { outcome: "ok", number }
}

/**
 * Gives a version the next number, or says the one that it has. After `unavailable` call it again: what took effect is found by the version, so a
 * version that was given a number by a lost request gets no second one.
 * @param known - what the authority said of the list a moment ago; default: it is asked.
 */
export async function assignNumber(
  registers: RegisterClient,
  promptDocument: DocumentId,
  versionId: string,
  known?: AuthorityAnswer,
): Promise<NumberAnswer> {
  const key = versionsKey(promptDocument)
  let answer = known ?? (await registers.get(key))
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (answer.outcome === "unavailable" || answer.outcome === "refused") return answer
    const found = numberIn(answer, versionId)
    if (found !== undefined) return found
    const { value, revision } = answer.register
    const next = VersionNumbers.read(value)?.with(versionId)
    if (next === undefined) return { outcome: "refused", code: "full" }
    answer = await registers.cas(key, { expected: revision, value: next })
  }
  return { outcome: "unavailable" }
}
