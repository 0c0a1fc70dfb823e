import { generateKeyPairSync, randomBytes } from "node:crypto"
import { createLocalJWKSet, type JSONWebKeySet, type JWK, type JWTVerifyGetKey } from "jose"

/** The one algorithm of tokens: named by us, never by the token. */
export const TOKEN_ALGORITHM = "EdDSA"

/** An Ed25519 key as it stands in a key file (a JWK). Without `d` it only checks. */
interface Key {
  readonly kty: "OKP"
  readonly crv: "Ed25519"
  readonly kid: string
  readonly x: string
  readonly d?: string
}

/** The keys of a relay: tokens of all are accepted, the first that can signs. */
export interface KeyRing {
  /** `undefined` when the file holds public keys alone: such a relay accepts tokens that another issues. */
  readonly signing: JWK | undefined
  /** The `kid` of each key. */
  readonly ids: ReadonlySet<string>
  /** Finds the key that a token names by `kid`. */
  readonly checking: JWTVerifyGetKey
}

/**
 * Reads a key file: a JSON Web Key Set of Ed25519 keys with different `kid`.
 * @throws TypeError that says what is wrong, and never shows a key.
 */
export function parseKeyRing(text: string): KeyRing {
  const keys = keysOf(text)
  const publicKeys: JSONWebKeySet = {
    keys: keys.map(({ kty, crv, kid, x }) => ({ kty, crv, kid, x, alg: TOKEN_ALGORITHM, use: "sig" })),
  }
  return {
    ids: new Set(keys.map(({ kid }) => kid)),
    signing: keys.find(({ d }) => d !== undefined),
    checking: createLocalJWKSet(publicKeys),
  }
}

/** The text of a key file with one fresh key, before those of `text` if it is given: they go on being accepted. */
export function withFreshKey(text?: string): string {
  const older = text === undefined ? [] : keysOf(text)
  const { x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })
  const fresh = { kty: "OKP", crv: "Ed25519", kid: randomBytes(8).toString("hex"), x, d }
  return `${JSON.stringify({ keys: [fresh, ...older] }, null, 2)}\n`
}

function keysOf(text: string): readonly Key[] {
  let set: unknown
  try {
    set = JSON.parse(text)
  } catch {
    // What the parser says quotes the text, and the text is a secret.
    throw new TypeError("it is no JSON")
  }
  const keys = (set as { keys?: unknown } | null)?.keys
  if (!Array.isArray(keys) || keys.length === 0) throw new TypeError("it holds no keys")
  if (!keys.every(isKey)) throw new TypeError("it holds a key that is no Ed25519 key with a kid")
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new TypeError("two of its keys have one kid")
  return keys
}

function isKey(value: unknown): value is Key {
  const key = value as Partial<Record<keyof Key, unknown>> | null
  const isBytes = (text: unknown): boolean => typeof text === "string" && /^[A-Za-z0-9_-]{43}$/.test(text)
  return (
    key?.kty === "OKP" &&
    key.crv === "Ed25519" &&
    typeof key.kid === "string" &&
    key.kid !== "" &&
    isBytes(key.x) &&
    (key.d === undefined || isBytes(key.d))
  )
}
