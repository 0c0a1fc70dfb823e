import { isHolder } from "./grants.ts"
import type { TokenClaims } from "./token.ts"

/*
 * A text file, one revocation a line; what follows a # is a remark:
 *
 *   token 9f86d081884c7d65            this token
 *   user ana 2026-03-01T10:00:00.000Z every token of ana issued until then; one issued later counts. relay/<name> is a relay
 */

/** Which tokens count no more though they are signed and have not expired. */
export interface Revocations {
  readonly tokens: ReadonlySet<string>
  /** Until when each user's tokens are revoked, in milliseconds since 1970. */
  readonly users: ReadonlyMap<string, number>
}

/** Nothing is revoked. */
export const NO_REVOCATIONS: Revocations = Object.freeze({ tokens: new Set<string>(), users: new Map<string, number>() })

/** @throws TypeError that names the line that is none: a typing error must not let a token in. */
export function parseRevocations(text: string): Revocations {
  const tokens = new Set<string>()
  const users = new Map<string, number>()
  for (const [index, line] of text.split("\n").entries()) {
    const words = line.replace(/#.*/, "").trim().split(/\s+/)
    const [kind, name = "", until = ""] = words
    if (kind === "") continue
    const untilMs = Date.parse(until)
    if (kind === "token" && words.length === 2) tokens.add(name)
    else if (kind === "user" && words.length === 3 && isHolder(name) && !Number.isNaN(untilMs))
      users.set(name, Math.max(untilMs, users.get(name) ?? 0))
    else throw new TypeError(`line ${index + 1} says neither "token <id>" nor "user <name> <time>"`)
  }
  return { tokens, users }
}

/** Whether a token was revoked. */
export function isRevoked({ tokens, users }: Revocations, { id, user, issuedAt }: TokenClaims): boolean {
  return tokens.has(id) || issuedAt <= (users.get(user) ?? Number.NEGATIVE_INFINITY)
}

/** The line that revokes one token, or all tokens that a user has at `now`. */
export function revocationLine(revoked: { readonly token: string } | { readonly user: string; readonly now: number }): string {
  return "token" in revoked ? `token ${revoked.token}\n` : `user ${revoked.user} ${new Date(revoked.now).toISOString()}\n`
}
