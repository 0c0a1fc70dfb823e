import type { Endpoint } from "./endpoint.ts"

const PATH = "/api/relay-urls"

/** `/api/relay-urls`: the addresses of other relays under which browsers find them. Says no more than who may load the page is meant to know. */
export function relayUrlsEndpoint(urls: readonly string[]): Endpoint {
  const body = JSON.stringify({ relays: urls })
  return {
    access: "anyone",
    methods: ["GET", "HEAD"],
    matches: (path) => path === PATH,
    answer({ response }) {
      response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" }).end(body)
    },
  }
}
