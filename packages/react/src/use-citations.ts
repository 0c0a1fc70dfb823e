import {
  addCitation,
  type Citation,
  CitationIndex,
  citationsOf,
  type NewCitation,
  reattachCitation,
  removeCitation,
  type TextRange,
} from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import type * as Y from "yjs"
import type { DocumentPool, OpenDocument } from "./document-pool.ts"
import { joinedLists } from "./joined-lists.ts"
import { usePolylogue } from "./polylogue.ts"
import { type OpenConversation, useSegments } from "./use-conversation.ts"
import { writingOptions } from "./writing-options.ts"

/** What is done with the citations of a conversation that is open. Each is one transaction in the segment of its message. */
export interface Citing {
  /** As `addCitation`. */
  readonly add: (citation: NewCitation) => string
  /** As `removeCitation`. */
  readonly remove: (citation: Citation) => void
  /** As `reattachCitation`. */
  readonly reattach: (citation: Citation, end: "answer" | "source", range: TextRange, text?: Y.Text | string) => void
}

/** The citations in one message, in the order in which they were written; renders again only when one of this message changes. */
export function useCitations(held: OpenConversation, messageId: string): readonly Citation[] {
  const { pool } = usePolylogue()
  const { open } = useSegments(held)
  const { conversation } = held
  const read = useMemo(() => {
    const segments = (): readonly OpenDocument[] => conversation.segmentsOf(messageId).flatMap((segment) => open.get(segment) ?? [])
    return joinedLists(() => segments().map((document) => indexOf(pool, document).getCitations(messageId)))
  }, [pool, open, conversation, messageId])
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = [...open.values()].map((document) => indexOf(pool, document).subscribe(messageId, listener))
      // It may come into another segment as well.
      stops.push(conversation.subscribeMessage(messageId, listener))
      return () => stops.forEach((stop) => stop())
    },
    [pool, open, conversation, messageId],
  )
  return useSyncExternalStore(subscribe, read)
}

/** What is done with the citations of an open conversation; the same object as long as it is open. */
export function useCiting({ conversation }: OpenConversation): Citing {
  const polylogue = usePolylogue()
  return useMemo(() => {
    const options = writingOptions(polylogue)
    const holders = (messageId: string): readonly Y.Doc[] => {
      const segments = conversation.segmentsOf(messageId)
      // Of a message that stands nowhere, segment 0 says so with its code.
      return (segments.length === 0 ? [0] : segments).flatMap((segment) => conversation.documents.get(segment) ?? [])
    }
    const write = (messageId: string, holds: (ydoc: Y.Doc) => boolean): Y.Doc => {
      const ydocs = holders(messageId)
      const ydoc = ydocs.find(holds) ?? ydocs[0]
      if (ydoc === undefined) throw new TypeError("a conversation that is open has its segment 0")
      return ydoc
    }
    const holding = ({ id, messageId }: Citation): Y.Doc =>
      write(messageId, (ydoc) => citationsOf(ydoc, messageId).some((known) => known.id === id))
    return {
      add: (citation) =>
        addCitation(
          write(citation.messageId, () => true),
          options,
          citation,
        ),
      remove: (citation) => removeCitation(holding(citation), options, citation),
      reattach: (citation, end, range, text) => reattachCitation(holding(citation), options, citation, end, range, text),
    }
  }, [polylogue, conversation])
}

function indexOf(pool: DocumentPool, open: OpenDocument): CitationIndex {
  return pool.view(open, CitationIndex, ({ ydoc }) => new CitationIndex(ydoc))
}
