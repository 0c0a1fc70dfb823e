import { decodeMessage, type EncodedFrame, encodeFrame, type Socket } from "@polylogue/protocol"
import { expect, test } from "vitest"
import { DEFAULT_RELAY_LIMITS } from "../src/limits.ts"
import { type FrameSource, Outlet } from "../src/outlet.ts"
import type { RelayCore } from "../src/relay-core.ts"
import { Ticker } from "../src/ticker.ts"
import { ManualClock } from "./test-relay.ts"

const FRAME: EncodedFrame = encodeFrame({ type: "ping", nonce: 0 })
/** More than may read, or have a transfer under way, at once. */
const MANY = 20

/** An outlet with a socket that takes everything; `tick` ends the tick. */
function open(): { outlet: Outlet; tick: () => void } {
  const clock = new ManualClock()
  const ticker = new Ticker(clock, (error) => {
    throw error
  })
  const socket = { bufferedBytes: 0, send: () => undefined } as unknown as Socket
  const counters = { messagesSent: 0, bytesSent: 0, framesSent: 0 }
  const core = { clock, ticker, limits: DEFAULT_RELAY_LIMITS, counters } as unknown as RelayCore
  return { outlet: new Outlet(core, socket), tick: () => ticker.flush() }
}

/** Somebody who needs one page, or one transfer, before it has a frame to say. */
class Asking implements FrameSource {
  readonly hasMore = false
  /** What it still needs; what it was given. */
  needs = true
  given = false
  #number: number | undefined
  readonly #outlet: Outlet
  readonly #what: "page" | "transfer"

  constructor(outlet: Outlet, what: "page" | "transfer") {
    this.#outlet = outlet
    this.#what = what
    outlet.activate(this)
  }

  next(): EncodedFrame | undefined {
    if (!this.needs) return undefined
    if (this.#what === "page") this.given = this.#outlet.beginRead(this)
    else this.given = (this.#number = this.#outlet.beginTransfer(this)) !== undefined
    if (!this.given) return undefined
    this.needs = false
    return FRAME
  }

  end(): void {
    if (this.#number === undefined) this.#outlet.endRead(this)
    else this.#outlet.endTransfer(this.#number)
  }
}

for (const what of ["page", "transfer"] as const) {
  test(`[RL8] who waits for a ${what} gets it when others end, in the order in which they asked`, () => {
    const { outlet, tick } = open()
    const all = Array.from({ length: MANY }, () => new Asking(outlet, what))
    tick()
    const most = all.filter(({ given }) => given).length
    expect(most).toBeGreaterThan(1)
    for (let ended = 0; ended + most < MANY; ended++) {
      all[ended]!.end()
      tick()
      expect(all.map(({ given }) => given)).toEqual(all.map((_, index) => index <= ended + most))
    }
  })

  test(`[RL8, I2] who waits for a ${what} gets it also when all that waited before do not need theirs any more`, () => {
    const { outlet, tick } = open()
    const all = Array.from({ length: MANY }, () => new Asking(outlet, what))
    tick()
    const first = all.filter(({ given }) => given)
    const last = all.at(-1)!
    for (const each of all.slice(0, -1)) each.needs = false
    first[0]!.end()
    tick()
    expect(last.given).toBe(true)
  })
}

test("[RL9, I5] what a session has still to say when it ends goes in messages that the other end reads", () => {
  const sent: Uint8Array[] = []
  const clock = new ManualClock()
  const socket = { bufferedBytes: Infinity, send: (message: Uint8Array) => sent.push(message) } as unknown as Socket
  const limits = { ...DEFAULT_RELAY_LIMITS, maxFrameBytes: 64 }
  const counters = { messagesSent: 0, bytesSent: 0, framesSent: 0 }
  const core = { clock, ticker: new Ticker(clock, () => undefined), limits, counters } as unknown as RelayCore
  const outlet = new Outlet(core, socket)
  for (let times = 0; times < 100; times++) outlet.push(FRAME)
  outlet.close()
  expect(sent.flatMap(decodeMessage)).toHaveLength(100)
  expect(Math.max(...sent.map(({ length }) => length))).toBeLessThanOrEqual(64)
})
