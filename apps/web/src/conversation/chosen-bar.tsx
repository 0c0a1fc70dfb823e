import { anchorIn } from "@polylogue/conversation"
import { useEffect, useRef, useState } from "react"
import { besideOf, useBeside } from "../citations/beside.ts"
import { chosenPlace, textOfPart } from "../citations/chosen-place.ts"
import { Icon, type IconName } from "../frame/icon.tsx"
import { useToast } from "../frame/toast.tsx"
import { messageBoardOf } from "../notes/message-board.ts"
import { useNoteAttempt } from "../noting/use-note-actions.ts"
import { useCommands } from "../palette/commands.ts"
import { authorOf } from "./message-author.ts"
import { plainTextOf } from "./message-extras.ts"
import { type ChosenWords, chosenWords, excerptOf } from "./quoting.ts"
import type { ConversationScope } from "./conversation-scope.ts"
import "./chosen-bar.css"

/** Space between the chosen words and the bar, and between it and the edge of the window, in px. */
const GAP = 8
const WIDTH = 260
const HEIGHT = 36

/** What can be done with words that are chosen in a message, in a small bar beside them; each has a key. */
export function ChosenBar({ scope }: { readonly scope: ConversationScope }) {
  const [chosen, forget] = useChosenWords()
  const { conversation } = scope.held
  const { attaching } = useBeside(conversation)
  const toast = useToast()
  const attempt = useNoteAttempt()
  const quote = (messageId: string, words: string | undefined): void => {
    const message = conversation.getMessage(messageId)
    if (message === undefined || message.deletedAt !== null) return
    const text = words ?? excerptOf(plainTextOf(message))
    if (text === "") return
    document.getSelection()?.removeAllRanges()
    forget()
    scope.quote({ messageId, authorName: authorOf(message), text })
  }
  const quoteChosen = (): void => {
    const words = chosenWords(document.getSelection())
    const focused = document.activeElement?.closest("[data-message-id]")?.getAttribute("data-message-id")
    if (words !== undefined) quote(words.messageId, words.text)
    else if (focused != null) quote(focused, undefined)
  }
  const cite = (): void => {
    const place = chosenPlace(document.getSelection(), conversation)
    forget()
    if (place === undefined) toast({ text: CHOOSE })
    else besideOf(conversation).cite(place)
  }
  const note = (): void => {
    const place = chosenPlace(document.getSelection(), conversation)
    forget()
    if (place === undefined) return toast({ text: CHOOSE })
    const text = textOfPart(conversation, place.messageId, place.partId) ?? ""
    attempt(() => {
      const { messageId, partId, range } = place
      const isBegun = messageBoardOf(scope.held).begin({ target: { kind: "message", messageId, partId }, anchor: anchorIn(text, range) })
      if (!isBegun) toast({ text: "A note that you began is still open. Say or discard it first." })
      besideOf(conversation).show({ kind: "notes" })
    })
  }
  const attach = (): void => {
    const place = chosenPlace(document.getSelection(), conversation)
    if (attaching === undefined || place?.messageId !== attaching.messageId || place.partId !== attaching.partId) {
      return toast({ text: "These words are in another message. Choose some in the one that it belongs to." })
    }
    forget()
    besideOf(conversation).attached()
    attaching.attach(place)
  }
  useCommands([
    { id: "note", name: "Note on what is chosen", icon: "comment", group: "This message", keys: "a", words: "annotate comment", run: note },
    {
      id: "quote",
      name: "Quote what is chosen",
      icon: "quote",
      group: "This message",
      keys: "q",
      words: "reply excerpt",
      run: quoteChosen,
    },
    { id: "cite", name: "Cite a source for what is chosen", icon: "link", group: "This message", words: "citation evidence", run: cite },
  ])
  if (chosen === undefined) return null
  const { place } = chosen
  const below = place.bottom + GAP + HEIGHT < window.innerHeight
  return (
    <div
      className="chosen-bar"
      role="toolbar"
      aria-label="With the chosen words"
      style={{
        top: below ? place.bottom + GAP : Math.max(GAP, place.top - GAP - HEIGHT),
        left: Math.min(Math.max(GAP, place.right - WIDTH / 2), window.innerWidth - WIDTH - GAP),
      }}
    >
      {attaching !== undefined && <BarButton icon="check" label="Attach" run={attach} />}
      <BarButton icon="quote" label="Quote" run={() => quote(chosen.messageId, chosen.text)} />
      <BarButton icon="comment" label="Note" run={note} />
      <BarButton icon="link" label="Cite" run={cite} />
    </div>
  )
}

const CHOOSE = "Choose words within one text of a message."

interface BarButtonProps {
  readonly icon: IconName
  readonly label: string
  readonly run: () => void
}

function BarButton({ icon, label, run }: BarButtonProps) {
  return (
    // The choice would be gone before the press is over.
    <button type="button" className="button button-quiet" onMouseDown={(event) => event.preventDefault()} onClick={run}>
      <Icon name={icon} size={14} />
      {label}
    </button>
  )
}

/** The words that are chosen, once the pointer is up, until the page moves under them; and what forgets them. */
function useChosenWords(): readonly [ChosenWords | undefined, () => void] {
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
    // The words are still chosen, and stand elsewhere.
    document.addEventListener("scrollend", look, { capture: true })
    window.addEventListener("resize", hide)
    // Words may have been chosen before this was loaded.
    look()
    return () => {
      document.removeEventListener("selectionchange", look)
      document.removeEventListener("pointerdown", down)
      document.removeEventListener("pointerup", up)
      document.removeEventListener("pointercancel", up)
      document.removeEventListener("scroll", hide, { capture: true })
      document.removeEventListener("scrollend", look, { capture: true })
      window.removeEventListener("resize", hide)
    }
  }, [])
  return [chosen, () => setChosen(undefined)]
}
