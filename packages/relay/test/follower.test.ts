import { expect, test } from "vitest"
import type { Frame } from "@polylogue/protocol"
import { Follower } from "../src/links/follower.ts"
import type { RelayCore } from "../src/relay-core.ts"
import { ManualClock, settle } from "./test-relay.ts"

test("[RL86] a link asks once for what has changed, though documents come to rest before it knows where it was", async () => {
  const asked: Frame[] = []
  let answer: (value: undefined) => void = () => undefined
  const store = { read: () => new Promise<undefined>((resolve) => (answer = resolve)) }
  const core = { store, clock: new ManualClock(), limits: { linkRecordMs: 1_000 } } as unknown as RelayCore
  const follower = new Follower(core, "", 0, {
    relay: "0123456789abcdef",
    unsettled: 0,
    openHandle: () => 1,
    closeHandle: () => undefined,
    send: (frame) => asked.push(frame),
    changed: () => undefined,
    told: () => undefined,
  })
  const begun = follower.begin()
  follower.moved()
  expect(asked).toEqual([])
  answer(undefined)
  await begun
  await settle()
  follower.moved()
  expect(asked.map(({ type }) => type)).toEqual(["watch"])
})

test("[RL142] a feed that the other end has ended leaves nothing behind", async () => {
  const open = new Set<number>()
  const receivers: ((frame: Frame) => void)[] = []
  const clock = new ManualClock()
  const store = { read: () => Promise.resolve(undefined) }
  const core = { store, clock, events: () => undefined, limits: { linkRecordMs: 1_000, linkRetryMs: 1_000 } } as unknown as RelayCore
  const follower = new Follower(core, "home", 0, {
    relay: "0123456789abcdef",
    unsettled: 0,
    openHandle: (receive) => {
      receivers.push(receive)
      open.add(receivers.length)
      return receivers.length
    },
    closeHandle: (handle) => void open.delete(handle),
    send: () => undefined,
    changed: () => undefined,
    told: () => undefined,
  })
  await follower.begin()
  for (let round = 1; round <= 3; round++) {
    receivers.at(-1)!({ type: "close", handle: round, code: 4429, reason: "" })
    expect([...open]).toEqual([])
    await clock.advance(10_000)
    expect([...open]).toEqual([round + 1])
  }
})

test("[RL140] how far a prefix is asked for changes without a moment in which nobody asks", async () => {
  const asked: string[] = []
  let handles = 0
  const core = { store: { read: () => Promise.resolve(undefined) }, clock: new ManualClock(), limits: {} } as unknown as RelayCore
  const follower = new Follower(core, "home", 15, {
    relay: "0123456789abcdef",
    unsettled: 0,
    openHandle: () => ++handles,
    closeHandle: () => undefined,
    send: (frame) => {
      if (frame.type === "watch") asked.push(`watch ${frame.handle} ${frame.hops}`)
      else if (frame.type === "close") asked.push(`close ${frame.handle}`)
    },
    changed: () => undefined,
    told: () => undefined,
  })
  follower.reach(14)
  expect(asked).toEqual([])
  await follower.begin()
  follower.reach(14)
  follower.reach(3)
  expect(asked).toEqual(["watch 1 14", "watch 2 3", "close 1"])
})
