import type { ServerResponse } from "node:http"

/** What stands in an answer of the interface for programs instead of what was asked for. */
export interface Failure {
  readonly status: number
  /** What programs compare. */
  readonly code: string
  /** For people. */
  readonly message: string
  /** Further fields of the answer. */
  readonly more?: Readonly<Record<string, unknown>>
  /** Whether asking again helps. */
  readonly passing?: boolean
}

/** Seconds after which a client may ask again what could not be answered now. */
const RETRY_AFTER_S = 2

/** Answers with JSON: `error`, `message`, and what else there is to say. */
export function answerFailure(response: ServerResponse, { status, code, message, more, passing }: Failure): void {
  const body = JSON.stringify({ error: code, message, ...more })
  const again = passing === true ? { "Retry-After": String(RETRY_AFTER_S) } : {}
  response.writeHead(status, { ...jsonHeaders(body), "Cache-Control": "no-store", ...again }).end(body)
}

/** Headers of an answer whose body is `body`. */
export function jsonHeaders(body: string): Record<string, string | number> {
  return {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    "X-Content-Type-Options": "nosniff",
  }
}

/** The answer to what nobody can make sense of. `message` without its full stop. */
export function badRequest(message: string): Failure {
  return { status: 400, code: "bad-request", message: `${message}.` }
}

/** The answer to who has no permission, whether or not there is anything. */
export const FORBIDDEN: Failure = Object.freeze({ status: 403, code: "forbidden", message: "Your token does not allow this here." })

/** What the relay says to who waits or reads, and what it means for who asked. @throws `error` itself when it is none that is expected. */
export function failureOf(error: unknown): Failure {
  switch ((error as { code?: unknown } | null)?.code) {
    case "unavailable":
      return { status: 503, code: "unavailable", message: "The relay's store does not answer at the moment. Ask again.", passing: true }
    case "overloaded":
      return { status: 503, code: "busy", message: "Too many documents are being read. Ask again.", passing: true }
    case "draining":
    case "closed":
      return { status: 503, code: "draining", message: "This relay is being stopped. Ask again, or another one.", passing: true }
    case "unsound":
    case "quarantined":
      return { status: 503, code: "unreadable", message: "The document cannot be read. An operator finds more in the journal." }
    default:
      throw error
  }
}

/** Whether who asked has, from an earlier answer, what `etag` names. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch?.split(",").some((tag) => [etag, etag.slice(2), "*"].includes(tag.trim())) === true
}
