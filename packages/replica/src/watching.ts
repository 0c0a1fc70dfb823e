import { isDocumentId, isWithin } from "@polylogue/protocol"
import { ReplicaError } from "./errors.ts"

/** The prefixes whose documents this tab wants on the device, each as long as somebody who asked for it has not stopped. */
export class Watching {
  readonly #counts = new Map<string, number>()
  readonly #changed: () => void

  /** @param changed - called when a prefix was added or removed. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  get prefixes(): readonly string[] {
    return [...this.#counts.keys()]
  }

  /** Adds `prefix`; the returned function, which may be called again, takes it back. @throws ReplicaError `bad-document-id`. */
  add(prefix: string): () => void {
    checkPrefix(prefix)
    const count = this.#counts.get(prefix) ?? 0
    this.#counts.set(prefix, count + 1)
    if (count === 0) this.#changed()
    let stopped = false
    return () => {
      if (stopped) return
      stopped = true
      const left = this.#counts.get(prefix)! - 1
      if (left > 0) this.#counts.set(prefix, left)
      else {
        this.#counts.delete(prefix)
        this.#changed()
      }
    }
  }
}

/** @throws ReplicaError `bad-document-id` for what is no beginning of a document's id. */
export function checkPrefix(prefix: string): void {
  if (!isDocumentId(prefix)) throw new ReplicaError("bad-document-id", `${JSON.stringify(prefix)} is no beginning of a document id`)
}

/** Those of `prefixes` that stand below no other: what the others would bring, these bring. */
export function outermost(prefixes: Iterable<string>): readonly string[] {
  const distinct = [...new Set(prefixes)]
  return distinct.filter((prefix) => !distinct.some((other) => other !== prefix && isWithin(prefix, other)))
}
