import { addAsk, type Ask, asksOf, type Conversation, type NewAsk, stopAsk } from "@polylogue/conversation"
import { useMemo } from "react"
import type * as Y from "yjs"
import { usePolylogue } from "./polylogue.ts"
import type { OpenConversation } from "./use-conversation.ts"
import { writingOptions } from "./writing-options.ts"

/** What is done about answers in a conversation that is open. Each is one transaction in the segment of the message asked about, also offline. */
export interface Answering {
  /** As `addAsk`. */
  readonly ask: (asked: NewAsk) => Ask
  /** Asks about message `messageId` what was asked about another, of which it is a new version. */
  readonly askLike: (messageId: string, ask: Ask) => Ask
  /** As `stopAsk`. */
  readonly stop: (ask: Ask) => void
  /** Asks for another answer beside `replyId`: as `ask` was, where there is one, with another model, where one is given. */
  readonly regenerate: (replyId: string, how?: { readonly ask?: Ask | undefined; readonly model?: string | undefined }) => Ask
  /** Asks that reply `replyId` goes on, in the same way. */
  readonly goOn: (replyId: string, how?: { readonly ask?: Ask | undefined; readonly model?: string | undefined }) => Ask
}

/** What is done about the answers of an open conversation; the same object as long as it is open. @throws ConversationError of `addAsk`; TypeError for a message that is not here. */
export function useAnswering({ conversation }: OpenConversation): Answering {
  const polylogue = usePolylogue()
  return useMemo(() => {
    const options = writingOptions(polylogue)
    const ask = (asked: NewAsk): Ask => addAsk(documentOf(conversation, asked.messageId), options, asked)
    const again = (
      kind: Ask["kind"],
      replyId: string,
      { ask: before, model }: { ask?: Ask | undefined; model?: string | undefined },
    ): Ask => {
      const messageId = conversation.getMessage(replyId)?.parentId
      if (messageId === undefined || messageId === null) throw new TypeError(`message ${replyId} answers none that is here`)
      return ask({ ...likewise(before, model), messageId, kind, replyId })
    }
    return {
      ask,
      askLike: (messageId, before) => ask({ ...likewise(before), messageId }),
      stop: (stopped) => stopAsk(holderOf(conversation, stopped), options, stopped),
      regenerate: (replyId, how = {}) => again("answer", replyId, how),
      goOn: (replyId, how = {}) => again("continue", replyId, how),
    }
  }, [polylogue, conversation])
}

/** What is asked for again. The ids of asks are their slots', so only what people chose is taken over. */
function likewise(ask: Ask | undefined, model = ask?.model ?? undefined): Omit<NewAsk, "messageId"> {
  return {
    ...(model === undefined ? {} : { model }),
    ...(ask === undefined || ask.prompt === null ? {} : { prompt: ask.prompt }),
    ...(ask === undefined || Object.keys(ask.values).length === 0 ? {} : { values: ask.values }),
    ...(ask === undefined || Object.keys(ask.options).length === 0 ? {} : { options: ask.options }),
  }
}

/** The segment in which an ask stands. */
function holderOf(conversation: Conversation, { messageId, slot }: Ask): Y.Doc {
  const holders = conversation.segmentsOf(messageId).flatMap((segment) => conversation.documents.get(segment) ?? [])
  return holders.find((ydoc) => asksOf(ydoc, messageId).some((ask) => ask.slot === slot)) ?? documentOf(conversation, messageId)
}

/** The segment in which a message stands. */
function documentOf(conversation: Conversation, messageId: string): Y.Doc {
  const [segment] = conversation.segmentsOf(messageId)
  const ydoc = segment === undefined ? undefined : conversation.documents.get(segment)
  if (ydoc === undefined) throw new TypeError(`message ${messageId} is not here`)
  return ydoc
}
