import { createHash } from "node:crypto"
import { labelProblem, LATEST_LABEL, langfusePrompt, PRODUCTION_LABEL } from "@polylogue/conversation"
import type { RelayDocuments } from "@polylogue/relay"
import { isWorkspaceName } from "./blob-place.ts"
import { AT_LEAST_PARAMETERS, atLeastOf, BRING_MS, reach, setToken } from "./at-least.ts"
import { AtOnce } from "./at-once.ts"
import type { Endpoint, Exchange } from "./endpoint.ts"
import { answerFailure, badRequest, type Failure, failureOf, FORBIDDEN, isKnown, jsonHeaders } from "./http-failure.ts"
import type { CatalogueProblem, PromptCatalogue, PublishedVersion, VersionChoice } from "./prompt-catalogue.ts"

/*
 * GET, HEAD  /api/prompts/<name>?label=production      the version that has a label, else ?version=7 by its number
 *            /api/prompts?page=1&limit=50              the prompts that have names
 *            ...&workspace=home
 *            ...&at-least=<token>&wait=2           one prompt with at least what was seen elsewhere
 *
 * docs/prompts.md says what each answer means.
 */

const ROOT = "/api/prompts"
const DEFAULT_PAGE_LENGTH = 50
/** Most prompts in one page of a list. */
const MAX_PAGE_LENGTH = 100
const MAX_PAGE = 1_000_000
const PARAMETERS: ReadonlySet<string> = new Set(["label", "version", "workspace", "page", "limit", ...AT_LEAST_PARAMETERS])
const MAX_NUMBER = 1_000_000
/** Characters of what was asked that an error repeats. */
const MAX_SHOWN_LENGTH = 64
/** Published prompts over HTTP, for backends in any language. @param now - milliseconds since 1970. */
export function promptEndpoint(
  catalogue: PromptCatalogue,
  documents: Pick<RelayDocuments, "waitFor" | "bring">,
  now: () => number,
): Endpoint {
  const atOnce = new AtOnce()
  return {
    access: "visitor",
    methods: ["GET", "HEAD"],
    matches: (path) => path === ROOT || path.startsWith(`${ROOT}/`),
    answer: (exchange) => {
      const refuse = (failure: Failure): void => answerFailure(exchange.response, failure)
      const answer = async (): Promise<void> => {
        const asOf = new Date(now()).toISOString()
        const body = await bodyOf(catalogue, documents, exchange).catch(failureIn)
        if ("status" in body) refuse(body)
        else answerJson(exchange, body.fields, asOf)
      }
      return atOnce.run(exchange.visitor.name, answer, refuse)
    },
  }
}

type Fields = Readonly<Record<string, unknown>>

/** Why labels cannot be told: they are read at the relay that decides on them, which may be another one. */
function failureIn(error: unknown): Failure {
  const failure = failureOf(error)
  if (failure.code !== "unavailable") return failure
  const message =
    "Labels cannot be read at the moment: the relay that decides on them is not reached, or its store does not answer. Ask again."
  return { ...failure, message }
}

async function bodyOf(
  catalogue: PromptCatalogue,
  documents: Pick<RelayDocuments, "waitFor" | "bring">,
  { request, response, path, query, visitor }: Exchange,
): Promise<{ readonly fields: Fields } | Failure> {
  // A label that is misspelt so would otherwise be answered with production.
  const unknown = [...query.keys()].find((parameter) => !PARAMETERS.has(parameter))
  if (unknown !== undefined)
    return badRequest(
      `There is no parameter ${JSON.stringify(unknown.slice(0, MAX_SHOWN_LENGTH))}: ask with label, version or workspace, or for a list with page and limit`,
    )
  const workspace = query.get("workspace") ?? "home"
  if (!isWorkspaceName(workspace)) return badRequest("workspace is the name of one: letters, digits, or . _ ~ -")
  // Said before anything is looked up: who has no grant learns nothing.
  if (visitor.reaches?.(`${workspace}/prompt`) === false) return FORBIDDEN
  const mayRead = (documentId: string): boolean => visitor.may(documentId) !== "none"
  const name = path.slice(ROOT.length + 1)
  const atLeast = atLeastOf(request, query)
  if ("status" in atLeast) return atLeast
  if (name === "") {
    if (atLeast.token.size > 0) return badRequest("at-least is asked of one prompt: a list is of registers, which are read anew each time")
    const page = countOf(query.get("page"), 1, MAX_PAGE)
    const limit = countOf(query.get("limit"), DEFAULT_PAGE_LENGTH, MAX_PAGE_LENGTH)
    if (page === undefined || limit === undefined) return badRequest(`page counts from 1, and limit is 1 to ${MAX_PAGE_LENGTH}`)
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
  const located = await catalogue.locate(workspace, name, mayRead)
  if (located === undefined) return { status: 404, code: "not-found", message: "There is no prompt of this name that you may read." }
  // The version is read from the disk behind that, and so from no less.
  const reached = await reach(documents, located.documentId, atLeast)
  if ("status" in reached) return reached
  setToken(response, located.documentId, reached.vector)
  let found = await catalogue.find(located, choice, mayRead)
  if ("problem" in found && found.problem === "missing" && (await isBrought(documents, located.documentId)))
    found = await catalogue.find(located, choice, mayRead)
  if ("problem" in found) return problemOf(found, choice)
  return { fields: fieldsOf(name, found) }
}

/** A relay that holds what is in use has the text fetched by being asked for it. */
async function isBrought(documents: Pick<RelayDocuments, "bring">, documentId: string): Promise<boolean> {
  try {
    return await documents.bring(documentId, BRING_MS)
  } catch {
    return false
  }
}

function choiceOf(query: URLSearchParams): VersionChoice | Failure {
  const [label, version] = [query.get("label"), query.get("version")]
  if (label !== null && version !== null) return badRequest("Ask for a label or for a version, not for both")
  if (version !== null) {
    const number = countOf(version, 1, MAX_NUMBER)
    return number === undefined ? badRequest("version is a number from 1") : { by: "number", number }
  }
  const wanted = label ?? PRODUCTION_LABEL
  const isLabel = wanted === LATEST_LABEL || labelProblem(wanted) === undefined
  return isLabel ? { by: "label", label: wanted } : badRequest("label is 1 to 36 of a-z 0-9 _ . -")
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

function problemOf(found: CatalogueProblem, choice: VersionChoice): Failure {
  switch (found.problem) {
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
        message: "The text of this version has not reached this relay yet: another relay or a device that has it brings it.",
        passing: true,
      }
    case "busy":
      return { status: 503, code: "busy", message: "Too many prompts are being read. Ask again.", passing: true }
    case "too-large":
      return { status: 503, code: "too-large", message: "The prompt's document is too large to be read for an answer." }
    case "unreadable":
      return { status: 503, code: "unreadable", message: "The prompt's document cannot be read. An operator finds more in the journal." }
  }
}

/** Answers with `fields` and when they were so. What has not changed since an answer is not sent again; `asOf` is no part of what changes. */
function answerJson({ request, response }: Exchange, fields: Fields, asOf: string): void {
  const etag = `W/"${createHash("sha256").update(JSON.stringify(fields)).digest("hex").slice(0, 32)}"`
  const headers = { ETag: etag, "Cache-Control": "no-cache", Vary: "Authorization, Origin" }
  if (isKnown(request.headers["if-none-match"], etag)) {
    response.writeHead(304, headers).end()
    return
  }
  const body = JSON.stringify({ ...fields, asOf })
  response.writeHead(200, { ...jsonHeaders(body), ...headers }).end(body)
}
