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
  const follower = new Follower(core, "", {
    relay: "0123456789abcdef",
    unsettled: 0,
    openHandle: () => 1,
    closeHandle: () => undefined,
    send: (frame) => asked.push(frame),
    changed: () => undefined,
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
