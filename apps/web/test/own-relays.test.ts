import { afterEach, expect, test } from "vitest"
import { learnRelays } from "../src/device/learn-relays.ts"
import { OTHER_RELAYS_KEY, otherRelays } from "../src/device/other-relays.ts"
import { addOwnRelay, MAX_OTHER_RELAYS, MAX_OWN_RELAYS, OWN_RELAYS_KEY, ownRelays, removeOwnRelay } from "../src/device/own-relays.ts"
import { MAX_ADDRESS_LENGTH, readTypedAddress } from "../src/device/relay-address.ts"
import { writeStored } from "../src/device/stored-value.ts"
import { knownRelays } from "../src/settings/known-relays.ts"

Object.assign(globalThis, { localStorage: undefined })

afterEach(() => {
  writeStored(OTHER_RELAYS_KEY, null)
  writeStored(OWN_RELAYS_KEY, null)
})

const tell = (...relays: string[]) => learnRelays(() => Promise.resolve(Response.json({ relays })))

test("[WB182] an address is read as people write it", () => {
  const read = (typed: string, isSecure = false) => readTypedAddress(typed, isSecure)
  expect(read(" relay.example ")).toEqual({ url: "ws://relay.example/sync" })
  expect(read("relay.example", true)).toEqual({ url: "wss://relay.example/sync" })
  expect(read("192.168.1.20:4400")).toEqual({ url: "ws://192.168.1.20:4400/sync" })
  expect(read("localhost:4400")).toEqual({ url: "ws://localhost:4400/sync" })
  expect(read("https://relay.example:8443/#/c/one", true)).toEqual({ url: "wss://relay.example:8443/sync" })
  expect(read("HTTP://Relay.Example")).toEqual({ url: "ws://relay.example/sync" })
  expect(read("wss://relay.example/team/sync", true)).toEqual({ url: "wss://relay.example/team/sync" })
})

test("[WB182] what is no address, holds a password, or cannot be dialled from this page is refused with a reason", () => {
  const problem = (typed: string, isSecure = false): string | undefined => {
    const read = readTypedAddress(typed, isSecure)
    return "problem" in read ? read.problem : undefined
  }
  for (const typed of ["", "two words", "ws://", "ws://a b", "wss://a\nwss://b"]) expect(problem(typed)).toContain("no address")
  for (const typed of ["javascript://alert(1)", "ftp://relay.example", "file:///etc"]) expect(problem(typed)).toContain("begins with")
  expect(problem("wss://ana:secret@relay.example")).toContain("password")
  expect(problem("ws://relay.example", true)).toContain("wss://")
  expect(problem("ws://127.evil.example", true)).toContain("wss://")
  for (const near of ["ws://127.0.0.1:4400", "ws://localhost", "ws://[::1]:7"]) expect(problem(near, true)).toBeUndefined()
  const longest = `ws://relay.example/${"a".repeat(MAX_ADDRESS_LENGTH - 19)}`
  expect([problem(longest), problem(`${longest}a`)]).toEqual([undefined, "That address is too long."])
})

test("[WB183] what was added by hand stays beside what relays name, until it is removed by hand", async () => {
  await tell("wss://two.example/sync")
  addOwnRelay("wss://mine.example/sync")
  addOwnRelay("wss://two.example/sync")
  expect(ownRelays()).toEqual(["wss://mine.example/sync"])
  expect(otherRelays()).toEqual(["wss://mine.example/sync", "wss://two.example/sync"])
  await tell("wss://three.example/sync", "wss://mine.example/sync")
  expect(otherRelays()).toEqual(["wss://mine.example/sync", "wss://three.example/sync"])
  removeOwnRelay("wss://three.example/sync")
  expect(otherRelays()).toHaveLength(2)
  removeOwnRelay("wss://mine.example/sync")
  expect([ownRelays(), otherRelays()]).toEqual([[], ["wss://three.example/sync"]])
})

test("[WB183] there is room for what is named, and for what was added, however many others there are", async () => {
  const many = (name: string, count: number): string[] => Array.from({ length: count }, (_, index) => `wss://${name}-${index}.example/sync`)
  await tell(...many("told", MAX_OTHER_RELAYS + 1))
  for (const url of many("own", MAX_OWN_RELAYS + 1)) addOwnRelay(url)
  const expected = [...many("own", MAX_OWN_RELAYS), ...many("told", MAX_OTHER_RELAYS - MAX_OWN_RELAYS)]
  expect(otherRelays()).toEqual(expected)
  await tell(...many("told", MAX_OTHER_RELAYS))
  expect(otherRelays()).toEqual(expected)
})

test("[WB184] of each relay is known why it is one, and from when it is used", () => {
  const relays = knownRelays({
    used: ["wss://page.example/sync", "wss://two.example/sync", "wss://gone.example/sync"],
    remembered: ["wss://mine.example/sync", "wss://two.example/sync"],
    own: ["wss://mine.example/sync"],
    pageHost: "page.example",
  })
  expect(relays.map(({ from, isUsed }) => [from, isUsed])).toEqual([
    ["page", true],
    ["relay", true],
    ["removed", true],
    ["you", false],
  ])
})
