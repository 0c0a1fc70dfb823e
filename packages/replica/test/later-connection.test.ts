import { expect, test } from "vitest"
import { type ConnectionFacts, type ConnectionHost, type ConnectionPart, unknownFacts } from "../src/connection-part.ts"
import { LaterConnection } from "../src/later-connection.ts"
import { ManualClock, settle } from "./support/manual-clock.ts"

const URLS = ["ws://a/sync", "ws://b/sync"]

/** A page whose connection's code can be loaded, or not. */
class Page {
  readonly clock = new ManualClock()
  readonly shown: ConnectionFacts["connection"][] = []
  readonly calls: string[] = []
  readonly loads: number[] = []
  fails = false
  readonly connection: LaterConnection

  constructor(relays: readonly string[] = URLS) {
    const { clock, shown } = this
    const connectionChanged = ({ connection }: ConnectionFacts): void => void shown.push(connection)
    // reason: of its host it asks for nothing else.
    const host = { relays, environment: { clock }, connectionChanged } as unknown as ConnectionHost
    this.connection = new LaterConnection(host, () => this.#load())
  }

  async #load(): Promise<ConnectionPart> {
    this.loads.push(this.clock.monotonic())
    await Promise.resolve()
    if (this.fails) throw new TypeError("the code is not there")
    const call = (name: string) => () => void this.calls.push(name)
    const names = { start: call("start"), stop: call("stop"), wake: call("wake"), reconnect: call("reconnect"), renew: call("renew") }
    return { facts: { ...unknownFacts(URLS), connection: "online" }, session: undefined, ...names }
  }
}

test("[RP58] the way to the relay is loaded when it is first wanted, and asked from then on; until then it shows that it comes", async () => {
  const page = new Page()
  const { connection } = page
  expect(connection.facts).toMatchObject({ connection: "offline", relay: URLS[0], relays: [{ health: "untried" }, { health: "untried" }] })
  connection.wake()
  connection.reconnect()
  connection.renew()
  await settle()
  expect(page.loads).toEqual([])
  connection.start()
  connection.start()
  expect(connection.facts.connection).toBe("connecting")
  await settle()
  expect([connection.facts.connection, page.calls, page.loads.length, page.shown]).toEqual(["online", ["start"], 1, ["connecting"]])
  for (const call of ["wake", "reconnect", "renew", "stop", "start"] as const) connection[call]()
  expect(page.calls).toEqual(["start", "wake", "reconnect", "renew", "stop", "start"])
  expect([page.loads.length, connection.session]).toEqual([1, undefined])
})

test("[RP58] where it cannot be loaded the device is offline, and it is asked for again after a while, or when the device wakes", async () => {
  const page = new Page()
  const { connection } = page
  page.fails = true
  connection.start()
  await settle()
  expect(page.shown).toEqual(["connecting", "offline"])
  connection.reconnect()
  await settle()
  expect(page.loads).toEqual([0, 0])
  await page.clock.pass(5_000)
  expect(page.loads).toEqual([0, 0, 5_000])
  page.fails = false
  await page.clock.pass(5_000)
  expect([page.loads, page.calls]).toEqual([[0, 0, 5_000, 10_000], ["start"]])
})

test("[RP58] who is stopped meanwhile is not started, and without relays nothing is loaded", async () => {
  const page = new Page()
  page.connection.start()
  page.connection.stop()
  await settle()
  expect([page.calls, page.shown.at(-1)]).toEqual([[], "offline"])
  page.fails = true
  const failing = new Page()
  failing.fails = true
  failing.connection.start()
  failing.connection.stop()
  await failing.clock.pass(60_000)
  expect(failing.loads).toHaveLength(1)
  const alone = new Page([])
  alone.connection.start()
  await settle()
  expect(alone.loads).toEqual([])
})
