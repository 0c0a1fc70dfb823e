import { expect, test } from "vitest"
import * as Y from "yjs"
import type { ReplicaOptions } from "../src/index.ts"
import { RelayChoice } from "../src/relay-choice.ts"
import { type Device, textOf, type, World } from "./support/device.ts"
import { FakeRelay } from "./support/fake-relay.ts"
import { settle } from "./support/manual-clock.ts"
import { seededBytes } from "./support/random.ts"

const URLS = ["ws://a/sync", "ws://b/sync", "ws://c/sync"]
/** As a device that is there for `home` would try them. */
const [FIRST, SECOND, THIRD] = new RelayChoice(URLS, "home").statuses(0).map(({ url }) => url) as [string, string, string]
const ID = "home/a"

/** Several relays that know nothing of each other, and when each was dialled. */
class Relays {
  readonly world = new World()
  readonly byUrl = new Map(URLS.map((url, at) => [url, new FakeRelay(seededBytes(40 + at))]))
  readonly dialled: { readonly url: string; readonly at: number }[] = []

  at(url: string): FakeRelay {
    return this.byUrl.get(url)!
  }

  device(options: Partial<ReplicaOptions> = {}): Promise<Device> {
    return this.world.device({
      relays: URLS,
      affinity: "home",
      dial: (url, protocols) => {
        this.dialled.push({ url, at: this.world.clock.monotonic() })
        return this.at(url).dial(url, protocols)
      },
      ...options,
    })
  }

  /** The relay takes nobody in and lets nobody stay. */
  kill(url: string): void {
    this.at(url).refuse = "unavailable"
    this.at(url).breakAll()
  }

  revive(url: string): void {
    this.at(url).refuse = undefined
  }

  /** What was dialled since the last call. */
  taken(): string[] {
    return this.dialled.splice(0).map(({ url }) => url)
  }
}

test("[RP53] a relay that drains or dies is left within a moment for the next; with all of them gone the waits grow, with jitter", async () => {
  const relays = new Relays()
  const { clock } = relays.world
  const device = await relays.device()
  const { replica } = device
  const document = await device.open()
  await clock.pass(10_000)
  expect(replica.status).toMatchObject({ connection: "online", relay: FIRST })
  type(document, "one ")
  await document.whenDurable("stored")
  relays.taken()
  for (const session of relays.at(FIRST).sessions) session.close("draining")
  relays.at(FIRST).refuse = "draining"
  await clock.pass(200)
  expect(relays.taken()).toEqual([SECOND])
  expect(replica.status).toMatchObject({ connection: "online", relay: SECOND })
  expect(replica.status.relays.map(({ url, health, code }) => [url, health, code])).toEqual([
    [SECOND, "well", undefined],
    [THIRD, "untried", undefined],
    [FIRST, "unreachable", "draining"],
  ])
  type(document, "two")
  await document.whenDurable("stored")
  expect(relays.at(SECOND).text(ID)).toBe("one two")
  await clock.pass(10_000)
  // The third is gone already: the first that is left is tried in the same breath.
  relays.kill(THIRD)
  relays.kill(SECOND)
  await clock.pass(200)
  expect(relays.taken()).toEqual([THIRD, FIRST])
  await clock.pass(60_000)
  const rounds = relays.dialled.filter(({ url }) => url === FIRST).length
  expect(rounds).toBeGreaterThan(2)
  expect(rounds).toBeLessThan(20)
  expect(new Set(relays.taken())).toEqual(new Set(URLS))
  relays.revive(THIRD)
  await clock.pass(31_000)
  expect(replica.status).toMatchObject({ connection: "online", relay: THIRD })
  expect(relays.at(THIRD).text(ID)).toBe("one two")
})

test("[RP53] devices that lose their relay together come to the next spread over a moment", async () => {
  const relays = new Relays()
  const devices = await Promise.all(Array.from({ length: 40 }, () => relays.device()))
  await relays.world.clock.pass(10_000)
  relays.taken()
  const since = relays.world.clock.monotonic()
  relays.kill(FIRST)
  await relays.world.clock.pass(200)
  const moments = relays.dialled.map(({ at }) => at - since)
  expect(relays.dialled.every(({ url }) => url === SECOND)).toBe(true)
  expect([moments.length, Math.min(...moments) < 40, Math.max(...moments) > 160, Math.max(...moments) < 200]).toEqual([
    40,
    true,
    true,
    true,
  ])
  expect(devices.every(({ replica }) => replica.status.relay === SECOND && replica.status.connection === "online")).toBe(true)
})

test("[RP53] a permanent code at one address stops no other; that one is left alone until somebody asks, or the token changes", async () => {
  const relays = new Relays()
  relays.at(FIRST).refuse = "forbidden"
  relays.kill(SECOND)
  relays.kill(THIRD)
  const { replica } = await relays.device()
  await relays.world.clock.pass(120_000)
  expect(relays.taken().filter((url) => url === FIRST)).toHaveLength(1)
  expect(replica.status.connection).not.toBe("refused")
  expect(replica.status.relays.at(-1)).toMatchObject({ url: FIRST, health: "refused", code: "forbidden" })
  relays.at(SECOND).refuse = "unauthenticated"
  relays.at(THIRD).refuse = "unauthenticated"
  await relays.world.clock.pass(60_000)
  expect(replica.status).toMatchObject({ connection: "refused", code: "unauthenticated" })
  relays.taken()
  relays.revive(FIRST)
  replica.setToken("another")
  await relays.world.clock.pass(1_000)
  expect(replica.status).toMatchObject({ connection: "online", relay: FIRST })
})

test("[RP53] what the first document is decides when nobody says it, and the device does not wait for one", async () => {
  const relays = new Relays()
  const of = (workspace: string): string => new RelayChoice(URLS, workspace).statuses(0)[0]!.url
  const workspace = ["one", "two", "three", "four", "five"].find((candidate) => of(candidate) !== of(""))!
  const device = await relays.world.device({ relays: URLS, dial: (url, protocols) => relays.at(url).dial(url, protocols) })
  await device.open(`${workspace}/index`)
  await relays.world.clock.pass(100)
  expect(device.replica.status).toMatchObject({ connection: "online", relay: of(workspace) })
  const idle = await relays.world.device({ relays: URLS, dial: (url, protocols) => relays.at(url).dial(url, protocols) })
  await relays.world.clock.pass(100)
  expect(idle.replica.status).toMatchObject({ connection: "online", relay: of("") })
})

test("[RP53] a device that wakes after an absence goes back to the relay that it was at", async () => {
  const relays = new Relays()
  let woken: () => void = () => undefined
  const { replica } = await relays.device({ wake: (wake) => ((woken = wake), () => undefined) })
  await relays.world.clock.pass(12_500)
  for (const { socket } of relays.at(FIRST).sessions) socket.mute = true
  relays.taken()
  woken()
  await relays.world.clock.pass(5_000)
  expect([relays.taken(), replica.status.relay, replica.status.connection]).toEqual([[FIRST], FIRST, "online"])
})

test("[RP54] a device moves back when the better relay has been well for a while and nothing is under way, without a moment offline", async () => {
  const relays = new Relays()
  const { clock } = relays.world
  const device = await relays.device()
  const document = await device.open()
  await clock.pass(10_000)
  relays.kill(FIRST)
  await clock.pass(1_000)
  expect(device.replica.status.relay).toBe(SECOND)
  relays.revive(FIRST)
  const states = new Set<string>()
  device.replica.subscribe(() => states.add(device.replica.status.connection))
  // Well, and looked after, but not for long enough.
  await clock.pass(100_000)
  expect([device.replica.status.relay, relays.taken().filter((url) => url === FIRST).length > 1]).toEqual([SECOND, true])
  // Somebody streams: not now.
  for (let second = 0; second < 200; second++) {
    type(document, ".")
    await clock.pass(1_000)
  }
  expect(device.replica.status.relay).toBe(SECOND)
  await clock.pass(70_000)
  expect(device.replica.status).toMatchObject({ connection: "online", relay: FIRST })
  expect([...states]).toEqual(["online"])
  expect(relays.at(SECOND).sessions.size).toBe(0)
  expect([relays.at(FIRST).text(ID), document.status.synced]).toEqual([textOf(document), true])
  relays.taken()
  await clock.pass(600_000)
  expect(relays.taken()).toEqual([])
})

test("[RP54] a better relay that comes and goes draws nobody", async () => {
  const relays = new Relays()
  const { clock } = relays.world
  const { replica } = await relays.device()
  await clock.pass(10_000)
  relays.kill(FIRST)
  await clock.pass(1_000)
  for (let round = 0; round < 30; round++) {
    relays.revive(FIRST)
    await clock.pass(50_000)
    relays.kill(FIRST)
    await clock.pass(50_000)
  }
  expect(replica.status).toMatchObject({ connection: "online", relay: SECOND })
  relays.kill(SECOND)
  await clock.pass(1_000)
  await settle()
  expect(replica.status.relay).toBe(THIRD)
})

test("[RP54] a relay that is a band nearer is found and moved to, and one that lets in slowly is left", async () => {
  const relays = new Relays()
  const { clock } = relays.world
  const delays = new Map([
    [FIRST, 400],
    [SECOND, 20],
    [THIRD, 100],
  ])
  const device = await relays.device({
    dial: (url, protocols) => {
      relays.dialled.push({ url, at: clock.monotonic() })
      const relay = relays.at(url)
      const socket = relay.dial(url, protocols)
      const session = [...relay.sessions].at(-1)!
      const send = session.send.bind(session)
      session.send = (frame) => (frame.type === "welcome" ? void clock.setTimer(() => send(frame), delays.get(url)!) : send(frame))
      return socket
    },
  })
  await clock.pass(1_000)
  expect(device.replica.status).toMatchObject({ connection: "online", relay: FIRST })
  await clock.pass(400_000)
  expect(device.replica.status).toMatchObject({ connection: "online", relay: SECOND })
  expect(device.replica.status.relays.map(({ url, welcomeMs }) => [url, welcomeMs])).toEqual([
    [SECOND, 20],
    [THIRD, undefined],
    [FIRST, 400],
  ])
})

test("[RP55] a relay that has others to get it from is given time; told that it has it, the device asks for no state and sends what it wrote", async () => {
  const relays = new Relays()
  const { clock } = relays.world
  const device = await relays.device()
  const document = await device.open()
  await clock.pass(10_000)
  type(document, "one ")
  await document.whenDurable("stored")
  const entries = relays.at(FIRST).room(ID).entries.slice()
  relays.at(SECOND).liveLinks = true
  relays.kill(FIRST)
  await clock.pass(1_000)
  type(document, "two")
  await clock.pass(500)
  const asked = (): number => relays.at(SECOND).received.filter(({ type: name }) => name === "askState" || name === "append").length
  expect([document.status.waitingRows, asked()]).toEqual([1, 0])
  // It comes over a link of the relay.
  const room = relays.at(SECOND).room(ID)
  for (const entry of entries) {
    room.entries.push(entry)
    Y.applyUpdate(room.ydoc, entry.update)
  }
  const vector = relays.at(SECOND).vector(ID)
  for (const session of relays.at(SECOND).sessions) session.send({ type: "have", handle: session.handleOf(ID)!, vector })
  await settle()
  expect(document.status.waitingRows).toBe(0)
  expect(relays.at(SECOND).received.map(({ type: name }) => name)).not.toContain("askState")
  expect(relays.at(SECOND).text(ID)).toBe("one two")
})

test("[RP55] nothing comes: after a while the device hands over, once", async () => {
  const relays = new Relays()
  const { clock } = relays.world
  const device = await relays.device()
  const document = await device.open()
  await clock.pass(10_000)
  type(document, "one ")
  await document.whenDurable("stored")
  relays.at(SECOND).liveLinks = true
  relays.kill(FIRST)
  await clock.pass(1_000)
  type(document, "two")
  await clock.pass(5_000)
  expect(
    relays
      .at(SECOND)
      .appends()
      .map(({ handOver }) => handOver),
  ).toEqual([true])
  expect(relays.at(SECOND).text(ID)).toBe("one two")
  // And it says that it has compared: others may wait for that.
  expect(relays.at(SECOND).received.filter(({ type: name }) => name === "have")).toHaveLength(1)
})
