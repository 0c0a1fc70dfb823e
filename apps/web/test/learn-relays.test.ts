import { afterEach, expect, test } from "vitest"
import { learnRelays } from "../src/device/learn-relays.ts"
import { OTHER_RELAYS_KEY, otherRelays } from "../src/device/other-relays.ts"
import { MAX_OTHER_RELAYS } from "../src/device/own-relays.ts"
import { MAX_ADDRESS_LENGTH } from "../src/device/relay-address.ts"
import { writeStored } from "../src/device/stored-value.ts"

Object.assign(globalThis, { localStorage: undefined })

afterEach(() => void writeStored(OTHER_RELAYS_KEY, null))

const says = (body: unknown, status = 200) => learnRelays(() => Promise.resolve(new Response(JSON.stringify(body), { status })))

test("[WB189] what the relay names is kept, each once, and no more when it names none", async () => {
  expect(otherRelays()).toEqual([])
  await says({ relays: ["wss://two.example/sync", "ws://127.0.0.1:4401/sync", "wss://two.example/sync"] })
  expect(otherRelays()).toEqual(["wss://two.example/sync", "ws://127.0.0.1:4401/sync"])
  await says({ relays: [] })
  expect(otherRelays()).toEqual([])
})

test("[WB189] without an answer what was known stays", async () => {
  await says({ relays: ["wss://two.example/sync"] })
  await learnRelays(() => Promise.reject(new TypeError("offline")))
  await learnRelays(() => Promise.resolve(new Response("<p>a portal</p>")))
  await says({ relays: [] }, 503)
  for (const odd of [null, 7, {}, { relays: "wss://other.example" }]) await says(odd)
  expect(otherRelays()).toEqual(["wss://two.example/sync"])
})

test("[WB189] what is no address of a relay is left out, and so is what is too much", async () => {
  const longest = `wss://two.example/${"a".repeat(MAX_ADDRESS_LENGTH - 18)}`
  await says({
    relays: [7, "https://two.example", "javascript:alert(1)", "wss://two.example/a\nwss://evil.example", "", longest, `${longest}a`],
  })
  expect(otherRelays()).toEqual([longest])
  const many = Array.from({ length: MAX_OTHER_RELAYS + 1 }, (_, index) => `wss://relay-${index}.example/sync`)
  await says({ relays: many })
  expect(otherRelays()).toEqual(many.slice(0, MAX_OTHER_RELAYS))
})
