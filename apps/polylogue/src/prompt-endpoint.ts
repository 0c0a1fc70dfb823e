import { createHash } from "node:crypto"
import { labelProblem, LATEST_LABEL, langfusePrompt, PRODUCTION_LABEL } from "@polylogue/conversation"
import { isWorkspaceName } from "./blob-place.ts"
import type { Endpoint, Exchange } from "./endpoint.ts"
import type { CatalogueProblem, PromptCatalogue, PublishedVersion, VersionChoice } from "./prompt-catalogue.ts"

/*
 * GET, HEAD  /api/prompts/<name>?label=production      the version that has a label, else ?version=7 by its number
 *            /api/prompts?page=1&limit=50              the prompts that have names
 *            ...&workspace=home
 *
 * docs/prompts.md says what each answer means.
 */

const ROOT = "/api/prompts"
/** Requests of one principal that are answered at once; one more is told to come again. */
export const MAX_AT_ONCE = 32
const DEFAULT_PAGE_LENGTH = 50
/** Most prompts in one page of a list. */
const MAX_PAGE_LENGTH = 100
const MAX_PAGE = 1_000_000
const PARAMETERS: ReadonlySet<string> = new Set(["label", "version", "workspace", "page", "limit"])
const MAX_NUMBER = 1_000_000
/** Characters of what was asked that an error repeats. */
const MAX_SHOWN_LENGTH = 64
/** Seconds after which a client may ask again what could not be answered now. */
const RETRY_AFTER_S = 2

/** What goes by, so that asking again helps. */
const PASSING: ReadonlySet<string> = new Set(["busy", "missing", "unavailable"])

/** What stands in an answer instead of a prompt. */
interface Failure {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly more?: Readonly<Record<string, unknown>>
}

/** Published prompts over HTTP, for backends in any language. @param now - milliseconds since 1970. */
export function promptEndpoint(catalogue: PromptCatalogue, now: () => number): Endpoint {
  const atOnce = new Map<string, number>()
  return {
    access: "visitor",
    methods: ["GET", "HEAD"],
    matches: (path) => path === ROOT || path.startsWith(`${ROOT}/`),
    async answer(exchange) {
      const { name } = exchange.visitor
      const busy = atOnce.get(name) ?? 0
      if (busy >= MAX_AT_ONCE) {
        return answerFailure(exchange, {
          status: 429,
          code: "rate-limited",
          message: `At most ${MAX_AT_ONCE} requests at once are answered.`,
        })
      }
      atOnce.set(name, busy + 1)
      try {
        const asOf = new Date(now()).toISOString()
        const body = await bodyOf(catalogue, exchange).catch(failureIn)
        if ("status" in body) answerFailure(exchange, body)
        else answerJson(exchange, body.fields, asOf)
      } finally {
        const left = atOnce.get(name)! - 1
        if (left === 0) atOnce.delete(name)
        else atOnce.set(name, left)
      }
    },
  }
}

type Fields = Readonly<Record<string, unknown>>

async function bodyOf(catalogue: PromptCatalogue, { path, query, visitor }: Exchange): Promise<{ readonly fields: Fields } | Failure> {
  // A label that is misspelt so would otherwise be answered with production.
  const unknown = [...query.keys()].find((parameter) => !PARAMETERS.has(parameter))
  if (unknown !== undefined)
    return bad(
      `There is no parameter ${JSON.stringify(unknown.slice(0, MAX_SHOWN_LENGTH))}: ask with label, version or workspace, or for a list with page and limit`,
    )
  const workspace = query.get("workspace") ?? "home"
  if (!isWorkspaceName(workspace)) return bad("workspace is the name of one: letters, digits, or . _ ~ -")
  // Said before anything is looked up: who has no grant learns nothing.
  if (visitor.reaches?.(`${workspace}/prompt`) === false)
    return { status: 403, code: "forbidden", message: "Your token does not allow this here." }
  const mayRead = (documentId: string): boolean => visitor.may(documentId) !== "none"
  const name = path.slice(ROOT.length + 1)
  if (name === "") {
    const page = countOf(query.get("page"), 1, MAX_PAGE)
    const limit = countOf(query.get("limit"), DEFAULT_PAGE_LENGTH, MAX_PAGE_LENGTH)
    if (page === undefined || limit === undefined) return bad(`page counts from 1, and limit is 1 to ${MAX_PAGE_LENGTH}`)
    const { prompts, total } = await catalogue.list(workspace, mayRead, { from: (page - 1) * limit, count: limit })
    const data = prompts.map(({ promptId, count, ...prompt }) => ({
      ...prompt,
      promptId,
      versions: Array.from({ length: count }, (_, at) => at + 1),
    }))
    return { fields: { data, meta: { page, limit, totalItems: total, totalPages: Math.ceil(total / limit) } } }
  }
  const choice = choiceOf(query)
  if ("status" in choice) return choice
  const found = await catalogue.find(workspace, name, choice, mayRead)
  return "problem" in found ? failureOf(found, choice) : { fields: fieldsOf(name, found) }
}

function choiceOf(query: URLSearchParams): VersionChoice | Failure {
  const [label, version] = [query.get("label"), query.get("version")]
  if (label !== null && version !== null) return bad("Ask for a label or for a version, not for both")
  if (version !== null) {
    const number = countOf(version, 1, MAX_NUMBER)
    return number === undefined ? bad("version is a number from 1") : { by: "number", number }
  }
  const wanted = label ?? PRODUCTION_LABEL
  const isLabel = wanted === LATEST_LABEL || labelProblem(wanted) === undefined
  return isLabel ? { by: "label", label: wanted } : bad("label is 1 to 36 of a-z 0-9 _ . -")
}

function countOf(text: string | null, fallback: number, most: number): number | undefined {
  if (text === null) return fallback
  return /^[1-9]\d{0,6}$/.test(text) && Number(text) <= most ? Number(text) : undefined
}

/** A version as Langfuse answers one, with what it has no field for besides. */
function fieldsOf(name: string, version: PublishedVersion): Fields {
  const { content, author, versionId, number, promptId, message, createdAt, labels, tags } = version
  const { kind, config, variables } = content
  return {
    name,
    type: kind,
    prompt: langfusePrompt(content),
    config,
    variables,
    labels,
    tags,
    version: number,
    id: versionId,
    promptId,
    commitMessage: message === "" ? null : message,
    createdAt: new Date(createdAt).toISOString(),
    createdBy: author.name ?? author.id,
    author,
  }
}

function failureOf(found: CatalogueProblem, choice: VersionChoice): Failure {
  switch (found.problem) {
    case "absent":
      return { status: 404, code: "not-found", message: "There is no prompt of this name that you may read." }
    case "no-version": {
      const { labels, count } = found
      const asked = choice.by === "label" ? `No version has the label "${choice.label}"` : `There is no version ${choice.number}`
      const has = `labels: ${labels.length === 0 ? "none" : labels.join(", ")}; versions: ${count === 0 ? "none" : count === 1 ? "1" : `1 to ${count}`}`
      return {
        status: 404,
        code: choice.by === "label" ? "no-label" : "no-version",
        message: `${asked}. It has ${has}.`,
        more: { labels, versions: count },
      }
    }
    case "missing":
      return {
        status: 503,
        code: "missing",
        message: "This version has not come back to this relay yet: devices that have it hand it over.",
      }
    case "busy":
      return { status: 503, code: "busy", message: "Too many prompts are being read. Ask again." }
    case "too-large":
      return { status: 503, code: "too-large", message: "The prompt's document is too large to be read for an answer." }
    case "unreadable":
      return { status: 503, code: "unreadable", message: "The prompt's document cannot be read. An operator finds more in the journal." }
  }
}

/** What an error means for who asked. @throws the error itself when it is none that is expected. */
function failureIn(error: unknown): Failure {
  if ((error as { code?: unknown } | null)?.code !== "unavailable") throw error
  return { status: 503, code: "unavailable", message: "The relay's store does not answer at the moment. Ask again." }
}

function bad(message: string): Failure {
  return { status: 400, code: "bad-request", message: `${message}.` }
}

function answerFailure({ response }: Exchange, { status, code, message, more }: Failure): void {
  const body = JSON.stringify({ error: code, message, ...more })
  const again = status === 429 || PASSING.has(code) ? { "Retry-After": String(RETRY_AFTER_S) } : {}
  response.writeHead(status, { ...headersFor(body), "Cache-Control": "no-store", ...again }).end(body)
}

/** Answers with `fields` and when they were so. What has not changed since an answer is not sent again; `asOf` is no part of what changes. */
function answerJson({ request, response }: Exchange, fields: Fields, asOf: string): void {
  const etag = `W/"${createHash("sha256").update(JSON.stringify(fields)).digest("hex").slice(0, 32)}"`
  const headers = { ETag: etag, "Cache-Control": "no-cache", Vary: "Authorization, Origin" }
  const known = request.headers["if-none-match"]?.split(",").some((tag) => [etag, etag.slice(2), "*"].includes(tag.trim()))
  if (known === true) {
    response.writeHead(304, headers).end()
    return
  }
  const body = JSON.stringify({ ...fields, asOf })
  response.writeHead(200, { ...headersFor(body), ...headers }).end(body)
}

function headersFor(body: string): Record<string, string | number> {
  return {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    "X-Content-Type-Options": "nosniff",
  }
}
