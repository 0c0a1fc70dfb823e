import { extractText } from "@polylogue/retrieval"

/*
 * A worker in which no text becomes code and nothing can be fetched, as under the policy of the app: whatever tries is told of.
 */

const tried: string[] = []
const forbidden = (what: string) =>
  function refuse(): never {
    tried.push(what)
    throw new EvalError(`${what} is not allowed here`)
  }
const scope = globalThis as unknown as Record<string, unknown> & {
  onmessage: (event: { readonly data: { readonly bytes: Uint8Array; readonly name: string } }) => void
  postMessage(message: unknown): void
}
for (const name of ["Function", "eval", "fetch", "XMLHttpRequest", "importScripts", "WebAssembly", "Worker"]) scope[name] = forbidden(name)

scope.onmessage = ({ data }) => {
  extractText(data).then(
    (extracted) => scope.postMessage({ extracted, tried }),
    (error: unknown) => scope.postMessage({ error: String(error), code: (error as { readonly code?: unknown }).code, tried }),
  )
}
