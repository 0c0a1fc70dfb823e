import type { BranchChoices, Conversation } from "@polylogue/conversation"
import { useDeferredValue, useEffect, useState } from "react"
import { type FoundPlaces, findPlaces } from "./find-places.ts"
import type { SearchClient } from "./search-client.ts"

const NOTHING: FoundPlaces = Object.freeze({ places: [], onLine: 0 })

/**
 * Where `text` stands in the conversation, all of it, also what is not loaded on the page; undefined until that is known. Renewed when messages come
 * or change branch. Where nothing is kept on disk, what is on the page is all there is.
 */
export function useFind(
  client: SearchClient,
  conversation: Conversation,
  conversationId: string,
  text: string,
  choices: BranchChoices,
): FoundPlaces | undefined {
  const sought = useDeferredValue(text.trim())
  const [found, setFound] = useState<{ readonly text: string; readonly places: FoundPlaces }>()
  useEffect(() => {
    if (sought === "") return
    let wanted = true
    const find = async (): Promise<void> => {
      const request = { conversationId, text: sought, choices: [...choices] }
      const places = await client.find(request)
      if (wanted && places !== "superseded") setFound({ text: sought, places: places ?? findPlaces(conversation, sought, choices) })
    }
    const again = (): void => void find()
    const stops = [conversation.subscribeLine(again), client.subscribeChanges(again)]
    again()
    return () => {
      wanted = false
      for (const stop of stops) stop()
    }
  }, [client, conversation, conversationId, sought, choices])
  if (sought === "") return NOTHING
  return found?.text === sought ? found.places : undefined
}
