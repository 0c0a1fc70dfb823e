import type { Polylogue } from "./polylogue.ts"

/** By which name the person on this device judges: the relay's for them, for by that it opens their blind documents; without authentication their author id. */
export function annotatorOf({ user, author }: Polylogue): string {
  return user ?? author.id
}

/** Whether a relay tells people apart, so that blind documents are closed to others and a claim is from whom it names. */
export function isEnforced({ user }: Polylogue): boolean {
  return user !== undefined
}
