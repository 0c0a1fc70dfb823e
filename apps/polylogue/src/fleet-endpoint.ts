import type { Relay } from "@polylogue/relay"
import type { Endpoint, Exchange } from "./endpoint.ts"

/*
 * GET     /api/relays                the other relays that belong together with this one, linked at the moment or not
 * DELETE  /api/relays/<id or name>   one is gone for good: nothing waits for it any more
 */

const ROOT = "/api/relays"

/** What is asked of a relay. */
type Fleet = Pick<Relay, "forget" | "knownRelays" | "links">

/** The relays of a fleet over HTTP, for its operator. */
export function fleetEndpoint(fleet: Fleet): Endpoint {
  return {
    access: "operator",
    methods: ["GET", "DELETE"],
    matches: (path) => path === ROOT || path.startsWith(`${ROOT}/`),
    answer(exchange) {
      const { request, path } = exchange
      if (request.method === "GET" && path === ROOT) return answerJson(exchange, 200, { relays: relaysOf(fleet) })
      const asked = path.slice(ROOT.length + 1)
      if (request.method !== "DELETE" || asked === "") return answerJson(exchange, 404, { message: "A relay is /api/relays/<id or name>." })
      forget(exchange, fleet, asked)
    },
  }
}

function forget(exchange: Exchange, fleet: Fleet, asked: string): void {
  const known = relaysOf(fleet)
  const byId = known.filter(({ relay }) => relay === asked)
  const [one, other] = byId.length > 0 ? byId : known.filter(({ name }) => name === asked)
  if (one === undefined) return answerJson(exchange, 404, { message: `No relay is known as ${JSON.stringify(asked.slice(0, 64))}.` })
  if (other !== undefined)
    return answerJson(exchange, 409, { message: `Several relays have that name: ask with an id, ${one.relay} or ${other.relay}.` })
  if (one.linked) return answerJson(exchange, 409, { message: "It is linked: stop it first, and remove it where it is dialled." })
  fleet.forget(one.relay)
  answerJson(exchange, 200, one)
}

function relaysOf(fleet: Fleet): { readonly relay: string; readonly name: string; readonly linked: boolean }[] {
  const linked = new Set(fleet.links().flatMap(({ relay, state }) => (state.startsWith("linked") ? [relay] : [])))
  return [...fleet.knownRelays()].map(([relay, name]) => ({ relay, name, linked: linked.has(relay) }))
}

function answerJson({ response }: Exchange, status: number, body: object): void {
  response
    .writeHead(status, { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" })
    .end(`${JSON.stringify(body)}\n`)
}
