import { expect, test } from "vitest"
import { relay } from "./link-kit.ts"
import { polylogue } from "./program.ts"

const asked = async (url: string): Promise<unknown> => (await fetch(`${url}/api/relay-urls`)).json()

test("[PL84] pages are told where other relays are, each once, and of none where none is named", async () => {
  const names = ["--relay-url", "wss://two.example", "--relay-url", "https://two.example/sync,ws://127.0.0.1:4401/edge/sync"]
  const [alone, one] = await Promise.all([relay(), relay(names)])
  expect(await asked(alone.url)).toEqual({ relays: [] })
  expect(await asked(one.url)).toEqual({ relays: ["wss://two.example/sync", "ws://127.0.0.1:4401/edge/sync"] })
  expect((await fetch(`${one.url}/api/relay-urls`, { method: "POST" })).status).toBe(405)
})

test("[PL84] what is no address of a relay is refused before anything listens", async () => {
  expect(await polylogue("relay", "--port", "0", "--relay-url", "two.example")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--relay-url is the address of a relay") as string,
  })
})
