import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import type { FleetStatus } from "@polylogue/relay"
import { type Endpoint } from "./endpoint.ts"
import type { Readiness } from "./status-endpoints.ts"
import { codeWords } from "./status-words.ts"

/*
 * `/status` is a page that says nothing of the relay: it asks `/status.json`, which is the operator's, and asks for a token where one is needed, since a browser that
 * opens an address brings none. Everything that it loads is below `/status/`.
 */

/** Nothing from elsewhere, nothing inline, no framing. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const HTML = new URL("../status-page/status.html", import.meta.url)
const CSS = new URL("../status-page/status.css", import.meta.url)
/** Where the build puts the page's scripts: the same from the program's sources and from what is built of them. */
const SCRIPTS = new URL("../dist/status-page/", import.meta.url)

interface File {
  readonly type: string
  readonly bytes: Buffer
  readonly tag: string
}

/** `/status`, with what it loads. */
export function statusPage(): Endpoint {
  const files = readFiles()
  return {
    // It holds nothing: what it shows it has to ask for.
    access: "anyone",
    methods: ["GET", "HEAD"],
    matches: (path) => files.has(path),
    answer({ request, response, path }) {
      const { type, bytes, tag } = files.get(path)!
      const headers = {
        "Content-Type": type,
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
        ETag: tag,
      }
      if (request.headers["if-none-match"] === tag) response.writeHead(304, headers).end()
      else response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : bytes)
    },
  }
}

/** `/status.json`: what the page shows, for the operator. */
export function statusEndpoint(fleet: () => FleetStatus, readiness: () => Readiness): Endpoint {
  return {
    access: "operator",
    methods: ["GET", "HEAD"],
    matches: (path) => path === "/status.json",
    answer({ response }) {
      const status = fleet()
      const codes = codeWords(status.links.map(({ code }) => code))
      const text = JSON.stringify({ ...status, readiness: readiness(), codes })
      response
        .writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" })
        .end(text)
    },
  }
}

/** Read once: they are part of the program.  */
function readFiles(): ReadonlyMap<string, File> {
  const files = new Map<string, File>()
  const add = (path: string, type: string, at: URL): void => {
    const bytes = readFileSync(at)
    files.set(path, {
      type: `${type}; charset=utf-8`,
      bytes,
      tag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
    })
  }
  add("/status", "text/html", HTML)
  add("/status/status.css", "text/css", CSS)
  if (!existsSync(SCRIPTS)) return files
  for (const name of readdirSync(SCRIPTS)) if (name.endsWith(".js")) add(`/status/${name}`, "text/javascript", new URL(name, SCRIPTS))
  return files
}
