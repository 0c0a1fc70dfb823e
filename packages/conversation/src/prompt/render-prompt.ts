import type { PromptContent } from "./prompt-content.ts"
import { findVariables } from "./variables.ts"

/** A message of a prompt that was filled in. */
export interface RenderedMessage {
  readonly role: string
  readonly content: string
}

/** What is filled in: texts for variables, messages for placeholders, each by name. */
export type PromptValues = Readonly<Record<string, string | readonly RenderedMessage[]>>

/** A prompt with everything filled in that there was. */
export interface RenderedPrompt {
  readonly messages: readonly RenderedMessage[]
  /** Names of variables that have neither a value nor a default, and of placeholders without messages, each once, in their order. Variables stand as they were written. */
  readonly missing: readonly string[]
}

/**
 * Fills a prompt in. Each variable is replaced once, where the prompt's own text has it: what a value contains is never looked into, so nobody's words
 * become a variable. A placeholder becomes the messages given for it, or nothing.
 */
export function renderPrompt(content: PromptContent, values: PromptValues): RenderedPrompt {
  const missing = new Set<string>()
  const messages: RenderedMessage[] = []
  for (const { role, name, text } of content.slots) {
    if (role !== "placeholder") {
      messages.push({ role, content: fill(text, content, values, missing) })
      continue
    }
    const given = name === undefined ? undefined : own(values, name)
    if (Array.isArray(given)) messages.push(...(given as readonly RenderedMessage[]))
    else if (typeof given === "string") messages.push({ role: "user", content: given })
    else missing.add(name ?? "")
  }
  return { messages, missing: [...missing] }
}

function fill(text: string, content: PromptContent, values: PromptValues, missing: Set<string>): string {
  let filled = ""
  let end = 0
  for (const { name, from, to } of findVariables(text)) {
    const given = own(values, name)
    const value = typeof given === "string" ? given : own(content.variables, name)?.default
    if (value === undefined) missing.add(name)
    filled += text.slice(end, from) + (value ?? text.slice(from, to))
    end = to
  }
  return filled + text.slice(end)
}

function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
