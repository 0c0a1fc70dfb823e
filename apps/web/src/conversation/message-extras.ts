import type { Message } from "@polylogue/conversation"
import { besideOf } from "../citations/beside.ts"
import { turnWords } from "../citations/turn-words.ts"
import type { MenuItem } from "../frame/menu.tsx"
import { messageHref } from "../frame/route.ts"
import { useToast } from "../frame/toast.tsx"
import { useConversationScope } from "./conversation-scope.ts"
import { authorOf } from "./message-author.ts"
import { excerptOf } from "./quoting.ts"

/** What else one can do with a message, beyond what stands beside it: quote it, copy it otherwise, link to it, pin it. */
export function useMessageExtras(message: Message): readonly MenuItem[] {
  const scope = useConversationScope()
  const toast = useToast()
  if (scope === undefined) return []
  const { conversation, conversationId } = scope.held
  const copy = (text: string, done: string): void => {
    navigator.clipboard.writeText(text).then(
      () => toast({ text: done }),
      () => toast({ text: "The browser refused to copy." }),
    )
  }
  return [
    {
      label: "Quote",
      icon: "quote",
      run: () => scope.quote({ messageId: message.id, authorName: authorOf(message), text: excerptOf(plainTextOf(message)) }),
    },
    {
      label: "Look up in sources",
      icon: "search",
      run: () => besideOf(conversation).show({ kind: "look-up", messageId: message.id, words: turnWords(conversation, message.id) }),
    },
    ...(message.role === "assistant" && !message.streaming
      ? [
          {
            label: "Suggest a better answer",
            icon: "edit",
            run: () => besideOf(conversation).show({ kind: "answers", messageId: message.id }),
          } as const,
        ]
      : []),
    { label: "Copy as plain text", icon: "copy", run: () => copy(plainTextOf(message), "Copied as plain text.") },
    {
      label: "Copy link",
      icon: "link",
      run: () =>
        copy(
          new URL(messageHref(conversationId, message.id), location.href).href,
          "Link copied. It works for everybody who may read this.",
        ),
    },
    {
      label: message.pinned ? "Unpin" : "Pin",
      icon: "pin",
      run: () => {
        if (!scope.mayWrite()) return
        conversation.setPinned(message.id, !message.pinned)
        toast({ text: message.pinned ? "Unpinned." : "Pinned. It is listed at the top of the conversation." })
      },
    },
  ]
}

/** The text of a message as it is read, without the marks of Markdown; where it is not on screen, as it was written. */
export function plainTextOf(message: Pick<Message, "id" | "text">): string {
  const row = document.querySelector(`[data-message-id="${CSS.escape(message.id)}"]`)
  const texts = [...(row?.querySelectorAll<HTMLElement>(".message-body > .markdown") ?? [])].map((element) => element.innerText.trim())
  return texts.length === 0 ? message.text : texts.join("\n\n")
}
