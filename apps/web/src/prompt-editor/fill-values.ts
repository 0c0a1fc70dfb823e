import { findVariables, type PromptContent, type PromptValues, type RenderedMessage } from "@polylogue/conversation"
import { useMemo } from "react"
import { useStored, writeStored } from "../device/stored-value.ts"

/** What somebody filled in, by name. Kept on this device, for each prompt. */
export type FilledValues = Readonly<Record<string, string>>

/** What there is to fill in, each once, in the order of the texts. */
export interface Blank {
  readonly name: string
  readonly kind: "variable" | "messages"
}

/** The values that were filled in for a prompt, and what sets one. */
export function useFilledValues(promptDocumentId: string): readonly [FilledValues, (name: string, value: string) => void] {
  const key = `polylogue.prompt-values.${promptDocumentId}`
  const stored = useStored(key)
  const values = useMemo(() => parseValues(stored), [stored])
  const set = (name: string, value: string): void => {
    const { [name]: _, ...rest } = values
    writeStored(key, JSON.stringify(value === "" ? rest : { ...rest, [name]: value }))
  }
  return [values, set]
}

export function blanksOf({ slots }: Pick<PromptContent, "slots">): readonly Blank[] {
  const blanks = new Map<string, Blank>()
  for (const { role, name, text } of slots) {
    const found: Blank[] =
      role === "placeholder"
        ? [{ name: name ?? "", kind: "messages" }]
        : findVariables(text).map((use) => ({ name: use.name, kind: "variable" }))
    for (const blank of found) if (!blanks.has(blank.name)) blanks.set(blank.name, blank)
  }
  return [...blanks.values()]
}

/** What rendering takes: messages are read out of JSON where it is JSON, and are one message of a user where it is not. */
export function promptValues(blanks: readonly Blank[], values: FilledValues): PromptValues {
  const entries: [string, string | readonly RenderedMessage[]][] = []
  for (const { name, kind } of blanks) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value !== undefined) entries.push([name, kind === "messages" ? (readMessages(value) ?? value) : value])
  }
  return Object.fromEntries(entries)
}

function readMessages(text: string): readonly RenderedMessage[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const messages = Array.isArray(value) ? value : [value]
    return messages.every(isMessage) ? messages.map(({ role, content }) => ({ role, content })) : undefined
  } catch {
    return undefined
  }
}

function isMessage(value: unknown): value is RenderedMessage {
  const { role, content } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>
  return typeof role === "string" && typeof content === "string"
}

function parseValues(stored: string | null): FilledValues {
  try {
    const value: unknown = JSON.parse(stored ?? "{}")
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : []
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"))
  } catch {
    return {}
  }
}
