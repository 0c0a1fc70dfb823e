import type { Clock } from "@polylogue/protocol"
import { AnswerError } from "../answer.ts"
import { type Asked, brokenStream, providerError, unreachable } from "./provider-error.ts"

/** What a request to a provider is held to. */
export interface RequestLimits {
  /** Milliseconds until the first byte of the answer; `Infinity` means never. Default 240 000: a model that is being loaded, or reads a long question on a slow machine, says nothing for minutes. */
  readonly firstByteTimeoutMs?: number
  /** Milliseconds without a byte in the middle of an answer; `Infinity` means never. Default 120 000: some providers are silent while their models think. */
  readonly silenceTimeoutMs?: number
  /** Most bytes of one answer; one that is longer ends as `broken-stream`. Default 64 MiB. */
  readonly maxAnswerBytes?: number
}

export const DEFAULT_REQUEST_LIMITS: Required<RequestLimits> = Object.freeze({
  firstByteTimeoutMs: 240_000,
  silenceTimeoutMs: 120_000,
  maxAnswerBytes: 64 * 1024 * 1024,
})

/** Most bytes of a provider's report of an error that are read. */
const MAX_REPORT_BYTES = 64 * 1024

export interface Guard {
  readonly clock: Pick<Clock, "now" | "setTimer">
  readonly asked: Asked
  readonly limits: Required<RequestLimits>
  /** Ends the request; aborted with an AnswerError when a limit does. */
  readonly abort: AbortController
}

/**
 * `fetch` for one request to a provider. It follows no redirects, for they would take the key elsewhere; ends what takes too long or is too long; and throws an AnswerError for whatever is no answer,
 * so that nobody behind it ever holds an error with the request in it.
 */
export function guardedFetch(fetch: typeof globalThis.fetch, guard: Guard): typeof globalThis.fetch {
  const { asked, abort, limits, clock } = guard
  return async (input, init) => {
    const watch = new Watch(guard)
    watch.expect(limits.firstByteTimeoutMs)
    let response: Response
    try {
      response = await fetch(input, { ...init, redirect: "manual", signal: abort.signal })
    } catch (cause) {
      watch.end()
      throw abort.signal.aborted ? abort.signal.reason : unreachable(asked, cause)
    }
    if (!response.ok) {
      const { status, headers } = response
      const body = await reportOf(response).finally(() => watch.end())
      throw providerError(asked, { status, headers, body }, clock.now())
    }
    if (response.body === null || isPage(response)) {
      watch.end()
      abort.abort()
      throw new AnswerError("bad-request", `What answers at ${asked.address} is no model. Check the address of ${asked.label}.`)
    }
    return new Response(watchedBody(response.body, guard, watch), { status: response.status, headers: response.headers })
  }
}

/** The body, read as it is asked for; silence counts only while somebody waits for more. */
function watchedBody(body: ReadableStream<Uint8Array>, { abort, limits, asked }: Guard, watch: Watch): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let bytes = 0
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller): Promise<void> => {
        if (bytes > 0) watch.expect(limits.silenceTimeoutMs)
        try {
          const { done, value } = await reader.read()
          watch.end()
          if (done) return controller.close()
          bytes += value.byteLength
          if (bytes > limits.maxAnswerBytes) throw brokenStream(asked)
          controller.enqueue(value)
        } catch (cause) {
          watch.end()
          const isOurs = cause instanceof AnswerError
          controller.error(abort.signal.aborted ? abort.signal.reason : isOurs ? cause : brokenStream(asked))
          if (isOurs) abort.abort(cause)
        }
      },
      cancel: (): void => {
        watch.end()
        abort.abort()
      },
    },
    { highWaterMark: 0 },
  )
}

/** Ends a request that is silent for too long. */
class Watch {
  readonly #guard: Guard
  #cancel: (() => void) | undefined

  constructor(guard: Guard) {
    this.#guard = guard
  }

  expect(timeoutMs: number): void {
    this.end()
    if (timeoutMs === Infinity) return
    const { clock, abort, asked } = this.#guard
    this.#cancel = clock.setTimer(() => {
      const seconds = Math.round(timeoutMs / 1000)
      abort.abort(new AnswerError("timed-out", `${asked.label} said nothing for ${seconds} s: ${asked.host} took too long. Try again.`))
    }, timeoutMs)
  }

  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}

/** The words of a report, cut where it is long; what cannot be read says nothing. */
async function reportOf(response: Response): Promise<string> {
  if (response.body === null) return ""
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ""
  let bytes = 0
  try {
    while (bytes < MAX_REPORT_BYTES) {
      const { done, value } = await reader.read()
      if (done) return text
      bytes += value.byteLength
      text += decoder.decode(value, { stream: true })
    }
    await reader.cancel()
  } catch {
    return text
  }
  return text
}

/** What people meet at an address that is not that of an API. */
function isPage(response: Response): boolean {
  return (response.headers.get("content-type") ?? "").startsWith("text/html")
}
