import { randomBytes } from "node:crypto"
import { MAX_TEXT_BYTES } from "@polylogue/protocol"
import { errors, importJWK, jwtVerify, SignJWT } from "jose"
import { type Grant, isRelayHolder, isUserName, problemOfGrant } from "./grants.ts"
import { type KeyRing, TOKEN_ALGORITHM } from "./key-ring.ts"

/** Seconds that the clocks of who issues a token and of the relay may differ. */
export const CLOCK_SKEW_S = 60

/** What a token says: signed, not secret. */
export interface TokenClaims {
  /** Names the token, for revoking it. */
  readonly id: string
  /** The `kid` of the key that signed it. */
  readonly key: string
  /** A user, or who {@link isRelayHolder} says of a relay. */
  readonly user: string
  /** Whether it makes its bearer a relay, which has no grants: it may link. */
  readonly relay?: boolean
  readonly grants: readonly Grant[]
  /** Milliseconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
}

/**
 * Why a token does not count:
 * - `bad-token`: it is malformed, not signed by a key of this relay, or says what none may say.
 * - `expired`: it was valid.
 */
export type TokenErrorCode = "bad-token" | "expired"

/** An expected failure of reading a token. Its text never holds the token. */
export class TokenError extends Error {
  override readonly name = "TokenError"
  readonly code: TokenErrorCode
  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * A signed token (a JWT) for what `claims` say, with an id of its own.
 * @throws RangeError when a device could not send it: more than 4,096 bytes.
 * @throws TypeError when the key ring cannot sign.
 */
export async function signToken(
  ring: KeyRing,
  { user, relay = false, grants, issuedAt, expiresAt }: Omit<TokenClaims, "id" | "key">,
): Promise<{ token: string; id: string }> {
  if (ring.signing === undefined) throw new TypeError("there is no private key")
  const id = randomBytes(8).toString("hex")
  const token = await new SignJWT({ grants: grants.map(({ path, role }) => ({ path, role })), ...(relay ? { relay } : {}) })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: ring.signing.kid! })
    .setSubject(user)
    .setJti(id)
    .setIssuedAt(issuedAt / 1000)
    .setExpirationTime(expiresAt / 1000)
    .sign(await importJWK(ring.signing, TOKEN_ALGORITHM))
  if (token.length > MAX_TEXT_BYTES)
    throw new RangeError(`a token has at most ${MAX_TEXT_BYTES} bytes, and this one would have ${token.length}`)
  return { token, id }
}

/**
 * What a valid token says. Claims that this version does not know are ignored.
 * @param now - milliseconds since 1970.
 * @throws TokenError
 */
export async function readToken(ring: KeyRing, token: string, now: number): Promise<TokenClaims> {
  if (token.length > MAX_TEXT_BYTES) throw new TokenError("bad-token", "the token is too long")
  try {
    const { payload, protectedHeader } = await jwtVerify(token, ring.checking, {
      algorithms: [TOKEN_ALGORITHM],
      clockTolerance: CLOCK_SKEW_S,
      currentDate: new Date(now),
      requiredClaims: ["sub", "exp", "iat", "jti", "grants"],
    })
    return { ...claimsOf(payload), key: protectedHeader.kid ?? "" }
  } catch (error) {
    if (error instanceof TokenError) throw error
    if (error instanceof errors.JWTExpired) throw new TokenError("expired", "the token has expired", { cause: error })
    throw new TokenError("bad-token", "the token is not valid here", { cause: error })
  }
}

function claimsOf({
  sub,
  jti,
  iat,
  exp,
  grants,
  relay,
}: {
  sub?: string
  jti?: string
  iat?: number
  exp?: number
  grants?: unknown
  relay?: unknown
}): Omit<TokenClaims, "key"> {
  if (relay !== undefined && relay !== true) throw new TokenError("bad-token", "the token does not say whether it is a relay's")
  // What neither is a user nor says that it is a relay is read by nobody as either: an older program takes a relay's token for none.
  const named = relay === true ? isRelayHolder : isUserName
  if (typeof sub !== "string" || !named(sub)) throw new TokenError("bad-token", `the token names no ${relay === true ? "relay" : "user"}`)
  if (typeof jti !== "string" || jti === "") throw new TokenError("bad-token", "the token has no id")
  if (!Array.isArray(grants) || !grants.every(isGrant)) throw new TokenError("bad-token", "the token holds what is no grant")
  if (relay === true && grants.length > 0) throw new TokenError("bad-token", "the token of a relay holds grants")
  return {
    id: jti,
    user: sub,
    ...(relay === true ? { relay } : {}),
    grants: grants.map(({ path, role }) => ({ path, role })),
    issuedAt: iat! * 1000,
    expiresAt: exp! * 1000,
  }
}

function isGrant(value: unknown): value is Grant {
  const grant = value as Partial<Record<keyof Grant, unknown>> | null
  return typeof grant?.path === "string" && typeof grant.role === "string" && problemOfGrant(grant as Grant) === undefined
}
