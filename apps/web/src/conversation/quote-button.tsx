import { useEffect, useRef, useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { useCommands } from "../palette/commands.ts"
import { authorOf } from "./message-author.ts"
import { plainTextOf } from "./message-extras.ts"
import { type ChosenWords, chosenWords, excerptOf } from "./quoting.ts"
import type { ConversationScope } from "./conversation-scope.ts"
import "./quote-button.css"

/** Space between the chosen words and the button, and between it and the edge of the window, in px. */
const GAP = 8
const WIDTH = 100
const HEIGHT = 36

/** A small button beside words that are chosen in a message: it puts them into the message being written. The key q does the same, for a whole message too. */
export default function QuoteButton({ scope }: { readonly scope: ConversationScope }) {
  const [chosen, setChosen] = useState<ChosenWords>()
  const pressed = useRef(false)
  useEffect(() => {
    const look = (): void => setChosen(pressed.current ? undefined : chosenWords(document.getSelection()))
    const down = (): void => {
      pressed.current = true
    }
    const up = (): void => {
      pressed.current = false
      look()
    }
    const hide = (): void => setChosen(undefined)
    document.addEventListener("selectionchange", look)
    document.addEventListener("pointerdown", down)
    document.addEventListener("pointerup", up)
    document.addEventListener("pointercancel", up)
    document.addEventListener("scroll", hide, { capture: true, passive: true })
    window.addEventListener("resize", hide)
    return () => {
      document.removeEventListener("selectionchange", look)
      document.removeEventListener("pointerdown", down)
      document.removeEventListener("pointerup", up)
      document.removeEventListener("pointercancel", up)
      document.removeEventListener("scroll", hide, { capture: true })
      window.removeEventListener("resize", hide)
    }
  }, [])
  const quote = (messageId: string, words: string | undefined): void => {
    const message = scope.held.conversation.getMessage(messageId)
    if (message === undefined || message.deletedAt !== null) return
    const text = words ?? excerptOf(plainTextOf(message))
    if (text === "") return
    document.getSelection()?.removeAllRanges()
    setChosen(undefined)
    scope.quote({ messageId, authorName: authorOf(message), text })
  }
  const quoteChosen = (): void => {
    const words = chosenWords(document.getSelection())
    const focused = document.activeElement?.closest("[data-message-id]")?.getAttribute("data-message-id")
    if (words !== undefined) quote(words.messageId, words.text)
    else if (focused != null) quote(focused, undefined)
  }
  useCommands([
    {
      id: "quote",
      name: "Quote what is chosen",
      icon: "quote",
      group: "This message",
      keys: "q",
      words: "reply excerpt",
      run: quoteChosen,
    },
  ])
  if (chosen === undefined) return null
  const { place } = chosen
  const below = place.bottom + GAP + HEIGHT < window.innerHeight
  return (
    <button
      type="button"
      className="button quote-button"
      style={{
        top: below ? place.bottom + GAP : Math.max(GAP, place.top - GAP - HEIGHT),
        left: Math.min(Math.max(GAP, place.right - WIDTH / 2), window.innerWidth - WIDTH - GAP),
      }}
      // The choice would be gone before the press is over.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => quote(chosen.messageId, chosen.text)}
    >
      <Icon name="quote" size={14} />
      Quote
    </button>
  )
}
