import { indexDocumentId, readResponderCard, RESPONDER_MARK, type ResponderCard } from "@polylogue/conversation"
import { useMemo, useSyncExternalStore } from "react"
import { type Polylogue, usePolylogue } from "./polylogue.ts"

const NOBODY: readonly HeardResponder[] = Object.freeze([])

/** A responder as it was last heard. */
export interface HeardResponder {
  readonly card: ResponderCard
  /** When the authority last said so, in the relay's ms since 1970. */
  readonly asOf: number
  /** Until when it runs at least, in the relay's ms since 1970: it says so again before. Past that, and offline, nothing is known of it. */
  readonly until: number
}

/**
 * The responders of the workspace, by their ids, as they were last heard, also offline. Kept fresh while a component shows them and the device is online: then one that
 * has ended is gone. The same array until one of them says something else, or again that it runs.
 */
export function useResponders(): readonly HeardResponder[] {
  const polylogue = usePolylogue()
  const responders = useMemo(() => new Responders(polylogue), [polylogue])
  return useSyncExternalStore(responders.subscribe, responders.get)
}

class Responders {
  readonly #polylogue: Polylogue
  readonly #heard = new Map<string, HeardResponder>()
  #responders = NOBODY

  constructor(polylogue: Polylogue) {
    this.#polylogue = polylogue
  }

  readonly get = (): readonly HeardResponder[] => this.#responders

  readonly subscribe = (listener: () => void): (() => void) => {
    const { replica, workspace } = this.#polylogue
    const keys = `${indexDocumentId(workspace)}${RESPONDER_MARK}`
    return replica.registers.watch(indexDocumentId(workspace), (key) => {
      if (!key.startsWith(keys)) return
      this.#read(key)
      this.#responders = Object.freeze([...this.#heard.values()].sort((left, right) => (left.card.id < right.card.id ? -1 : 1)))
      listener()
    })
  }

  #read(key: string): void {
    const register = this.#polylogue.replica.registers.cached(key)
    const card = readResponderCard(register)
    if (card === undefined || register === undefined) this.#heard.delete(key)
    else this.#heard.set(key, Object.freeze({ card, asOf: register.asOf, until: register.expiresAt ?? register.asOf }))
  }
}
