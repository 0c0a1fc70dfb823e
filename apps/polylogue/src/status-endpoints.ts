import { answerText, type Endpoint } from "./endpoint.ts"

/** What a relay is ready for: `ready`, or why not. */
export type Readiness = "ready" | "starting" | "draining" | "store-failing"

const METHODS = Object.freeze(["GET", "HEAD"])

/** `/healthz`: the process lives. */
export const HEALTH: Endpoint = Object.freeze<Endpoint>({
  access: "anyone",
  methods: METHODS,
  matches: (path) => path === "/healthz",
  answer: ({ response }) => answerText(response, 200, "alive"),
})

/** `/readyz`: 200 while the relay takes sessions and appends, else 503 and one word of why. */
export function readinessEndpoint(readiness: () => Readiness): Endpoint {
  return {
    access: "anyone",
    methods: METHODS,
    matches: (path) => path === "/readyz",
    answer({ response }) {
      const now = readiness()
      answerText(response, now === "ready" ? 200 : 503, now)
    },
  }
}
