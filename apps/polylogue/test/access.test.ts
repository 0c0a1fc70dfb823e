import { expect, test } from "vitest"
import { isLoopback, refusalOf } from "../src/access.ts"

test("[PL3] loopback is this machine and nothing else", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "::1", "[::1]"]) expect(isLoopback(host)).toBe(true)
  for (const host of ["0.0.0.0", "::", "192.168.1.2", "example.org", "127.0.0.1.example.org", "localhost.example.org", ""])
    expect(isLoopback(host)).toBe(false)
})

test("[PL3] names that point here from elsewhere are refused", () => {
  expect(refusalOf({ host: "127.0.0.1:4400" })).toBeUndefined()
  expect(refusalOf({ host: "[::1]:4400" })).toBeUndefined()
  for (const host of ["rebound.example:4400", undefined, "", "a b"]) expect(refusalOf({ host })).toContain("loopback names only")
})

test("[PL3] pages of another origin are refused, another port included", () => {
  const host = "localhost:4400"
  expect(refusalOf({ host, origin: "http://localhost:4400" })).toBeUndefined()
  for (const origin of ["http://localhost:8080", "https://example.org", "null", "http://127.0.0.1:4400"])
    expect(refusalOf({ host, origin })).toContain("another origin")
})
