import type { NewCitation, TextRange } from "@polylogue/conversation"
import { useCiting, usePolylogue } from "@polylogue/react"
import { useCallback } from "react"
import type { ConversationScope } from "../conversation/conversation-scope.ts"
import { useToast } from "../frame/toast.tsx"
import type { FoundPassage } from "../sources/passage-search.ts"
import { withSource } from "../sources/with-source.ts"
import { besideOf, type MessageWords } from "./beside.ts"
import { wordsOfPart } from "./chosen-place.ts"

/** What makes a citation from words of a message to a passage, or to words of it. It is written once the place in the source is known. */
export function useCitePassage(
  scope: ConversationScope,
): (words: MessageWords, passage: FoundPassage, within?: TextRange) => Promise<void> {
  const polylogue = usePolylogue()
  const toast = useToast()
  const citing = useCiting(scope.held)
  return useCallback(
    async ({ messageId, partId, range, words }, { sourceId, chunkId, hash, page, text }, within) => {
      if (!scope.mayWrite()) return
      const { conversation } = scope.held
      const cite = (place: NewCitation["source"], quote?: string): void => {
        if (wordsOfPart(conversation, messageId, partId)?.slice(range.from, range.to) !== words) {
          return toast({ text: "The message has changed meanwhile. Choose the words again." })
        }
        const said = quote === undefined ? {} : { quote }
        citing.add({ messageId, partId, answer: range, source: place, ...said })
        besideOf(conversation).letGo()
        toast({ text: "Cited." })
      }
      const source = { sourceId, chunkId, hash, ...(page === undefined ? {} : { page }) }
      const quoted = within === undefined ? text : text.slice(within.from, within.to)
      try {
        await withSource(polylogue, sourceId, (open) => {
          const place = open.placeOf(chunkId)
          // The words stand nowhere, or cannot be told apart: the citation has them as they were found.
          if (place === undefined) return cite(source, quoted)
          const [from, to] = within === undefined ? [place.from, place.to] : [place.from + within.from, place.from + within.to]
          cite({ ...source, range: { from, to }, text: open.text })
        })
      } catch (error) {
        if ((error as { readonly code?: unknown }).code !== "too-large") throw error
        toast({ text: "That is more than a citation holds. Choose fewer words." })
      }
    },
    [polylogue, scope, citing, toast],
  )
}
