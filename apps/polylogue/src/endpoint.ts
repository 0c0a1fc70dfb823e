import type { IncomingMessage, ServerResponse } from "node:http"
import type { Permission, Principal } from "@polylogue/relay"

/** Who asks over HTTP, as the door found it: from a token, or by being on this machine where nobody needs one. */
export interface Visitor extends Principal {
  /** Whether it may do what is the operator's: read metrics, take backups. */
  readonly operator: boolean
  /** What it may do with the blobs of a workspace; `none` as well for one that does not exist. */
  mayBlobs(workspace: string): Permission
}

/** Who may ask an endpoint at all; others get 401 or 403 before it hears of the request. `visitor` has shown a valid token where tokens are needed. */
export type Access = "anyone" | "visitor" | "operator"

/** One request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Path of the request, percent-decoded: may hold any character. */
  readonly path: string
  readonly query: URLSearchParams
  readonly visitor: Visitor
}

/** Something that the relay answers over HTTP. The first whose `matches` holds gets the request. */
export interface Endpoint {
  readonly access: Access
  /** In capitals; others are answered with 405. `HEAD` is named where it is answered. */
  readonly methods: readonly string[]
  matches(path: string): boolean
  /** Answers; what it throws is answered with 500, or by cutting the connection when the answer has begun. */
  answer(exchange: Exchange): void | Promise<void>
}

/** Answers with a status and one line of text, never cached. */
export function answerText(response: ServerResponse, status: number, line: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", ...headers }).end(`${line}\n`)
}
