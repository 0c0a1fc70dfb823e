import type { OpenConversation } from "@polylogue/react"
import { createContext, useContext } from "react"

/** What of a message, or of a source, is quoted. */
export interface Excerpt {
  readonly messageId?: string
  readonly sourceId?: string
  /** The passage of the source. */
  readonly chunkId?: string
  /** Whose words they are: of a source its title. */
  readonly authorName: string
  readonly text: string
}

/** What the parts of a message may ask of the conversation around them. The object is the same as long as the conversation is, so that no row renders for it. */
export interface ConversationScope {
  readonly held: OpenConversation
  /** Whether one may write here; says why when not. What no relay would take is not begun. */
  readonly mayWrite: () => boolean
  /** Shows a message, on whatever branch it stands. */
  readonly showMessage: (id: string) => void
  /** Puts an excerpt into the message being written. */
  readonly quote: (excerpt: Excerpt) => void
}

export const ConversationScopeContext = createContext<ConversationScope | undefined>(undefined)

/** The conversation around this part; `undefined` where a message is shown by itself. */
export function useConversationScope(): ConversationScope | undefined {
  return useContext(ConversationScopeContext)
}
