import { isEmpty, type JsonObject } from "../formats/json-value.ts"
import type { PromptFormatName } from "./prompt-format-table.ts"
import type { PortablePrompt, PortableVersion } from "./prompt-item.ts"
import type { PromptLeft, PromptLeftCode } from "./prompt-left.ts"

/** A prompt as formats hold it that know a name and a text. */
export interface Flattened {
  readonly name: string
  readonly text: string
  readonly description: string
  readonly tags: readonly string[]
  /** Fields that a file of one of these formats brought. */
  readonly extra: JsonObject
}

/**
 * The newest version of a prompt as one text: the texts of its slots with an empty line between them. What that loses is put into `left`.
 * @param formats - those whose own fields may go with it.
 */
export function flatten(prompt: PortablePrompt, left: PromptLeft[], formats: readonly PromptFormatName[]): Flattened {
  const { name, description, tags } = prompt
  const version = newest(prompt)
  noteVersion(prompt, version, left)
  const { slots, variables, config, extra } = version
  if (version.kind === "chat" || slots.length !== 1) {
    const roles = slots.map(({ role, name: place }) => (place === undefined ? role : `${role} ${place}`)).join(", ")
    note(left, name, "roles", `which message is whose (${roles})`)
  }
  if (Object.keys(variables).length > 0) note(left, name, "variables", "types, defaults and descriptions of its variables")
  if (!isEmpty(config)) note(left, name, "config", "its configuration")
  const kept = extra !== null && formats.includes(extra.of)
  if (extra !== null && !kept) note(left, name, "extra", `fields that came with it (${Object.keys(extra.fields).join(", ")})`)
  return { name, description, tags, text: slots.map(({ text }) => text).join("\n\n"), extra: kept ? extra.fields : {} }
}

/** The newest version of a prompt. */
export function newest({ versions }: PortablePrompt): PortableVersion {
  const version = versions.at(-1)
  if (version === undefined) throw new RangeError("a prompt has at least one version")
  return version
}

/** Puts into `left` what a format loses that holds one version and nothing about it. */
function noteVersion({ name, versions }: PortablePrompt, version: PortableVersion, left: PromptLeft[]): void {
  if (versions.length > 1) note(left, name, "versions", earlier(versions.length - 1))
  if (version.labels.length > 0) note(left, name, "labels", `its labels (${version.labels.join(", ")})`)
  if (version.message !== "" || version.author !== null || version.createdAt !== null)
    note(left, name, "history", "who made it, when and why")
}

export function note(left: PromptLeft[], prompt: string, code: PromptLeftCode, what: string): void {
  left.push({ prompt, code, what })
}

/** That earlier versions are not in an export, for people. */
export function earlier(count: number): string {
  return count === 1 ? "1 earlier version" : `${count} earlier versions`
}
