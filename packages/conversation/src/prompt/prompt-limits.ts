import { ConversationError } from "../conversation-error.ts"
import { plainJson } from "../new-part.ts"
import { wellFormed } from "../well-formed.ts"
import { canonicalJson } from "../text/canonical-json.ts"
import { isVariableName, type PromptVariable, readVariable, VARIABLE_TYPES } from "./variables.ts"

/** Longest name of a prompt in UTF-16 units. */
export const MAX_PROMPT_NAME_LENGTH = 100
/** Longest description of a prompt in UTF-16 units. */
export const MAX_DESCRIPTION_LENGTH = 4000
/** Longest role, name of a placeholder, and key of configuration, in UTF-16 units. */
export const MAX_FIELD_LENGTH = 64
/** Longest JSON of one variable or of one value of configuration, in UTF-16 units. */
export const MAX_VALUE_LENGTH = 32 * 1024

/** A text on one line, without space around it. @throws ConversationError `too-large` above `most` UTF-16 units. */
export function boundedLine(text: string, most: number, what: string): string {
  return boundedText(text.replaceAll(/\s+/gu, " ").trim(), most, what)
}

/** @throws ConversationError `too-large` above `most` UTF-16 units. */
export function boundedText(text: string, most: number, what: string): string {
  if (text.length > most) throw new ConversationError("too-large", `${what} has at most ${most} characters, not ${text.length}`)
  return wellFormed(text)
}

/** A role, a placeholder's name or a key: on one line. @throws RangeError when it is empty. ConversationError `too-large`. */
export function boundedField(text: string, what: string): string {
  const line = boundedLine(text, MAX_FIELD_LENGTH, what)
  if (line === "") throw new RangeError(`${what} cannot be empty`)
  return line
}

/** A variable as it is stored. @throws RangeError for a name or a type that is none. ConversationError `too-large`. */
export function boundedVariable(name: string, variable: PromptVariable): PromptVariable {
  if (!isVariableName(name)) throw new RangeError(`${JSON.stringify(name.slice(0, 80))} cannot be the name of a variable`)
  if (!VARIABLE_TYPES.includes(variable.type)) throw new RangeError(`a variable is of one of the types ${VARIABLE_TYPES.join(", ")}`)
  return readVariable(boundedJson(variable, `variable ${name}`)) ?? { type: "text" }
}

/** A value as a document can hold it. @throws ConversationError `too-large` above {@link MAX_VALUE_LENGTH}, or nested deeper than 100. */
export function boundedJson(value: unknown, what: string): unknown {
  const plain = plainJson(value, what)
  boundedText(canonicalJson(plain), MAX_VALUE_LENGTH, what)
  return plain
}
