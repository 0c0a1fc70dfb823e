/** What a variable of a prompt may be filled with. */
export interface PromptVariable {
  readonly type: VariableType
  /** What stands for it when nothing is given, in the form in which a value is given. */
  readonly default?: string
  readonly description?: string
  /** Of a `choice`: what there is to choose from. */
  readonly choices?: readonly string[]
}

export const VARIABLE_TYPES = ["text", "number", "boolean", "choice", "json"] as const

export type VariableType = (typeof VARIABLE_TYPES)[number]

/** Where a variable stands in a text, in UTF-16 units, braces included; `to` is one past the end. */
export interface VariableUse {
  readonly name: string
  readonly from: number
  readonly to: number
}

/** Longest name of a variable. */
export const MAX_VARIABLE_NAME_LENGTH = 64

const USE = /\{\{\s*([A-Za-z][A-Za-z0-9_.-]{0,63})\s*\}\}/gu
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/u

/** Whether `name` can be the name of a variable: a letter, then at most 63 of letters, digits, `_`, `.` and `-`, all ASCII. */
export function isVariableName(name: string): boolean {
  return NAME.test(name)
}

/** The variables in a text in the order in which they stand. Of braces that nest the innermost count; what is no name is text. */
export function findVariables(text: string): readonly VariableUse[] {
  const uses: VariableUse[] = []
  for (const match of text.matchAll(USE)) uses.push({ name: match[1] ?? "", from: match.index, to: match.index + match[0].length })
  return uses
}

/** What is wrong with a value: it is not of the type, or none of the choices. */
export type ValueProblem = "not-a-number" | "not-a-boolean" | "not-a-choice" | "not-json"

/** Whether `value` may stand for `variable`; null when it may. A text may be anything. */
export function checkValue(variable: PromptVariable, value: string): ValueProblem | null {
  switch (variable.type) {
    case "text":
      return null
    case "number":
      return NUMBER.test(value.trim()) ? null : "not-a-number"
    case "boolean":
      return value === "true" || value === "false" ? null : "not-a-boolean"
    case "choice":
      return variable.choices?.includes(value) === true ? null : "not-a-choice"
    case "json":
      return isJson(value) ? null : "not-json"
  }
}

// The numbers of JSON with an optional plus: what every program reads alike, without hexadecimal, infinities and separators.
const NUMBER = /^[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/u

function isJson(value: string): boolean {
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}

/** The variable in a stored value; undefined when it is none. What has the wrong form is left out. */
export function readVariable(value: unknown): PromptVariable | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined
  const fields = value as Record<string, unknown>
  const { default: preset, description, choices } = fields
  const type = VARIABLE_TYPES.find((known) => known === fields["type"]) ?? "text"
  return Object.freeze({
    type,
    ...(typeof preset === "string" ? { default: preset } : {}),
    ...(typeof description === "string" ? { description } : {}),
    ...(Array.isArray(choices) ? { choices: Object.freeze(choices.filter((choice) => typeof choice === "string")) } : {}),
  })
}
