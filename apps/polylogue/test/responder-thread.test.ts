import { EventEmitter } from "node:events"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { crashOf } from "../src/answering-event.ts"
import { ResponderThread, type RunningThread, type ThreadOrder } from "../src/responder-thread.ts"
import { systemClock } from "../src/system.ts"

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A thread that does what the test says. */
class Thread extends EventEmitter implements RunningThread {
  readonly orders: ThreadOrder[] = []
  postMessage(order: ThreadOrder): void {
    this.orders.push(order)
  }
  terminate(): Promise<void> {
    this.emit("exit")
    return Promise.resolve()
  }
}

function responder() {
  const threads: Thread[] = []
  const journal = vi.fn()
  const ended = vi.fn()
  const thread = new ResponderThread({
    settings: { relays: [], token: "", workspaces: ["home"], name: "here", models: [], limits: {} },
    clock: systemClock,
    journal,
    heard: () => undefined,
    ended,
    start: () => {
      const started = new Thread()
      threads.push(started)
      return started
    },
  })
  thread.open()
  const crash = (error?: Error): void => {
    if (error !== undefined) threads.at(-1)!.emit("error", error)
    threads.at(-1)!.emit("exit")
  }
  return { thread, threads, journal, ended, crash }
}

test("[PL101] a thread that ends by itself is told of without its words, and started again after a wait that doubles up to a minute", () => {
  const { threads, journal, ended, crash } = responder()
  const waits = [1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000)
  for (const [index, againMs] of waits.entries()) {
    crash(new Error("what somebody wrote"))
    expect(journal).toHaveBeenLastCalledWith("responder-failed", expect.objectContaining({ error: "Error", againMs }), "error")
    vi.advanceTimersByTime(againMs - 1)
    expect(threads).toHaveLength(index + 1)
    vi.advanceTimersByTime(1)
    expect(threads).toHaveLength(index + 2)
  }
  expect(ended).toHaveBeenCalledTimes(waits.length)
  expect(JSON.stringify(journal.mock.calls)).not.toContain("what somebody wrote")
  vi.advanceTimersByTime(300_000)
  crash()
  expect(journal).toHaveBeenLastCalledWith("responder-failed", { error: "ended by itself", againMs: 1000 }, "error")
})

test("[PL101] closing lets it end by itself, for as long as there is patience, and starts none again", async () => {
  const first = responder()
  const closing = first.thread.close(5_000)
  expect(first.threads[0]!.orders).toEqual(["close"])
  first.crash()
  await closing
  const slow = responder()
  const slowly = slow.thread.close(5_000)
  vi.advanceTimersByTime(5_000)
  await slowly
  const waiting = responder()
  waiting.crash()
  await waiting.thread.close(5_000)
  for (const { threads } of [first, slow, waiting]) {
    vi.advanceTimersByTime(120_000)
    expect(threads).toHaveLength(1)
  }
})

test("[PL101] what ended it is told by name, code and place", () => {
  expect(crashOf(new TypeError("words"))).toEqual({
    error: "TypeError",
    at: expect.stringMatching(/^responder-thread\.test\.ts:\d+:\d+$/) as string,
  })
  expect(crashOf(Object.assign(new Error("words"), { code: "ERR_WORKER_OUT_OF_MEMORY" })).error).toBe("Error ERR_WORKER_OUT_OF_MEMORY")
  expect(crashOf("words")).toEqual({ error: "thrown" })
})
