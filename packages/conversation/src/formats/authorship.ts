import type { MessageCore } from "../stored-message.ts"

const KINDS: Readonly<Record<string, string>> = {
  user: "person",
  assistant: "model",
  tool: "tool",
  function: "tool",
  system: "system",
  developer: "system",
}

/** Who wrote a message, as far as a source says. */
export interface Authorship {
  /** The format, or the program it is of. */
  readonly source: string
  readonly role: string
  readonly name?: string | undefined
  readonly model?: string | undefined
}

/** The fields of a core that tell role and author. Instructions are hidden, for they are no turn of anybody. */
export function authorship({
  source,
  role,
  name,
  model,
}: Authorship): Pick<MessageCore, "role" | "authorId" | "authorKind" | "authorName" | "model" | "hidden"> {
  const kind = Object.hasOwn(KINDS, role) ? (KINDS[role] ?? role) : role
  return {
    role,
    authorId: kind === "model" && model !== undefined ? `model:${model}` : `${source}:${name ?? role}`,
    authorKind: kind,
    ...(name === undefined ? {} : { authorName: name }),
    ...(kind === "model" && model !== undefined ? { model } : {}),
    ...(kind === "system" ? { hidden: true } : {}),
  }
}
