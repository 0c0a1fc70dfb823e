import { AnswerError } from "../answer.ts"
import type { ConnectedModel } from "./connected-model.ts"
import type { Asked } from "./provider-error.ts"

/** Who is asked, in words for people. */
export function askedOf({ url, label, model }: Pick<ConnectedModel, "url" | "label" | "model">): Asked {
  const { host, origin, pathname } = new URL(url)
  return { host, address: `${origin}${pathname}`, label, model }
}

/**
 * The key of a model; empty for one that needs none.
 * @throws AnswerError `unauthorised` when it cannot be read, or is nothing that a header can hold. What stands there is never told: `fetch` would.
 */
export async function keyOf({ key, label, environment }: Pick<ConnectedModel, "key" | "label" | "environment">): Promise<string> {
  if (key === undefined) return ""
  let text: string
  try {
    text = (await environment.readKey(key)).trim()
  } catch {
    throw new AnswerError("unauthorised", `The key for ${label} cannot be read. Whoever runs the responder finds it at ${placeOf(key)}.`)
  }
  if (/^[\x21-\x7e]+$/u.test(text)) return text
  throw new AnswerError(
    "unauthorised",
    `What is at ${placeOf(key)} is no key for ${label}: a key is one line of letters, digits and signs.`,
  )
}

function placeOf(key: NonNullable<ConnectedModel["key"]>): string {
  return "file" in key ? `the file it was told of` : `the variable ${key.env}`
}
