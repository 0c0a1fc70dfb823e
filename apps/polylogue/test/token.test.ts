import { generateKeyPairSync } from "node:crypto"
import { MAX_TEXT_BYTES } from "@polylogue/protocol"
import { importJWK, SignJWT } from "jose"
import { expect, test } from "vitest"
import { type Grant, relayHolder } from "../src/grants.ts"
import { parseKeyRing, withFreshKey } from "../src/key-ring.ts"
import { isRevoked, NO_REVOCATIONS, parseRevocations, revocationLine } from "../src/revocations.ts"
import { CLOCK_SKEW_S, readToken, signToken } from "../src/token.ts"

const GRANTS: readonly Grant[] = [{ path: "home", role: "editor" }]
const NOW = Date.parse("2026-03-01T10:00:00.000Z")
const KEYS = withFreshKey()
const RING = parseKeyRing(KEYS)
const ANA = { user: "ana", grants: GRANTS, issuedAt: NOW, expiresAt: NOW + 60_000 }

/** A token signed with our key that says anything. */
async function signed(
  claims: Record<string, unknown>,
  header: { alg: string; kid: string } = { alg: "EdDSA", kid: RING.signing!.kid! },
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(RING.signing!, "EdDSA"))
}

test("[PL8] a token says what it was made for, and unknown claims are ignored", async () => {
  const { token, id } = await signToken(RING, ANA)
  expect(await readToken(RING, token, NOW)).toEqual({ ...ANA, id, key: RING.signing!.kid })
  const iat = NOW / 1000
  const odd = await signed({ sub: "ana", jti: "x", iat, exp: iat + 60, colour: "red", grants: [{ path: "home", role: "editor", note: 1 }] })
  expect(await readToken(RING, odd, NOW)).toMatchObject({ user: "ana", grants: GRANTS })
})

test("[PL8] a token counts until its end and the skew of clocks, no longer", async () => {
  const { token } = await signToken(RING, ANA)
  expect(await readToken(RING, token, ANA.expiresAt + (CLOCK_SKEW_S - 1) * 1000)).toMatchObject({ user: "ana" })
  await expect(readToken(RING, token, ANA.expiresAt + (CLOCK_SKEW_S + 1) * 1000)).rejects.toMatchObject({ code: "expired" })
})

const PLAIN = { sub: "ana", jti: "x", iat: NOW / 1000, exp: NOW / 1000 + 60, grants: GRANTS }

test.each<[string, Record<string, unknown>]>([
  ["no user", { ...PLAIN, sub: undefined }],
  ["a user that is a path", { ...PLAIN, sub: "ana/x" }],
  ["a user that is a way up", { ...PLAIN, sub: ".." }],
  ["no end", { ...PLAIN, exp: undefined }],
  ["no id", { ...PLAIN, jti: undefined }],
  ["no beginning", { ...PLAIN, iat: undefined }],
  ["no grants", { ...PLAIN, grants: undefined }],
  ["grants that are none", { ...PLAIN, grants: [{ path: "home" }] }],
  ["a role that is none", { ...PLAIN, grants: [{ path: "home", role: "king" }] }],
  ["everything for an editor", { ...PLAIN, grants: [{ path: "*", role: "editor" }] }],
  ["a time that has not come", { ...PLAIN, nbf: NOW / 1000 + 3600 }],
])("[PL8] a signed token with %s does not count", async (_what, claims) => {
  const given = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
  await expect(readToken(RING, await signed(given), NOW)).rejects.toMatchObject({ code: "bad-token" })
})

test("[PL8] a token of another key, of another algorithm, unsigned, changed or too long does not count", async () => {
  const { token } = await signToken(RING, ANA)
  const [header, payload, signature] = token.split(".")
  const none = Buffer.from('{"alg":"none"}').toString("base64url")
  const others = parseKeyRing(withFreshKey())
  const secret = new SignJWT(PLAIN)
    .setProtectedHeader({ alg: "HS256", kid: RING.signing!.kid! })
    .sign(Buffer.from(RING.signing!.x!, "base64url"))
  const owner = Buffer.from(JSON.stringify({ ...PLAIN, grants: [{ path: "*", role: "owner" }] })).toString("base64url")
  for (const wrong of [
    "",
    "nonsense",
    "a.b.c",
    `${none}.${payload}.`,
    `${header}.${owner}.${signature}`,
    `${header}.${payload}.${signature!.slice(2)}AA`,
    (await signToken(others, ANA)).token,
    await secret,
    "x".repeat(MAX_TEXT_BYTES + 1),
  ])
    await expect(readToken(RING, wrong, NOW)).rejects.toMatchObject({ code: "bad-token" })
})

test("[PL8] a token that a device could not send is not made", async () => {
  const grants = Array.from({ length: 200 }, (_, index): Grant => ({ path: `home/conv/${index}`, role: "viewer" }))
  await expect(signToken(RING, { ...ANA, grants })).rejects.toThrow(RangeError)
})

test("[PL8] after a rotation the fresh key signs, and the older ones go on counting until they are taken out", async () => {
  const { token } = await signToken(RING, ANA)
  const rotated = parseKeyRing(withFreshKey(KEYS))
  expect(rotated.signing!.kid).not.toBe(RING.signing!.kid)
  const fresh = (await signToken(rotated, ANA)).token
  for (const one of [token, fresh]) expect(await readToken(rotated, one, NOW)).toMatchObject({ user: "ana" })
  await expect(readToken(RING, fresh, NOW)).rejects.toMatchObject({ code: "bad-token" })
})

test("[PL8] public keys alone check tokens and make none", async () => {
  const { keys } = JSON.parse(KEYS) as { keys: Record<string, string>[] }
  const publicRing = parseKeyRing(JSON.stringify({ keys: keys.map(({ d: _d, ...key }) => key) }))
  expect(await readToken(publicRing, (await signToken(RING, ANA)).token, NOW)).toMatchObject({ user: "ana" })
  await expect(signToken(publicRing, ANA)).rejects.toThrow(TypeError)
})

test("[PL8] a key file that is none is refused, without showing what is in it", () => {
  const [key] = (JSON.parse(KEYS) as { keys: Record<string, string>[] }).keys
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" })
  const wrong = [
    "",
    "secret words",
    "[]",
    "{}",
    '{"keys":[]}',
    JSON.stringify({ keys: [rsa] }),
    JSON.stringify({ keys: [key, key] }),
    JSON.stringify({ keys: [{ ...key, d: "short" }] }),
  ]
  for (const text of wrong) {
    expect(() => parseKeyRing(text)).toThrow(TypeError)
    expect(() => parseKeyRing(text)).not.toThrow(/secret|short/)
  }
})

test("[PL8] revoked are a token by its id, and what a user had until then", async () => {
  const claims = { id: "t1", key: "k", user: "ana", grants: GRANTS, issuedAt: NOW, expiresAt: NOW + 1 }
  expect(isRevoked(NO_REVOCATIONS, claims)).toBe(false)
  expect(isRevoked(parseRevocations(revocationLine({ token: "t1" })), claims)).toBe(true)
  expect(isRevoked(parseRevocations(revocationLine({ token: "t2" })), claims)).toBe(false)
  const user = parseRevocations(`# left in March\n${revocationLine({ user: "ana", now: NOW })}`)
  expect([NOW - 1, NOW, NOW + 1].map((issuedAt) => isRevoked(user, { ...claims, issuedAt }))).toEqual([true, true, false])
  expect(isRevoked(user, { ...claims, user: "eve" })).toBe(false)
  const twice = parseRevocations(revocationLine({ user: "ana", now: NOW }) + revocationLine({ user: "ana", now: NOW - 9 }))
  expect(isRevoked(twice, claims)).toBe(true)
})

test("[PL8] a revocation that cannot be read is not passed over", () => {
  for (const line of ["token", "tokn t1", "user ana", "user ana yesterday", "user a/b 2026-03-01", "token a b"])
    expect(() => parseRevocations(`token ok\n${line}\n`)).toThrow("line 2")
})

test("[PL72] a token of a relay says so, holds no grants, and its name is no user's", async () => {
  const edge = { ...ANA, user: relayHolder("edge-1"), relay: true, grants: [] }
  const { token, id } = await signToken(RING, edge)
  expect(await readToken(RING, token, NOW)).toEqual({ ...edge, id, key: RING.signing!.kid })
  const claims = { ...PLAIN, sub: "relay/edge-1", grants: [] }
  for (const wrong of [
    claims,
    { ...claims, relay: false },
    { ...claims, relay: "yes" },
    { ...claims, relay: true, sub: "edge-1" },
    { ...claims, relay: true, sub: "relay/a/b" },
    { ...claims, relay: true, grants: GRANTS },
  ])
    await expect(readToken(RING, await signed(wrong), NOW)).rejects.toMatchObject({ code: "bad-token" })
  expect(await readToken(RING, await signed({ ...claims, relay: true }), NOW)).toMatchObject({ relay: true })
})

test("[PL72] tokens of a relay are revoked by its name, and those of a user of that name go on counting", () => {
  const claims = { id: "t1", key: "k", user: "relay/edge-1", relay: true, grants: [], issuedAt: NOW, expiresAt: NOW + 1 }
  const revoked = parseRevocations(revocationLine({ user: "relay/edge-1", now: NOW }))
  expect(isRevoked(revoked, claims)).toBe(true)
  expect(isRevoked(revoked, { ...claims, user: "edge-1", relay: false })).toBe(false)
  expect(() => parseRevocations("user relay/a/b 2026-03-01\n")).toThrow("line 1")
})
