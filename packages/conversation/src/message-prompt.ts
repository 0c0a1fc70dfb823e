/** Which version of a prompt a message was made from, as its core records it. */
export interface MessagePrompt {
  readonly promptId: string
  readonly versionId: string
  /** What the prompt was called then; the empty string for no name. */
  readonly name: string
  /** The number that the version had then; none where it had not been published. */
  readonly number?: number
  /** The draft that it was made in, where that was not the main one. */
  readonly draft?: string
}

/** The record in a value of a core; undefined when it is none. What has the wrong form is left out. */
export function readMessagePrompt(value: unknown): MessagePrompt | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const { promptId, versionId, name, number, draft } = value as Record<string, unknown>
  if (typeof promptId !== "string" || typeof versionId !== "string") return undefined
  return {
    promptId,
    versionId,
    name: typeof name === "string" ? name : "",
    ...(typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? { number } : {}),
    ...(typeof draft === "string" ? { draft } : {}),
  }
}
