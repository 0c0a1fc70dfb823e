import { type OpenWorkspace, useDraft, usePolylogue } from "@polylogue/react"
import { type KeyboardEvent, useEffect, useRef, useState } from "react"
import { AnswererPicker, AnswerNote } from "../answers/answerer-picker.tsx"
import { moveChoice } from "../answers/remembered-choice.ts"
import { useWhoAnswers } from "../answers/use-who-answers.ts"
import { Icon } from "../frame/icon.tsx"
import { navigate } from "../frame/route.ts"
import { useToast } from "../frame/toast.tsx"
import { useMedia } from "../frame/use-media.ts"
import { usePreference } from "../settings/preference.ts"
import { ENTER_KEY, enterSends, sendsUnasked } from "../settings/send-key.ts"
import { beginConversation } from "./begin-conversation.ts"
import "./first-message.css"

/** Under this name the words of a conversation that has not begun are kept as a draft; no conversation has it, their ids being random. */
const DRAFT = "first-message"

interface FirstMessageProps {
  readonly workspace: OpenWorkspace
  readonly mayBegin: () => boolean
}

/** Where one writes without having made a conversation before: the first message makes it. */
export function FirstMessage({ workspace, mayBegin }: FirstMessageProps) {
  const polylogue = usePolylogue()
  const draft = useDraft(DRAFT)
  const who = useWhoAnswers(DRAFT, true)
  const toast = useToast()
  const touch = useMedia("(pointer: coarse)")
  const [enter] = usePreference(ENTER_KEY)
  const [busy, setBusy] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (!touch) field.current?.focus()
  }, [touch])
  const begin = (asks = true): void => {
    if (busy || draft.text.trim() === "" || !mayBegin()) return
    setBusy(true)
    const written = (id: string): void => {
      draft.setText("")
      moveChoice(polylogue.user ?? polylogue.author.id, DRAFT, id)
    }
    beginConversation(polylogue, workspace, draft.text, asks ? who.asked?.id : undefined, written).then(
      (id) => navigate(id),
      () => {
        setBusy(false)
        toast({ text: "The conversation could not be made on this device. Your words are still here." })
      },
    )
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing || !enterSends(event, enter, touch)) return
    event.preventDefault()
    begin(!sendsUnasked(event))
  }
  return (
    <div className="first-message-place">
      <form
        className="first-message"
        onSubmit={(event) => {
          event.preventDefault()
          begin()
        }}
      >
        <textarea
          ref={field}
          className="first-message-field"
          data-testid="first-message"
          dir="auto"
          rows={2}
          aria-label="First message of a new conversation"
          placeholder="Write what is on your mind"
          value={draft.text}
          onChange={(event) => draft.setText(event.target.value)}
          onKeyDown={onKeyDown}
          enterKeyHint={touch ? "enter" : "send"}
        />
        <button
          type="submit"
          className="first-message-send"
          aria-label="Start the conversation"
          title="Start the conversation"
          disabled={draft.text.trim() === ""}
        >
          <Icon name="send" />
        </button>
      </form>
      <div className="first-message-who">
        <AnswererPicker who={who} />
        <AnswerNote who={who} />
      </div>
    </div>
  )
}
