import type { PromptVariable } from "@polylogue/conversation"

const MAX_LENGTH = 400

/** A value of a configuration as it is shown: what is long is cut. */
export function valueWords(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "")
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH).replace(/\p{Surrogate}$/u, "")}…`
}

/** A variable in one line: "number, 3 by default". */
export function variableWords({ type, default: preset, description, choices }: PromptVariable): string {
  return valueWords(
    [
      type,
      ...(choices === undefined || choices.length === 0 ? [] : [`one of ${choices.join(" / ")}`]),
      ...(preset === undefined ? [] : [`${preset === "" ? "empty" : preset} by default`]),
      ...(description === undefined || description === "" ? [] : [description]),
    ].join(", "),
  )
}
