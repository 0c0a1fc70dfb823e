import { type OpenConversation, useAnswering, useAsks, useEdit } from "@polylogue/react"
import { useEffect, useRef, useState } from "react"
import { useMedia } from "../frame/use-media.ts"
import { usePreference } from "../settings/preference.ts"
import { ENTER_KEY, enterSends } from "../settings/send-key.ts"

interface MessageEditorProps {
  readonly held: OpenConversation
  readonly messageId: string
  /** The message as it stands; empty for another's, of which one writes a version of one's own. */
  readonly text: string
  /** Whether it answers: a version of it is another answer. */
  readonly answer: boolean
  /** Called with the new text, or with `undefined` when the person closed the editor; what was written then stays a draft. Gives the id of the new version. */
  readonly onDone: (text: string | undefined) => string | undefined
}

/**
 * One's own message being written anew. The old version stays beside the new one. What is written is kept like the draft of a new message, so
 * neither a row that goes from the page nor a page that goes takes it along. A new version of a question is answered by whom the old one asked. Enter means what it means in the composer.
 */
export function MessageEditor({ held, messageId, text, answer, onDone }: MessageEditorProps) {
  const answering = useAnswering(held)
  const asked = useAsks(held, messageId).findLast(({ kind }) => kind === "answer")
  const edit = useEdit(held.conversationId, messageId)
  // No draft is the message as it stands, but not to somebody who has just deleted all of it.
  const [emptied, setEmptied] = useState(false)
  const value = edit.text === "" && !emptied ? text : edit.text
  const touch = useMedia("(pointer: coarse)")
  const [enter] = usePreference(ENTER_KEY)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    field.current?.focus()
    field.current?.setSelectionRange(field.current.value.length, field.current.value.length)
  }, [])
  const changed = value.trim() !== "" && value !== text
  const done = (): void => {
    // In the turn in which the new version is written, and what was asked about the old one is asked about it: all goes to disk together.
    edit.setText("")
    const version = onDone(changed ? value : undefined)
    if (version !== undefined && asked !== undefined) answering.askLike(version, asked)
  }
  return (
    <form
      className="message-editor"
      onSubmit={(event) => {
        event.preventDefault()
        done()
      }}
    >
      <textarea
        ref={field}
        className="field grows"
        dir="auto"
        aria-label={text === "" && answer ? "Another answer" : "New version of the message"}
        value={value}
        rows={3}
        onChange={({ target }) => {
          setEmptied(target.value === "")
          edit.setText(target.value === text ? "" : target.value)
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return
          if (event.key === "Escape") {
            event.stopPropagation()
            onDone(undefined)
          }
          if (event.key === "Enter" && enterSends(event, enter, touch)) {
            event.preventDefault()
            done()
          }
        }}
      />
      <span className="message-editor-actions">
        <span className="quiet">{text === "" ? "What stands here stays as a branch." : "The old version stays as a branch."}</span>
        <button type="button" className="button button-quiet" onClick={() => onDone(undefined)}>
          {changed ? "Go on later" : "Cancel"}
        </button>
        <button type="submit" className="button button-primary" disabled={!changed}>
          {text === "" && answer ? "Keep as another answer" : "Keep as new version"}
        </button>
      </span>
    </form>
  )
}
