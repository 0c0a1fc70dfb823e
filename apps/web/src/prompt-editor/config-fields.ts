/** A key of the configuration that has a field of its own. */
export interface ConfigField {
  readonly key: string
  readonly label: string
  readonly hint?: string
  readonly inputMode?: "text" | "decimal" | "numeric"
  readonly lines?: boolean
  /** The value that a text means, null for none; a sentence says what is wrong with it. */
  readonly read: (text: string) => { readonly value: unknown } | { readonly problem: string }
  /** How a value stands in the field; undefined for one that the field cannot show. */
  readonly show: (value: unknown) => string | undefined
}

/** The keys that most models know, in the order in which they are shown. */
export const CONFIG_FIELDS: readonly ConfigField[] = [
  { key: "model", label: "Model", ...textField() },
  { key: "temperature", label: "Temperature", hint: "0 to 2: how freely it chooses its words.", ...numberField(0, 2, false) },
  { key: "max_tokens", label: "Most tokens of an answer", ...numberField(1, 10_000_000, true) },
  { key: "top_p", label: "Top p", hint: "0 to 1.", ...numberField(0, 1, false) },
  { key: "stop", label: "Stop at, one a line", lines: true, ...linesField() },
]

/** Forms of an answer that can be chosen; any other is shown as JSON. */
export const RESPONSE_FORMATS = ["text", "json_object"] as const

/** The key under which the form of an answer stands. */
export const RESPONSE_FORMAT = "response_format"

/** What `response_format` chooses: one of the forms, nothing, or something that only JSON can show. */
export function responseFormat(value: unknown): (typeof RESPONSE_FORMATS)[number] | "" | undefined {
  if (value === undefined) return ""
  const { type, ...rest } = (typeof value === "object" && value !== null ? value : {}) as { readonly type?: unknown }
  return Object.keys(rest).length === 0 ? RESPONSE_FORMATS.find((known) => known === type) : undefined
}

function textField(): Pick<ConfigField, "read" | "show"> {
  return {
    read: (text) => ({ value: text.trim() === "" ? null : text.trim() }),
    show: (value) => (value === undefined ? "" : typeof value === "string" ? value : undefined),
  }
}

function numberField(least: number, most: number, whole: boolean): Pick<ConfigField, "read" | "show" | "inputMode"> {
  const kind = whole ? "a whole number" : "a number"
  return {
    inputMode: whole ? "numeric" : "decimal",
    read: (text) => {
      if (text.trim() === "") return { value: null }
      const value = Number(text.trim().replace(",", "."))
      const fits = Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value))
      return fits ? { value } : { problem: `This is ${kind} from ${least} to ${most.toLocaleString("en")}.` }
    },
    show: (value) => (value === undefined ? "" : typeof value === "number" ? `${value}` : undefined),
  }
}

function linesField(): Pick<ConfigField, "read" | "show"> {
  return {
    read: (text) => {
      const lines = text.split("\n").filter((line) => line !== "")
      return { value: lines.length === 0 ? null : lines }
    },
    show: (value) => {
      if (value === undefined) return ""
      if (typeof value === "string") return value.includes("\n") ? undefined : value
      // A stop may itself hold a line break, which a line cannot show.
      const lines = Array.isArray(value) && value.every((line) => typeof line === "string" && !line.includes("\n"))
      return lines ? value.join("\n") : undefined
    },
  }
}

/** What a JSON text says as a configuration, or why it is none. */
export function readConfig(text: string): { readonly config: Readonly<Record<string, unknown>> } | { readonly problem: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const place = error instanceof Error ? /line \d+ column \d+/.exec(error.message)?.[0] : undefined
    return {
      problem: `This is not JSON yet${place === undefined ? "" : `, at ${place}`}. It is kept here and changes nothing until it is.`,
    }
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { problem: "A configuration is an object: { … }." }
  return { config: value as Readonly<Record<string, unknown>> }
}

/** The keys that differ between what somebody began with and what they made of it, null for those they took away; what others set meanwhile is not among them. */
export function configChanges(
  base: Readonly<Record<string, unknown>>,
  next: Readonly<Record<string, unknown>>,
): readonly (readonly [key: string, value: unknown])[] {
  const changes: [string, unknown][] = []
  for (const [key, value] of Object.entries(next)) if (JSON.stringify(value) !== JSON.stringify(base[key])) changes.push([key, value])
  for (const key of Object.keys(base)) if (!Object.hasOwn(next, key)) changes.push([key, null])
  return changes
}
