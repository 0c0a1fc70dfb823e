import type { RelayStatus } from "@polylogue/replica"
import { expect, test } from "vitest"
import { copiesFact } from "../src/sync/copies-words.ts"
import { hasRelayLeft, relayLines, relayName } from "../src/sync/relay-lines.ts"
import { RelayMoves } from "../src/sync/relay-moves.ts"
import { statusSentence } from "../src/sync/status-sentence.ts"

const relay = (name: string, change: Partial<RelayStatus> = {}): RelayStatus => ({
  url: `wss://${name}.example/sync`,
  health: "well",
  code: undefined,
  welcomeMs: undefined,
  ...change,
})
const [near, far, third] = [relay("near", { welcomeMs: 12 }), relay("far", { welcomeMs: 80 }), relay("third", { health: "untried" })]

test("[WB178] each relay is said to be as it is: where the device is, in what time it answers, which is next", () => {
  const lines = relayLines({ connection: "online", relay: near.url, relays: [near, far, third] })
  expect(lines.map(({ name, shape, state, isNext }) => [name, shape, state, isNext])).toEqual([
    ["near.example", "here", "This device is here; it answered in 12 ms", false],
    ["far.example", "well", "Answered in 80 ms when last tried", true],
    ["third.example", "untried", "Not tried yet", false],
  ])
})

test("[WB178] one that does not take the device is said to be so with what to do, and is never next", () => {
  const slow = relay("slow", { health: "slow" })
  const relays = [
    slow,
    relay("gone", { health: "unreachable" }),
    relay("asks", { health: "refused", code: "unauthenticated" }),
    relay("closed", { health: "refused", code: "forbidden" }),
  ]
  const lines = relayLines({ connection: "connecting", relay: slow.url, relays })
  expect(lines.map(({ state }) => state)).toEqual([
    "Being tried now",
    "Out of reach; it is tried again by itself",
    "Asks who you are; sign in to use it",
    "Does not take this device (forbidden); ask whoever runs it for access",
  ])
  expect(lines.map(({ isNext }) => isNext)).toEqual([false, true, false, false])
  expect(lines.every(({ shape }) => shape === "lost")).toBe(true)
  const offline = relayLines({ connection: "offline", relay: slow.url, relays })
  expect([offline[0]?.state, offline[0]?.isNext]).toEqual(["Did not answer in time; it is tried again by itself", true])
  // Where there is no choice, there is no next one.
  expect(relayLines({ connection: "offline", relay: near.url, relays: [near] })[0]?.isNext).toBe(false)
  expect(relayLines({ connection: "offline", relay: undefined, relays: [] })).toEqual([])
})

test("[WB178] an address is shown without what all share", () => {
  expect(["wss://a.example/sync", "ws://127.0.0.1:4400", "wss://a.example/team/sync", "wss://[::1]:7/"].map(relayName)).toEqual([
    "a.example",
    "127.0.0.1:4400",
    "a.example/team/sync",
    "[::1]:7",
  ])
})

test("[WB179] going from one relay to another is a move, coming back to the same is none", () => {
  const listeners: (() => void)[] = []
  const replica = {
    status: { connection: "connecting", relay: near.url },
    subscribe: (listener: () => void) => void listeners.push(listener),
  }
  const moves = new RelayMoves(replica as never, () => 7)
  const hear = (connection: string, url: string | undefined): void => {
    replica.status = { connection, relay: url! }
    for (const listener of listeners) listener()
  }
  hear("online", near.url)
  hear("connecting", far.url)
  hear("offline", undefined)
  hear("online", near.url)
  expect(moves.move).toBeUndefined()
  hear("online", far.url)
  const { move } = moves
  expect(move).toEqual({ from: near.url, to: far.url, at: 7 })
  hear("online", far.url)
  expect(moves.move).toBe(move)
})

test("[WB179] as long as a relay is left that has not failed the device looks for one, and is not said to be cut off", () => {
  const lost = (...names: string[]): RelayStatus[] => names.map((name) => relay(name, { health: "unreachable" }))
  const say = (relays: readonly RelayStatus[], waitingMessages = 0) =>
    statusSentence({
      link: { kind: "cut-off", since: 0 },
      status: {
        code: undefined,
        cutOff: false,
        keeps: "durable",
        storageError: undefined,
        waitingRows: waitingMessages,
        relay: near.url,
        relays,
      },
      waitingMessages,
      now: 300_000,
    })
  expect(hasRelayLeft([near])).toBe(false)
  expect(say([...lost("near"), far])).toEqual({
    tone: "waiting",
    text: "Looking for a relay: keep writing",
    short: "Looking",
    detail:
      "The connection has ended, and the next relay is being tried. You can go on writing; it stays on this device until one answers.",
  })
  expect(say([...lost("near"), third], 2).text).toBe("Looking for a relay: 2 messages on this device only")
  expect(say([...lost("near", "far")], 2)).toMatchObject({
    tone: "warn",
    text: "Cut off for 5 min: 2 messages on this device only",
    detail: "No relay is in reach. You can go on writing; 2 messages are on this device only and will be sent when one answers.",
  })
})

test("[WB180] of copies no more is said than was told, and nothing is missed where a relay stands alone", () => {
  const facts = { otherRelays: 0, replicated: false, onOne: 0, waits: false, synced: true }
  expect(copiesFact(facts)).toEqual(["Stored on", "one relay"])
  expect(copiesFact({ ...facts, synced: false })).toBeUndefined()
  expect(copiesFact({ ...facts, waits: true })).toBeUndefined()
  expect(copiesFact({ ...facts, otherRelays: 1, replicated: true })).toEqual(["Stored on", "at least 2 relays"])
  expect(copiesFact({ ...facts, otherRelays: 2, onOne: 3 })).toEqual(["On one so far", "3 messages"])
  expect(copiesFact({ ...facts, otherRelays: 2 })).toEqual(["On one so far", "some changes"])
  expect(copiesFact({ ...facts, otherRelays: 2, waits: true })).toBeUndefined()
})
