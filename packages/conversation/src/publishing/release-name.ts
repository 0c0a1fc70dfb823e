import { promptNameKey } from "./prompt-registers.ts"
import type { RegisterClient } from "./register-client.ts"

/** What came of giving a name up. `unavailable`: it may have been given up; ask again. `refused`: `forbidden` for who may not write in the index. */
export type ReleaseOutcome =
  | { readonly outcome: "released" }
  | { readonly outcome: "unavailable" }
  | { readonly outcome: "refused"; readonly code: string }

/** A name that a prompt has, and is to have no longer. */
export interface NameRelease {
  readonly registers: RegisterClient
  readonly workspace: string
  readonly promptId: string
  readonly name: string
}

/**
 * Gives up a name of a prompt: nobody who asks for it gets the prompt any more, and another prompt may be published under it. A name that the prompt does not
 * have, or no longer, is left as it is and counts as released. Labels and numbers stay.
 * @throws ConversationError `bad-name` for what cannot be a name; `bad-id`.
 */
export async function releaseName({ registers, workspace, promptId, name }: NameRelease): Promise<ReleaseOutcome> {
  const key = promptNameKey(workspace, name)
  const known = await registers.get(key)
  if (known.outcome === "unavailable" || known.outcome === "refused") return known
  if (known.register.value !== promptId) return { outcome: "released" }
  const answer = await registers.cas(key, { expected: known.register.revision, value: null })
  if (answer.outcome === "unavailable" || answer.outcome === "refused") return answer
  // Somebody came between. Having given it up they may have reserved it anew, which this release has not seen: it is for the next one.
  return answer.outcome === "ok" || answer.register.value !== promptId ? { outcome: "released" } : { outcome: "unavailable" }
}
