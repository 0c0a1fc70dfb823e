import { type OpenWorkspace, useDraft, usePolylogue } from "@polylogue/react"
import { type KeyboardEvent, useEffect, useRef, useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { navigate } from "../frame/route.ts"
import { useToast } from "../frame/toast.tsx"
import { useMedia } from "../frame/use-media.ts"
import { usePreference } from "../settings/preference.ts"
import { ENTER_KEY, enterSends } from "../settings/send-key.ts"
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
  const toast = useToast()
  const touch = useMedia("(pointer: coarse)")
  const [enter] = usePreference(ENTER_KEY)
  const [busy, setBusy] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (!touch) field.current?.focus()
  }, [touch])
  const begin = (): void => {
    if (busy || draft.text.trim() === "" || !mayBegin()) return
    setBusy(true)
    beginConversation(polylogue, workspace, draft.text, () => draft.setText("")).then(
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
    begin()
  }
  return (
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
  )
}
