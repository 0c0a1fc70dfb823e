import { expect, test } from "vitest"
import { accessPolicy, addressOf, isLoopback, LOOPBACK_ONLY, refusalOf } from "../src/access.ts"

test("[PL3] loopback is this machine and nothing else", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "::1", "[::1]"]) expect(isLoopback(host)).toBe(true)
  for (const host of ["0.0.0.0", "::", "192.168.1.2", "example.org", "127.0.0.1.example.org", "localhost.example.org", ""])
    expect(isLoopback(host)).toBe(false)
})

test("[PL3] names that point here from elsewhere are refused", () => {
  expect(refusalOf({ host: "127.0.0.1:4400" }, LOOPBACK_ONLY)).toBeUndefined()
  expect(refusalOf({ host: "[::1]:4400" }, LOOPBACK_ONLY)).toBeUndefined()
  for (const host of ["rebound.example:4400", undefined, "", "a b"])
    expect(refusalOf({ host }, LOOPBACK_ONLY)).toContain("loopback names only")
})

test("[PL3] pages of another origin are refused, another port included", () => {
  const host = "localhost:4400"
  expect(refusalOf({ host, origin: "http://localhost:4400" }, LOOPBACK_ONLY)).toBeUndefined()
  for (const origin of ["http://localhost:8080", "https://example.org", "null", "http://127.0.0.1:4400"])
    expect(refusalOf({ host, origin }, LOOPBACK_ONLY)).toContain("another origin")
})

const GIVEN = { host: "0.0.0.0", publicUrl: "https://chat.example", origins: ["https://pages.example:8443"] }

test("[PL10] with tokens, names that were given and any address are names of the relay, others are not", () => {
  const policy = accessPolicy(GIVEN, { authenticated: true })
  for (const host of ["chat.example", "CHAT.example:443", "pages.example", "10.0.0.7:4400", "[fd00::1]:4400", "localhost"])
    expect(refusalOf({ host }, policy)).toBeUndefined()
  for (const host of ["rebound.example", "chat.example.org", "a.chat.example", undefined])
    expect(refusalOf({ host }, policy)).toContain("does not answer to that name")
})

test("[PL10] pages of origins that were given may connect, also without tokens; their names count with tokens only", () => {
  for (const authenticated of [true, false]) {
    const policy = accessPolicy(GIVEN, { authenticated })
    const may = (origin: string): boolean => refusalOf({ host: "localhost:4400", origin }, policy) === undefined
    expect(["https://chat.example", "https://pages.example:8443", "http://localhost:4400"].map(may)).toEqual([true, true, true])
    expect(["http://chat.example", "https://pages.example", "https://chat.example.org", "null", "x"].map(may)).not.toContain(true)
  }
  expect(refusalOf({ host: "chat.example" }, accessPolicy(GIVEN, { authenticated: false }))).toContain("loopback names only")
})

test("[PL11] only a proxy on this machine is believed for whom it speaks", () => {
  expect(addressOf({ remoteAddress: "10.0.0.7", forwardedFor: "1.2.3.4" })).toBe("10.0.0.7")
  expect(addressOf({ remoteAddress: "127.0.0.1", forwardedFor: "9.9.9.9, 1.2.3.4" })).toBe("1.2.3.4")
  expect(addressOf({ remoteAddress: "::ffff:127.0.0.1", forwardedFor: undefined })).toBe("127.0.0.1")
  expect(addressOf({ remoteAddress: "::1", forwardedFor: "who knows" })).toBe("::1")
})
