import type { ServerResponse } from "node:http"
import { EMPTY_VECTOR, isDocumentId, vectorHash, type VersionVector } from "@polylogue/protocol"
import type { RelayDocuments } from "@polylogue/relay"
import { AT_LEAST_PARAMETERS, atLeastOf, BRING_MS, reach, setToken } from "./at-least.ts"
import { AtOnce } from "./at-once.ts"
import { reasonOf } from "./command-error.ts"
import type { Endpoint, Exchange } from "./endpoint.ts"
import { answerFailure, badRequest, type Failure, failureOf, FORBIDDEN, isKnown } from "./http-failure.ts"
import type { Journal } from "./journal.ts"

/*
 * GET, HEAD  /api/documents/<document id>       all of a document as one Yjs update
 *            ?at-least=<token>&wait=2           with at least what was seen elsewhere
 *
 * docs/operations.md says what each answer means.
 */

const ROOT = "/api/documents/"
/** Bytes of documents that are on their way to clients; while more are, one more is told to come again. */
export const MAX_SENDING_BYTES = 64 * 1024 * 1024
/** The same for one principal: nobody keeps others from reading by taking nothing. */
export const MAX_SENDING_BYTES_OF_ONE = MAX_SENDING_BYTES / 4
/** Milliseconds without a byte of a document taken; then it is cut. */
const STALL_MS = 30_000
const PARAMETERS: ReadonlySet<string> = new Set(AT_LEAST_PARAMETERS)

/** Documents over HTTP, for whoever may read them. */
export function documentEndpoint(documents: RelayDocuments, journal: Journal): Endpoint {
  const atOnce = new AtOnce()
  const sending = new Sending()
  return {
    access: "visitor",
    methods: ["GET", "HEAD"],
    matches: (path) => path.startsWith(ROOT),
    answer: (exchange) => {
      const refuse = (failure: Failure): void => answerFailure(exchange.response, failure)
      const answer = async (): Promise<void> => {
        const failure = await answerDocument(exchange, { documents, journal, sending })
        if (failure !== undefined) refuse(failure)
      }
      return atOnce.run(exchange.visitor.name, answer, refuse)
    },
  }
}

interface Answering {
  readonly documents: RelayDocuments
  readonly journal: Journal
  readonly sending: Sending
}

/** @returns why it was not answered, if it was not. */
async function answerDocument(exchange: Exchange, { documents, journal, sending }: Answering): Promise<Failure | undefined> {
  const { request, response, path, query, visitor } = exchange
  const unknown = [...query.keys()].find((parameter) => !PARAMETERS.has(parameter))
  if (unknown !== undefined) return badRequest("Only at-least and wait may be asked with")
  const documentId = path.slice(ROOT.length)
  if (!isDocumentId(documentId)) return badRequest("That is no document id")
  // Said before anything is looked up: who has no grant learns nothing.
  if (visitor.may(documentId) === "none") return FORBIDDEN
  const atLeast = atLeastOf(request, query)
  if ("status" in atLeast) return atLeast
  const reached = await reach(documents, documentId, atLeast)
  if ("status" in reached) return reached
  const shown = reached.vector.size > 0 ? reached : await absentHere(documents, documentId)
  if ("status" in shown) return shown
  // An edge answers at once with what it has, and has what it lacks fetched for whoever asks next.
  if (shown === reached) documents.bring(documentId, BRING_MS).catch(() => undefined)
  if (request.method === "HEAD" || isKnown(request.headers["if-none-match"], etagOf(shown.vector))) {
    const status = isKnown(request.headers["if-none-match"], etagOf(shown.vector)) ? 304 : 200
    setToken(response, documentId, shown.vector)
    response.writeHead(status, headersFor(shown.vector)).end()
    return undefined
  }
  if (sending.isFull(visitor.name))
    return { status: 503, code: "busy", message: "Too many documents are being sent. Ask again.", passing: true }
  try {
    const { vector, update } = await documents.read(documentId)
    setToken(response, documentId, vector)
    response.writeHead(200, { ...headersFor(vector), "Content-Length": update.length })
    await sending.send(visitor.name, response, update)
    return undefined
  } catch (error) {
    const failure = failureOf(error)
    if (failure.passing !== true) journal("document-unreadable", { document: documentId, error: reasonOf(error) }, "error")
    return failure
  }
}

/** "There is nothing here" is no answer as long as a link may bring something: waits for a while for what others have. */
async function absentHere(documents: RelayDocuments, documentId: string): Promise<{ readonly vector: VersionVector } | Failure> {
  try {
    const isBrought = await documents.bring(documentId, BRING_MS)
    const vector = await documents.waitFor(documentId, EMPTY_VECTOR, 0)
    if (vector.size > 0) return { vector }
    if (isBrought) return { status: 404, code: "not-found", message: "Nothing was ever written to this document here." }
  } catch (error) {
    return failureOf(error)
  }
  const message =
    "This relay has nothing of the document, and cannot ask the relays that may have it at the moment. Ask again, or another relay."
  return { status: 503, code: "elsewhere", message, passing: true }
}

/** What at equal vectors is the same document may be other bytes: compacted, or not yet. */
function etagOf(vector: VersionVector): string {
  return `W/"${vectorHash(vector)}"`
}

function headersFor(vector: VersionVector): Record<string, string> {
  return {
    "Content-Type": "application/octet-stream",
    ETag: etagOf(vector),
    "Cache-Control": "no-cache",
    Vary: "Authorization, Origin",
    "X-Content-Type-Options": "nosniff",
  }
}

/** Documents on their way to clients, in bytes by principal. */
class Sending {
  readonly #bytes = new Map<string, number>()

  /** Whether one more for `name` would be too many. */
  isFull(name: string): boolean {
    const all = [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0)
    return all >= MAX_SENDING_BYTES || (this.#bytes.get(name) ?? 0) >= MAX_SENDING_BYTES_OF_ONE
  }

  /** Resolves when the client has taken all, or the connection has ended. */
  async send(name: string, response: ServerResponse, update: Uint8Array): Promise<void> {
    this.#add(name, update.length)
    try {
      response.setTimeout(STALL_MS, () => response.destroy())
      await new Promise<void>((resolve) => {
        response.once("close", resolve)
        // One that went while the document was read will not say so again.
        if (response.closed) resolve()
        response.end(update)
      })
    } finally {
      this.#add(name, -update.length)
    }
  }

  #add(name: string, bytes: number): void {
    const sum = (this.#bytes.get(name) ?? 0) + bytes
    if (sum === 0) this.#bytes.delete(name)
    else this.#bytes.set(name, sum)
  }
}
