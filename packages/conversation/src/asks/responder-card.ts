import { isObject } from "../formats/json-value.ts"
import type { AuthorityRegister } from "../publishing/register-client.ts"

/** A model, or another way to answer, as a responder offers it. */
export interface ModelCard {
  readonly id: string
  readonly label: string
  /** `passages`: no model, what sources say is quoted. */
  readonly kind: "model" | "passages"
  readonly isDefault: boolean
}

/** What a responder says of itself in the register `<workspace>/index#responder/<id>`, a lease that it renews as long as it runs. */
export interface ResponderCard {
  readonly id: string
  readonly name: string
  readonly models: readonly ModelCard[]
  /** What is wrong with how it is set up, for people; null when nothing is. */
  readonly problem: string | null
}

/** Most models of one responder that are read. */
export const MAX_MODELS = 100
const MAX_TEXT_LENGTH = 200

/** The key of the register of a responder. */
export function responderKey(workspaceIndex: string, id: string): string {
  return `${workspaceIndex}${RESPONDER_MARK}${encodeURIComponent(id)}`
}

/** What follows the id of the workspace's index in such a key. */
export const RESPONDER_MARK = "#responder/"

/** The value of a register that says `card`. */
export function responderValue(card: ResponderCard): string {
  return JSON.stringify(card)
}

/** What a register says, from outside: texts are cut; undefined when it is absent, or holds something else. */
export function readResponderCard(register: Pick<AuthorityRegister, "value"> | undefined): ResponderCard | undefined {
  let value: unknown
  try {
    value = JSON.parse(register?.value ?? "null")
  } catch {
    return undefined
  }
  if (!isObject(value) || typeof value["id"] !== "string" || !Array.isArray(value["models"])) return undefined
  const { id, name, models, problem } = value
  return {
    id: id.slice(0, MAX_TEXT_LENGTH),
    name: text(name) ?? id.slice(0, MAX_TEXT_LENGTH),
    models: (models as unknown[])
      .slice(0, MAX_MODELS)
      .map(readModel)
      .filter((model) => model !== undefined),
    problem: text(problem) ?? null,
  }
}

function readModel(value: unknown): ModelCard | undefined {
  if (!isObject(value)) return undefined
  const id = value["id"]
  if (typeof id !== "string" || id === "" || id.length > MAX_TEXT_LENGTH) return undefined
  const kind = value["kind"] === "passages" ? "passages" : "model"
  return { id, label: text(value["label"]) ?? id, kind, isDefault: value["isDefault"] === true }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, MAX_TEXT_LENGTH) : undefined
}
