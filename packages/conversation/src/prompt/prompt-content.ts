import { ConversationError } from "../conversation-error.ts"
import { canonicalJson } from "../text/canonical-json.ts"
import { type PromptVariable, readVariable } from "./variables.ts"

/** Messages with roles, or one text. */
export type PromptKind = "chat" | "text"

/** Roles that this package knows; any other is kept. A `placeholder` stands for messages that are filled in when the prompt is used. */
export type SlotRole = "system" | "user" | "assistant" | "tool" | "developer" | "placeholder"

/** One message of a prompt. */
export interface ContentSlot {
  readonly id: string
  /** A {@link SlotRole}, or another one. */
  readonly role: string
  /** Of a placeholder: what is to be filled in. */
  readonly name?: string
  readonly text: string
}

/** What a prompt says, as plain data: of a draft at this moment, or of a version for ever. */
export interface PromptContent {
  readonly kind: PromptKind
  readonly slots: readonly ContentSlot[]
  readonly variables: Readonly<Record<string, PromptVariable>>
  /** Model configuration, any JSON by key. */
  readonly config: Readonly<Record<string, unknown>>
}

/** Most slots that a draft has, removed ones not counted. */
export const MAX_SLOTS = 200
/** Most variables with a description of their own. */
export const MAX_VARIABLES = 200
/** Most keys of the configuration. */
export const MAX_CONFIG_KEYS = 200
/** Longest canonical JSON of a prompt's content, in UTF-16 units: what a version may weigh. */
export const MAX_CONTENT_LENGTH = 512 * 1024

/** A prompt that says nothing yet. */
export const EMPTY_CONTENT: PromptContent = Object.freeze({ kind: "chat", slots: [], variables: {}, config: {} })

/** The content in any value, read tolerantly: what has the wrong form is left out, ids that are missing or doubled are made up. */
export function readContent(value: unknown): PromptContent {
  const fields = asFields(value)
  const slots: ContentSlot[] = []
  const ids = new Set<string>()
  for (const [index, item] of (Array.isArray(fields["slots"]) ? fields["slots"] : []).entries()) {
    const { id, role, name, text } = asFields(item)
    const own = typeof id === "string" && id !== "" && !ids.has(id) ? id : `slot-${index}`
    if (ids.has(own)) continue
    ids.add(own)
    const slot = { id: own, role: typeof role === "string" ? role : "user", text: typeof text === "string" ? text : "" }
    slots.push(Object.freeze(typeof name === "string" ? { ...slot, name } : slot))
  }
  const variables: [string, PromptVariable][] = []
  for (const [name, held] of Object.entries(asFields(fields["variables"]))) {
    const variable = readVariable(held)
    if (variable !== undefined) variables.push([name, variable])
  }
  return Object.freeze({
    kind: fields["kind"] === "text" ? "text" : "chat",
    slots: Object.freeze(slots),
    variables: Object.freeze(Object.fromEntries(variables)),
    config: Object.freeze({ ...asFields(fields["config"]) }),
  })
}

/**
 * The canonical JSON of a content, of which its hash is taken.
 * @throws ConversationError `too-large` above {@link MAX_CONTENT_LENGTH}, {@link MAX_SLOTS}, {@link MAX_VARIABLES} or {@link MAX_CONFIG_KEYS}.
 */
export function contentJson({ kind, slots, variables, config }: PromptContent): string {
  bounded(slots.length, MAX_SLOTS, "slots")
  bounded(Object.keys(variables).length, MAX_VARIABLES, "variables")
  bounded(Object.keys(config).length, MAX_CONFIG_KEYS, "keys of configuration")
  const json = canonicalJson({ kind, slots, variables, config })
  bounded(json.length, MAX_CONTENT_LENGTH, "characters")
  return json
}

function bounded(count: number, most: number, what: string): void {
  if (count > most) throw new ConversationError("too-large", `a prompt has at most ${most} ${what}, not ${count}`)
}

function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
