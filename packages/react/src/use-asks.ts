import {
  type Ask,
  asksOf,
  type AskState,
  askState,
  conversationDocumentId,
  type Conversation,
  type Generation,
  generationKey,
  readGeneration,
  subscribeAsks,
} from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import { joinedLists } from "./joined-lists.ts"
import { type Polylogue, usePolylogue } from "./polylogue.ts"
import { type OpenConversation, useSegments } from "./use-conversation.ts"

const NOTHING = (): void => {}

/** What was asked about a message, in the order of the clocks, in whichever of the segments that are here it stands; renders again only when that changes. */
export function useAsks(held: OpenConversation, messageId: string): readonly Ask[] {
  const { open } = useSegments(held)
  const read = useMemo(
    () => joinedLists(() => [...open.values()].map(({ ydoc }) => asksOf(ydoc, messageId)).filter(({ length }) => length > 0)),
    [open, messageId],
  )
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = [...open.values()].map(({ ydoc }) => subscribeAsks(ydoc, messageId, listener))
      return () => stops.forEach((stop) => stop())
    },
    [open, messageId],
  )
  return useSyncExternalStore(subscribe, read)
}

/**
 * Who writes the answer of a slot, as the authority last said: null when nobody has its lease, or the lease that was heard of last has run out; undefined when nothing was heard.
 * Kept fresh while a component shows it and the device is online. The same object until something else is heard. `undefined` asks for nothing.
 */
export function useGeneration(
  { conversationId }: OpenConversation,
  ask: Pick<Ask, "messageId" | "slot"> | undefined,
): Generation | null | undefined {
  const polylogue = usePolylogue()
  const { messageId, slot } = ask ?? {}
  const heard = useMemo(
    () => (messageId === undefined || slot === undefined ? undefined : new HeardGeneration(polylogue, conversationId, { messageId, slot })),
    [polylogue, conversationId, messageId, slot],
  )
  return useSyncExternalStore(heard?.subscribe ?? subscribeNothing, heard?.get ?? getNothing)
}

/** How far the answer of an ask is, with what is known of who writes it; the same object until that changes. A token that is written into the answer renders nothing. */
export function useAskState(held: OpenConversation, ask: Ask): AskState {
  const generation = useGeneration(held, ask)
  const state = useMemo(() => new WatchedAsk(held.conversation, ask, generation), [held, ask, generation])
  return useSyncExternalStore(state.subscribe, state.get)
}

const subscribeNothing = (): (() => void) => NOTHING
const getNothing = (): undefined => undefined

class HeardGeneration {
  readonly #polylogue: Polylogue
  readonly #documentId: string
  readonly #key: string
  #value: string | null | undefined
  #generation: Generation | null | undefined

  constructor(polylogue: Polylogue, conversationId: string, ask: Pick<Ask, "messageId" | "slot">) {
    this.#polylogue = polylogue
    this.#documentId = conversationDocumentId(polylogue.workspace, conversationId)
    this.#key = generationKey(this.#documentId, ask)
  }

  readonly subscribe = (listener: () => void): (() => void) =>
    this.#polylogue.replica.registers.watch(this.#documentId, (key) => {
      if (key === this.#key) listener()
    })

  readonly get = (): Generation | null | undefined => {
    const { registers, status } = this.#polylogue.replica
    const register = registers.cached(this.#key)
    // Heard of before the device was cut off, a lease may have ended since; online the authority says so itself.
    const isOver = status.connection !== "online" && register?.expiresAt !== undefined && register.expiresAt <= this.#relayNow()
    const value = register === undefined || isOver ? undefined : register.value
    if (value !== this.#value || this.#generation === undefined) {
      this.#value = value
      this.#generation = value === undefined ? undefined : (readGeneration({ value }) ?? null)
    }
    return this.#generation
  }

  #relayNow(): number {
    const { now, replica } = this.#polylogue
    return now() + replica.status.relayTimeOffsetMs
  }
}

/** The state of one ask, read again when the line or its reply changes. */
class WatchedAsk {
  readonly #conversation: Conversation
  readonly #ask: Ask
  readonly #generation: Generation | null | undefined
  #state: AskState | undefined

  constructor(conversation: Conversation, ask: Ask, generation: Generation | null | undefined) {
    this.#conversation = conversation
    this.#ask = ask
    this.#generation = generation
  }

  readonly get = (): AskState => {
    const state = askState(this.#ask, this.#conversation, this.#generation)
    if (this.#state?.phase !== state.phase || this.#state.replyId !== state.replyId) this.#state = state
    return this.#state
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    let reply = NOTHING
    let replyId: string | null = null
    const follow = (): void => {
      if (this.get().replyId === replyId) return
      replyId = this.get().replyId
      reply()
      reply = replyId === null ? NOTHING : this.#conversation.subscribeMessage(replyId, listener)
    }
    const stop = this.#conversation.subscribeLine(() => {
      follow()
      listener()
    })
    follow()
    return () => {
      stop()
      reply()
    }
  }
}
