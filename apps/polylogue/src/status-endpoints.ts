import type { Relay } from "@polylogue/relay"
import { answerText, type Endpoint } from "./endpoint.ts"

const METHODS = Object.freeze(["GET", "HEAD"])

/** `/healthz`: the process lives. */
export const HEALTH: Endpoint = Object.freeze<Endpoint>({
  access: "anyone",
  methods: METHODS,
  matches: (path) => path === "/healthz",
  answer: ({ response }) => answerText(response, 200, "alive"),
})

/** `/readyz`: the relay takes sessions and appends. */
export function readiness(relay: Relay): Endpoint {
  return {
    access: "anyone",
    methods: METHODS,
    matches: (path) => path === "/readyz",
    answer: ({ response }) =>
      relay.ready ? answerText(response, 200, "ready") : answerText(response, 503, "not ready: the store cannot be reached"),
  }
}
