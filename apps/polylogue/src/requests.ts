import type { IncomingMessage, ServerResponse } from "node:http"
import { reasonOf } from "./command-error.ts"
import { bearerOf, type Door } from "./door.ts"
import { answerText, type Endpoint, type Visitor } from "./endpoint.ts"
import type { Journal } from "./journal.ts"
import type { WebApp } from "./web-app.ts"

/** What requests are answered from. */
export interface RequestOptions {
  readonly door: Door
  readonly endpoints: readonly Endpoint[]
  readonly webApp: WebApp | undefined
  readonly journal: Journal
}

/** Request headers that a page of an allowed origin may set, and answers' that it may read. */
const PAGE_MAY_SET = "Authorization, Content-Type, Polylogue-At-Least, Range, Upload-Offset, Upload-Length"
const PAGE_MAY_READ = "Content-Range, ETag, Polylogue-Token, Retry-After, Upload-Offset"

/** Answers one request: access is decided here, before an endpoint hears of it. Never throws. */
export function answerRequest(options: RequestOptions, request: IncomingMessage, response: ServerResponse): void {
  const { door, endpoints, webApp } = options
  const url = urlOf(request)
  if (url === undefined) return answerText(response, 400, "That is no path.")
  const { path } = url
  const endpoint = endpoints.find((candidate) => candidate.matches(path))
  // Who asks whether the relay lives (an orchestrator) knows it by whatever address, and learns nothing else.
  const refusal = endpoint?.access === "anyone" ? undefined : door.refusalOf(request)
  if (refusal !== undefined) return answerText(response, 403, refusal)
  if (path === "/sync" || path.startsWith("/yjs/")) return answerText(response, 426, "This path speaks WebSocket.")
  if (endpoint !== undefined && welcomeOrigin(door, endpoint, request, response)) return
  const method = request.method ?? ""
  const methods = endpoint?.methods ?? ["GET", "HEAD"]
  if (!methods.includes(method))
    return answerText(response, 405, `${methods.join(" and ")} are answered here.`, { Allow: methods.join(", ") })
  if (endpoint !== undefined) {
    answerBy(options, endpoint, url, request, response).catch((error: unknown) => {
      options.journal("request-failed", { method, error: reasonOf(error) }, "error")
      if (response.headersSent) response.destroy()
      else answerText(response, 500, "The relay failed.")
    })
    return
  }
  const otherwise = (): void => answerText(response, 404, "There is nothing here.")
  return webApp === undefined ? otherwise() : webApp(request, response, otherwise)
}

async function answerBy(
  { door }: RequestOptions,
  endpoint: Endpoint,
  { path, query }: { readonly path: string; readonly query: URLSearchParams },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const token = bearerOf(request)
  const visitor = await door.visitor(endpoint.access === "anyone" ? undefined : token)
  if ("refused" in visitor || (door.asksForTokens && token === undefined && endpoint.access !== "anyone")) {
    const why = "refused" in visitor ? visitor.reason : "a token is needed"
    return answerText(response, 401, `No access: ${why}.`, { "WWW-Authenticate": 'Bearer realm="polylogue"' })
  }
  if (visitor.relay === true && endpoint.access !== "anyone") return answerText(response, 403, "A relay's token is for links alone.")
  if (!isAdmitted(endpoint, visitor)) return answerText(response, 403, "This is the operator's.")
  return await endpoint.answer({ request, response, path, query, visitor })
}

function isAdmitted({ access }: Endpoint, { operator }: Visitor): boolean {
  return access !== "operator" || operator
}

/** Tells the browser of a page of an allowed origin that it may ask, and read the answer. True when that was all it asked. */
function welcomeOrigin(door: Door, endpoint: Endpoint, request: IncomingMessage, response: ServerResponse): boolean {
  const { origin } = request.headers
  response.setHeader("Vary", "Origin")
  if (origin === undefined || !door.policy.origins.has(origin)) return false
  response.setHeader("Access-Control-Allow-Origin", origin)
  response.setHeader("Access-Control-Expose-Headers", PAGE_MAY_READ)
  if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) return false
  response
    .writeHead(204, {
      "Access-Control-Allow-Methods": endpoint.methods.join(", "),
      "Access-Control-Allow-Headers": PAGE_MAY_SET,
      "Access-Control-Max-Age": "600",
    })
    .end()
  return true
}

/** Path, percent-decoded, and query of a request; `undefined` for what is no path. */
export function urlOf({ url }: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } | undefined {
  const text = `http://relay${url ?? ""}`
  if (url?.startsWith("/") !== true || !URL.canParse(text)) return undefined
  const { pathname, searchParams } = new URL(text)
  try {
    return { path: decodeURIComponent(pathname), query: searchParams }
  } catch {
    // A malformed escape, such as %ff.
    return undefined
  }
}
