import { indexDocumentId, parsePromptNameKey } from "@polylogue/conversation"
import { useMemo, useSyncExternalStore } from "react"
import { type Polylogue, usePolylogue } from "./polylogue.ts"

const NONE: readonly string[] = Object.freeze([])

/**
 * The names under which others get a prompt, as they were last heard, also offline: the one that it was published under, and those that it had before. Kept
 * fresh while a component shows them and the device is online; the same array until one comes or goes.
 */
export function usePublishedNames(promptId: string): readonly string[] {
  const polylogue = usePolylogue()
  const names = useMemo(() => new PublishedNames(polylogue, promptId), [polylogue, promptId])
  return useSyncExternalStore(names.subscribe, names.get)
}

class PublishedNames {
  readonly #polylogue: Polylogue
  readonly #promptId: string
  /** The names that were heard of, by their registers. */
  readonly #heard = new Map<string, string>()
  #names: readonly string[] = NONE

  constructor(polylogue: Polylogue, promptId: string) {
    this.#polylogue = polylogue
    this.#promptId = promptId
  }

  readonly get = (): readonly string[] => this.#names

  readonly subscribe = (listener: () => void): (() => void) => {
    const { replica, workspace } = this.#polylogue
    const index = indexDocumentId(workspace)
    return replica.registers.watch(index, (key) => {
      const place = parsePromptNameKey(key)
      if (place?.indexDocument !== index) return
      this.#heard.set(key, place.name)
      if (this.#read()) listener()
    })
  }

  /** Whether the names are other ones than before. */
  #read(): boolean {
    const { registers } = this.#polylogue.replica
    const own = [...this.#heard].filter(([key]) => registers.cached(key)?.value === this.#promptId)
    const names = own.map(([, name]) => name).sort((left, right) => (left < right ? -1 : 1))
    if (names.length === this.#names.length && names.every((name, at) => name === this.#names[at])) return false
    this.#names = Object.freeze(names)
    return true
  }
}
