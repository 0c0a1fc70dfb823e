import type { Clock } from "@polylogue/protocol"
import { type Answerer, AnswerError, type AnswerErrorCode, type AnswerEvent, type AnswerUsage, type Question } from "./answer.ts"
import type { AnswerWriter } from "./answer-writer.ts"
import type { Lease } from "./lease.ts"
import type { ResponderLimits } from "./limits.ts"
import { pause } from "./pause.ts"

/** What ends an answer from outside: somebody does not want it, the lease is lost, the responder closes, the document was replaced. */
export type EndCause = "stopped" | "lost" | "closed" | "reset"

/** The reason of the signal that an answerer is given. */
export class AnswerEnded extends Error {
  readonly end: EndCause
  constructor(end: EndCause) {
    super(`the answer was ended: ${end}`)
    this.name = "AbortError"
    this.end = end
  }
}

/** How a run ended. What is written says so already for `done`, `waiting`, `stopped` and `failed`; the rest is its holder's. */
export interface RunEnd {
  readonly outcome: "done" | "waiting" | "failed" | EndCause
  readonly code?: AnswerErrorCode
  readonly usage?: AnswerUsage
  readonly firstWordMs?: number
}

/** What a run needs. */
export interface AnswerRunOptions {
  readonly clock: Clock
  readonly limits: ResponderLimits
  /** Undefined: nobody offers what was asked for. */
  readonly answerer: Answerer | undefined
  readonly question: Question
  readonly lease: Lease
  readonly writer: AnswerWriter
  readonly signal: AbortSignal
  /** The provider is waited for. */
  readonly held: (code: AnswerErrorCode, forMs: number) => void
  /** The answerer failed in a way that says nothing to people. */
  readonly failed: (error: unknown) => void
}

type Finish = Extract<AnswerEvent, { type: "finish" }>

/** Asks the answerer, and writes what it says as long as the lease is held. */
export class AnswerRun {
  readonly #options: AnswerRunOptions
  readonly #began: number
  /** Resolves when it is listened to no longer: ended from outside, or what it said cannot be written. */
  readonly #ended: Promise<undefined>
  #endListening!: () => void
  #lastFlush = Number.NEGATIVE_INFINITY
  #cancelFlush: (() => void) | undefined
  #writeError: unknown
  #firstWordMs: number | undefined

  constructor(options: AnswerRunOptions) {
    this.#options = options
    this.#began = options.clock.monotonic()
    this.#ended = new Promise((resolve) => (this.#endListening = (): void => resolve(undefined)))
    options.signal.addEventListener("abort", this.#endListening)
    if (options.signal.aborted) this.#endListening()
  }

  /** Runs to whatever end. */
  async run(): Promise<RunEnd> {
    for (let holds = 0; ; holds++) {
      try {
        const finish = await this.#stream()
        if (finish !== undefined && (await this.#mayWrite())) return this.#finish(finish)
        return this.#endFromOutside()
      } catch (error) {
        const failure = this.#failureOf(error)
        if (this.#options.signal.aborted) return this.#endFromOutside()
        if (await this.#holds(failure, holds)) continue
        if (!(await this.#mayWrite())) return this.#endFromOutside()
        this.#options.writer.fail(failure.code, failure.message, failure.retryAfterMs)
        return { outcome: "failed", code: failure.code, ...this.#firstWord() }
      } finally {
        this.#cancelFlush?.()
        this.#cancelFlush = undefined
      }
    }
  }

  /** Listens to the answerer to its end. Undefined: it was ended from outside. */
  async #stream(): Promise<Finish | undefined> {
    const { answerer, question, signal, writer, limits, clock } = this.#options
    if (answerer === undefined) throw new AnswerError("no-model", "Nobody offers the model that was asked for. Choose another one.")
    const iterator = answerer.answer(question, signal)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await Promise.race([iterator.next(), this.#ended])
        if (this.#writeError !== undefined) throw this.#writeError
        if (next === undefined || signal.aborted) return undefined
        if (next.done === true) throw new AnswerError("broken-stream", "The answer ended in the middle. Try again.")
        if (next.value.type === "finish") return next.value
        this.#take(next.value)
        while (writer.unwritten > limits.maxUnwritten && !signal.aborted) await pause(clock, limits.batchMs, signal)
      }
    } finally {
      // An answerer that does not end is not waited for.
      void iterator.return?.()?.catch(() => undefined)
    }
  }

  #take(event: Exclude<AnswerEvent, Finish>): void {
    const { writer, clock, limits } = this.#options
    writer.take(event)
    if (writer.hasWords) this.#firstWordMs ??= clock.monotonic() - this.#began
    if (this.#cancelFlush !== undefined) return
    // The first one waits for what comes with it.
    const delayMs = Math.max(0, limits.batchMs - (clock.monotonic() - this.#lastFlush))
    this.#cancelFlush = clock.setTimer(() => this.#flush(), delayMs)
  }

  #flush(): void {
    const { writer, clock, limits, lease, signal } = this.#options
    this.#cancelFlush = undefined
    if (signal.aborted) return
    if (!lease.holds) {
      this.#cancelFlush = clock.setTimer(() => this.#flush(), limits.batchMs)
      return
    }
    this.#lastFlush = clock.monotonic()
    try {
      writer.flush()
    } catch (error) {
      // An answerer said what nobody can write; the loop that listens to it ends it.
      this.#writeError ??= error
      this.#endListening()
    }
  }

  /** Waits until it is sure that the lease is held; false when it ended instead. */
  async #mayWrite(): Promise<boolean> {
    const { lease, clock, limits, signal } = this.#options
    while (!lease.holds && !signal.aborted) await pause(clock, limits.batchMs, signal)
    return !signal.aborted
  }

  #finish(finish: Finish): RunEnd {
    const outcome = this.#options.writer.finish(finish)
    return { outcome, ...this.#firstWord(), ...(finish.usage === undefined ? {} : { usage: finish.usage }) }
  }

  #endFromOutside(): RunEnd {
    const { signal, writer, lease } = this.#options
    const reason: unknown = signal.reason
    const ended = reason instanceof AnswerEnded ? reason.end : "closed"
    // Who is not sure of the lease writes no end: whoever is sure of it next does.
    const outcome = ended === "stopped" && !lease.holds ? "closed" : ended
    if (outcome === "stopped") writer.stop()
    return { outcome, ...this.#firstWord() }
  }

  #firstWord(): { readonly firstWordMs?: number } {
    return this.#firstWordMs === undefined ? {} : { firstWordMs: this.#firstWordMs }
  }

  /** Whether the answer was held for its provider, and is to be asked for once more. */
  async #holds(failure: AnswerError, holds: number): Promise<boolean> {
    const { limits, writer, held, clock, signal } = this.#options
    const { retryAfterMs, code } = failure
    const isBusy = code === "rate-limited" || code === "overloaded"
    // Words that stand already cannot be asked for again.
    if (!isBusy || retryAfterMs === undefined || retryAfterMs > limits.maxHeldMs || holds >= limits.maxHolds || writer.hasWords)
      return false
    held(code, retryAfterMs)
    await pause(clock, retryAfterMs, signal)
    return !signal.aborted
  }

  #failureOf(error: unknown): AnswerError {
    if (error instanceof AnswerError) return error
    if (!this.#options.signal.aborted) this.#options.failed(error)
    return new AnswerError("failed", "The answer failed because of a fault in the responder. Try again.", { cause: error })
  }
}
