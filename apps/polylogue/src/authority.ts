import { randomBytes } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Principal, Refusal } from "@polylogue/relay"
import { CommandError, fileReasonOf, reasonOf } from "./command-error.ts"
import { writeDurably } from "./durable-file.ts"
import type { Visitor } from "./endpoint.ts"
import { blobPermissionOf, type Grant, isHolder, isOperator, mayReachInto, permissionOf } from "./grants.ts"
import type { Journal } from "./journal.ts"
import { type KeyRing, parseKeyRing, withFreshKey } from "./key-ring.ts"
import { isRevoked, NO_REVOCATIONS, parseRevocations, type Revocations } from "./revocations.ts"
import { systemClock } from "./system.ts"
import { CLOCK_SKEW_S, readToken, type TokenClaims, TokenError } from "./token.ts"
import { WatchedFile } from "./watched-file.ts"

/** Milliseconds between two looks at keys and revocations, for sessions that are open. */
const LOOK_MS = 1_000

/** Where the keys and the revocations of a data folder are. */
export interface AuthorityFiles {
  readonly keys: string
  readonly revoked: string
}

/** The files of a data folder; `keyFile` when the keys are kept elsewhere. */
export function authorityFiles(data: string, keyFile?: string): AuthorityFiles {
  return { keys: keyFile ?? join(data, "auth-key"), revoked: join(data, "revoked") }
}

/** Says which tokens count, and for what. Keys and revocations that change while it runs count within a second. */
export class Authority {
  readonly #keys: WatchedFile<KeyRing>
  readonly #revoked: WatchedFile<Revocations>
  /** What the token of each visitor said; visitors live as long as their sessions. */
  readonly #claims = new WeakMap<Principal, TokenClaims>()
  /** Parts of this program, by the token that each was given. */
  readonly #insiders = new Map<string, Visitor>()
  #timer: NodeJS.Timeout | undefined

  private constructor(keys: WatchedFile<KeyRing>, revoked: WatchedFile<Revocations>) {
    this.#keys = keys
    this.#revoked = revoked
  }

  /**
   * Reads both files. A missing key file is made when `create` says so, with a fresh key that only this user may read.
   * @throws CommandError `failure` when one cannot be read, or holds what it should not.
   */
  static open({ keys, revoked }: AuthorityFiles, { create, journal }: { readonly create: boolean; readonly journal: Journal }): Authority {
    if (create && !existsSync(keys)) {
      make(keys)
      journal("auth-key-made", { file: keys, advice: "polylogue token makes tokens" })
    }
    const watch = <T>(path: string, parse: (text: string) => T, missing?: T): WatchedFile<T> => {
      const failed = (error: unknown): void => journal("auth-file-failed", { file: path, error: reasonOf(error) }, "error")
      try {
        return new WatchedFile({
          path,
          parse,
          failed,
          monotonic: () => systemClock.monotonic(),
          ...(missing === undefined ? {} : { missing }),
        })
      } catch (error) {
        throw new CommandError("failure", `${path} cannot be used: ${fileReasonOf(error)}. Nothing was changed.`, { cause: error })
      }
    }
    return new Authority(watch(keys, parseKeyRing), watch(revoked, parseRevocations, NO_REVOCATIONS))
  }

  /** Who brings `token`, or why it does not count. Never throws. */
  async visitor(token: string): Promise<Visitor | Refusal> {
    const insider = this.#insiders.get(token)
    if (insider !== undefined) return insider
    try {
      const claims = await readToken(this.#keys.value, token, systemClock.now())
      if (!this.#counts(claims)) return refused("the token was revoked")
      const visitor = visitorOf(claims)
      this.#claims.set(visitor, claims)
      return visitor
    } catch (error) {
      return refused(error instanceof TokenError ? error.message : "the token cannot be read")
    }
  }

  /**
   * Lets a part of this program in, and returns the token by which it is known until the relay ends: no key signs it, no file has it, and nobody revokes it.
   * @param name - no user's: it holds what no document id does, so that nothing below `u/` is open to it.
   * @throws TypeError for a name that a user may have.
   */
  admit(name: string, grants: readonly Grant[]): string {
    if (isHolder(name)) throw new TypeError(`${name} may be somebody else's name`)
    const token = randomBytes(32).toString("base64url")
    this.#insiders.set(token, visitorTo(name, grants))
    return token
  }

  /** Calls `changed` when keys or revocations have; `isRevoked` says whose token counts no more. Until `close`; called once. */
  watch(changed: (isRevoked: (principal: Principal) => boolean) => void): void {
    let seen = [this.#keys.value, this.#revoked.value] as const
    this.#timer = setInterval(() => {
      const now = [this.#keys.value, this.#revoked.value] as const
      if (now[0] === seen[0] && now[1] === seen[1]) return
      seen = now
      changed((principal) => {
        const claims = this.#claims.get(principal)
        return claims !== undefined && !this.#counts(claims)
      })
    }, LOOK_MS)
    this.#timer.unref()
  }

  /** Watches no more. Idempotent. */
  close(): void {
    clearInterval(this.#timer)
  }

  #counts(claims: TokenClaims): boolean {
    return this.#keys.value.ids.has(claims.key) && !isRevoked(this.#revoked.value, claims)
  }
}

function refused(reason: string): Refusal {
  return { refused: "unauthenticated", reason }
}

function make(path: string): void {
  try {
    writeDurably(path, withFreshKey())
  } catch (error) {
    throw new CommandError("failure", `The key file ${path} cannot be made: ${fileReasonOf(error)}.`, { cause: error })
  }
}

/** What a relay may do: link, and read what relays read from each other. It writes nothing, for nothing is appended over a link, and asks nothing over HTTP. */
const RELAY = Object.freeze({
  relay: true,
  operator: false,
  grants: "relay",
  may: () => "read" as const,
  mayBlobs: () => "none" as const,
})

/** The visitor of a valid token. Its sessions last as long as the token is accepted: past its end by the skew of clocks. */
function visitorOf({ user, relay = false, grants, expiresAt: until }: TokenClaims): Visitor {
  const expiresAt = until + CLOCK_SKEW_S * 1000
  if (relay) return Object.freeze<Visitor>({ ...RELAY, name: user, expiresAt })
  return Object.freeze<Visitor>({ ...visitorTo(user, grants), expiresAt })
}

/** Whoever has `grants`, for as long as that is so. */
function visitorTo(user: string, grants: readonly Grant[]): Visitor {
  return Object.freeze<Visitor>({
    name: user,
    operator: isOperator(grants),
    grants: JSON.stringify(grants),
    may: (documentId) => permissionOf(user, grants, documentId),
    reaches: (prefix) => mayReachInto(user, grants, prefix),
    mayBlobs: (workspace) => blobPermissionOf(grants, workspace),
  })
}

/**
 * The keys of a data folder, for a command beside a relay that may be running.
 * @throws CommandError `usage` when there are none.
 */
export function readKeys(path: string): { readonly ring: KeyRing; readonly text: string } {
  try {
    const text = readFileSync(path, "utf8")
    return { ring: parseKeyRing(text), text }
  } catch (error) {
    throw new CommandError(
      "usage",
      `${path} cannot be used: ${fileReasonOf(error)}. A relay started with --auth token makes it; --data or --auth-key-file says where it is.`,
      { cause: error },
    )
  }
}
