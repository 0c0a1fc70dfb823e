import { type Ask, asksOf, askState, stopAsk, subscribeAsks } from "@polylogue/conversation"
import { type OpenConversation, usePolylogue } from "@polylogue/react"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import type * as Y from "yjs"
import { writingOptions } from "../device/writing-options.ts"

/** An answer that one asked for and that is being written. */
export interface OwnAnswer {
  /** Says, also offline, that no more of it is wanted. What was written stays. */
  readonly stop: () => void
}

/**
 * The answer that one asked for oneself and that is being written at the end of the line. Renders again when there is another, and not with its words.
 * @param tip - the last message of the line: what was asked about, or the answer.
 */
export function useOwnAnswer({ conversation }: OpenConversation, tip: string | undefined): OwnAnswer | undefined {
  const polylogue = usePolylogue()
  const parent = tip === undefined ? null : (conversation.getTree().nodes.get(tip)?.parentId ?? null)
  // Asked for as one text: an array would be another one at each rendering.
  const ids = [tip, parent].filter((id) => typeof id === "string").join("\n")
  const messages = useMemo(() => (ids === "" ? [] : ids.split("\n")), [ids])
  const places = useCallback(
    (): readonly (readonly [Y.Doc, string])[] =>
      messages.flatMap((id) =>
        conversation.segmentsOf(id).flatMap((segment) => {
          const ydoc = conversation.documents.get(segment)
          return ydoc === undefined ? [] : [[ydoc, id] as const]
        }),
      ),
    [conversation, messages],
  )
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = places().map(([ydoc, id]) => subscribeAsks(ydoc, id, listener))
      stops.push(...messages.map((id) => conversation.subscribeMessage(id, listener)))
      return () => stops.forEach((stop) => stop())
    },
    [conversation, messages, places],
  )
  const read = (): Ask | undefined => {
    const own = places().flatMap(([ydoc, id]) => asksOf(ydoc, id).filter(({ userId }) => userId === polylogue.author.id))
    return own.findLast((ask) => askState(ask, conversation).phase === "writing")
  }
  const ask = useSyncExternalStore(subscribe, read)
  return useMemo(() => {
    const place = ask && places().find(([, id]) => id === ask.messageId)
    return ask && place && { stop: () => stopAsk(place[0], writingOptions(polylogue), ask) }
  }, [ask, places, polylogue])
}
