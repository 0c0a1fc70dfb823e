import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { IncomingMessage, ServerResponse } from "node:http"
import sirv from "sirv"

/** Answers requests for the web app's files; calls the last argument for anything else. */
export type WebApp = (request: IncomingMessage, response: ServerResponse, otherwise: () => void) => void

/**
 * What the page may do: nothing from elsewhere, no inline script, no framing; but talk to relays, whichever, over WebSocket and, for attachments, over HTTP:
 * a device keeps the page with this header, and must find relays that are named later. `ws:` does not stand for `http:`.
 */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; connect-src 'self' http: https: ws: wss:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The built web app, or `undefined` when there is none. Files with a hash in their name are cached for ever, the others are asked for anew each time. */
export function openWebApp(): WebApp | undefined {
  const folder = findBuild()
  if (folder === undefined) return undefined
  return sirv(folder, {
    single: true,
    etag: true,
    setHeaders(response, path) {
      response.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
      response.setHeader("X-Content-Type-Options", "nosniff")
      response.setHeader("Referrer-Policy", "no-referrer")
      response.setHeader("Cache-Control", path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache")
    },
  })
}

/** The web app is the workspace beside this one. */
function findBuild(): string | undefined {
  const build = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "web", "dist")
  return existsSync(join(build, "index.html")) ? build : undefined
}
