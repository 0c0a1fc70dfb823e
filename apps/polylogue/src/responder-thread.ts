import { Worker } from "node:worker_threads"
import type { Clock } from "@polylogue/protocol"
import type { AnsweringSettings } from "./answering.ts"
import { type AnsweringEvent, crashOf } from "./answering-event.ts"
import type { Journal } from "./journal.ts"

/** Longest heap of the thread, in MiB: it has the conversations open that it answers in. */
const MAX_HEAP_MIB = 2048
/** Milliseconds before a thread that has ended by itself is started again, doubled each time. */
const MIN_RESTART_MS = 1_000
/** The longest of these waits, in milliseconds. */
const MAX_RESTART_MS = 60_000
/** Milliseconds that a thread must have run for the waits to begin anew. */
const STEADY_MS = 300_000

/** What is said to the thread. */
export type ThreadOrder = "close"

/** What the thread says. */
export type ThreadWord = { readonly event: AnsweringEvent }

/** What of a worker is used. */
export interface RunningThread {
  on(event: "message", listener: (word: ThreadWord) => void): unknown
  on(event: "error", listener: (error: unknown) => void): unknown
  on(event: "exit", listener: () => void): unknown
  postMessage(order: ThreadOrder): void
  terminate(): Promise<unknown>
}

/** What a responder beside a relay is made with. */
export interface ResponderThreadOptions {
  readonly settings: AnsweringSettings
  readonly clock: Clock
  readonly journal: Journal
  /** Told what the responder tells. */
  readonly heard: (event: AnsweringEvent) => void
  /** Told that a thread has ended, with what it was doing. */
  readonly ended: () => void
  /** Starts a thread. Default: a worker of this program. */
  readonly start?: (settings: AnsweringSettings) => RunningThread
}

/**
 * A responder in a thread of its own, so that what it does never holds up the relay. One that ends by itself is told of in the journal and started again after a wait;
 * what it was writing is gone on with when its leases have expired.
 */
export class ResponderThread {
  readonly #options: ResponderThreadOptions
  #running: RunningThread | undefined
  #exited: Promise<void> = Promise.resolve()
  #restartMs = MIN_RESTART_MS
  #cancelRestart: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(options: ResponderThreadOptions) {
    this.#options = options
  }

  /** Starts it. Called once. */
  open(): void {
    this.#start()
  }

  /** Lets it end what it writes and give its leases back, for at most `patienceMs`. Idempotent. */
  close(patienceMs: number): Promise<void> {
    return (this.#closing ??= this.#close(patienceMs))
  }

  async #close(patienceMs: number): Promise<void> {
    this.#cancelRestart?.()
    const thread = this.#running
    if (thread === undefined) return
    thread.postMessage("close")
    const stop = this.#options.clock.setTimer(() => void thread.terminate(), patienceMs)
    await this.#exited
    stop()
  }

  #start(): void {
    const { settings, clock, heard, start = startWorker } = this.#options
    const startedAt = clock.monotonic()
    const thread = start(settings)
    this.#running = thread
    thread.on("message", ({ event }) => heard(event))
    let why: unknown
    thread.on("error", (error) => (why = error))
    this.#exited = new Promise((resolve) =>
      thread.on("exit", () => {
        this.#running = undefined
        this.#options.ended()
        if (this.#closing === undefined) this.#again(why, clock.monotonic() - startedAt)
        resolve()
      }),
    )
  }

  #again(why: unknown, ranMs: number): void {
    const { clock, journal } = this.#options
    if (ranMs >= STEADY_MS) this.#restartMs = MIN_RESTART_MS
    journal("responder-failed", { ...crashOf(why), againMs: this.#restartMs }, "error")
    this.#cancelRestart = clock.setTimer(() => this.#start(), this.#restartMs)
    this.#restartMs = Math.min(2 * this.#restartMs, MAX_RESTART_MS)
  }
}

function startWorker(settings: AnsweringSettings): RunningThread {
  const worker = new Worker(new URL("./responder-worker.js", import.meta.url), {
    workerData: settings,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
  })
  // The listening server keeps the process alive.
  worker.unref()
  return worker
}
