import { type OtherPresence } from "@polylogue/react"
import { type FormEvent, type KeyboardEvent, Suspense, useEffect, useLayoutEffect, useRef, useState } from "react"
import { AnswererPicker, AnswerNote } from "../answers/answerer-picker.tsx"
import type { WhoAnswers } from "../answers/use-who-answers.ts"
import { Icon } from "../frame/icon.tsx"
import { lazyPart } from "../frame/lazy-part.tsx"
import { useMedia } from "../frame/use-media.ts"
import { type Command, useCommands } from "../palette/commands.ts"
import { KeyCaps } from "../palette/key-caps.tsx"
import { usePreference } from "../settings/preference.ts"
import { ENTER_KEY, enterSends, sendsUnasked } from "../settings/send-key.ts"
import { AttachButton } from "./attach-button.tsx"
import { DraftMark } from "./draft-mark.tsx"
import { PasteOffer, usePasting } from "./paste-offer.tsx"
import type { Attachments } from "./use-attachments.ts"
import { useDroppedFiles } from "./use-dropped-files.tsx"
import "./composer.css"

const DraftPartList = lazyPart(() => import("./draft-part-list.tsx"))

/** Not Escape, which leaves the composer: an answer that is stopped does not go on by itself. */
const STOP = {
  id: "stop answer",
  group: "This conversation",
  name: "Stop the answer",
  icon: "stop",
  keys: "Mod+.",
  words: "halt cancel abort generating",
} satisfies Omit<Command, "run">

/** As whom one writes: for oneself, or down what a model said elsewhere. */
export type WritingRole = "user" | "assistant"

interface ComposerProps {
  readonly conversationId: string
  readonly text: string
  /** What goes with the text: quotes and files. */
  readonly attachments: Attachments
  readonly onText: (text: string) => void
  /** Whose answer is asked for. */
  readonly who: WhoAnswers
  /** Ends an answer that is being written; undefined while there is none that one asked for. */
  readonly onStop: (() => void) | undefined
  /** `asks`: whether an answer is asked for, by whoever is chosen. */
  readonly onSend: (text: string, role: WritingRole, asks: boolean) => void
  /** Called for the arrow up in an empty composer. */
  readonly onEditLast: () => void
  readonly typing: readonly OtherPresence[]
  readonly mayWrite: boolean
  readonly name: string
}

/** Where one writes. Enter sends and Shift and Enter begin a line, or as set in the settings; on a touch screen Enter begins a line and the button sends. */
export function Composer({
  conversationId,
  text,
  attachments,
  who,
  onText,
  onStop,
  onSend,
  onEditLast,
  typing,
  mayWrite,
  name,
}: ComposerProps) {
  const [role, setRole] = useState<WritingRole>("user")
  const field = useRef<HTMLTextAreaElement>(null)
  const touch = useMedia("(pointer: coarse)")
  const [enter] = usePreference(ENTER_KEY)
  // Without dependencies: it is one measurement, and the text is not the only thing that changes the height.
  useLayoutEffect(() => fitHeight(field.current))
  useEffect(() => {
    // On a phone the keyboard would cover what one came to read.
    // It may come late: who reads a message, has chosen words or writes elsewhere by then stays there.
    const taken = document.activeElement?.closest("[data-message-id], dialog, search, input, textarea") != null
    const chosen = document.getSelection()?.isCollapsed === false
    if (!touch && !taken && !chosen) field.current?.focus()
  }, [touch])
  useCommands(onStop === undefined ? [] : [{ ...STOP, run: onStop }])
  const pasting = usePasting(text, onText, attachments.attach)
  const dropped = useDroppedFiles(mayWrite ? attachments.attach : undefined)
  const parts = attachments.parts.length > 0 || attachments.reading.length > 0
  // A file that is still being read would be left behind for the next message.
  const sendable = !attachments.busy && (text.trim() !== "" || attachments.parts.length > 0)
  const send = (asks = true): void => {
    if (!sendable) return
    // What one writes down in its place needs no answer.
    onSend(text, role, asks && role === "user")
    field.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === "Enter" && enterSends(event, enter, touch)) {
      event.preventDefault()
      send(!sendsUnasked(event))
    }
    if (event.key === "ArrowUp" && text === "") {
      event.preventDefault()
      onEditLast()
    }
  }
  if (!mayWrite) {
    return (
      <div className="composer-place">
        <p className="composer-closed">You may read this conversation, not write in it.</p>
      </div>
    )
  }
  return (
    <div className="composer-place">
      <Typing others={typing} />
      <form
        className="composer"
        onSubmit={(event: FormEvent) => {
          event.preventDefault()
          send()
        }}
      >
        {parts && (
          <Suspense>
            <DraftPartList attachments={attachments} conversationId={conversationId} />
          </Suspense>
        )}
        <textarea
          ref={field}
          className="composer-field"
          data-testid="composer"
          dir="auto"
          rows={1}
          aria-label="Message"
          placeholder={role === "user" ? "Write a message" : "Write down an assistant's answer"}
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={pasting.onPaste}
          enterKeyHint={touch ? "enter" : "send"}
        />
        <PasteOffer pasting={pasting} />
        {role === "user" && <AnswerNote who={who} />}
        <div className="composer-foot">
          <AttachButton onFiles={attachments.attach} />
          <label className="composer-role">
            <span className="visually-hidden">Write as</span>
            <select value={role} onChange={(event) => setRole(event.target.value === "assistant" ? "assistant" : "user")}>
              <option value="user">as {name}</option>
              <option value="assistant">as assistant</option>
            </select>
          </label>
          {role === "user" && <AnswererPicker who={who} />}
          {(text !== "" || parts) && <DraftMark />}
          {!touch && text !== "" && (
            <span className="composer-hint">
              <KeyCaps keys={enter === "sends" ? "Enter" : "Mod+Enter"} /> sends,{" "}
              <KeyCaps keys={enter === "sends" ? "Shift+Enter" : "Enter"} /> new line
            </span>
          )}
          <SendButton
            sendable={sendable}
            reading={attachments.busy}
            // Words that are being written are never taken for a wish to stop.
            onStop={text === "" && !parts ? onStop : undefined}
            field={field}
          />
        </div>
      </form>
      {dropped}
    </div>
  )
}

interface SendButtonProps {
  readonly sendable: boolean
  /** A file is still being read. */
  readonly reading: boolean
  readonly onStop: (() => void) | undefined
  readonly field: { readonly current: HTMLTextAreaElement | null }
}

/** Sends what is written; while nothing is, and an answer is being written, stops that. Whatever becomes of the button, the focus is not lost with it. */
function SendButton({ sendable, reading, onStop, field }: SendButtonProps) {
  const button = useRef<HTMLButtonElement>(null)
  const usable = sendable || onStop !== undefined
  useLayoutEffect(() => {
    if (!usable && document.activeElement === button.current) field.current?.focus()
  }, [usable, field])
  const stops = onStop !== undefined
  return (
    <button
      ref={button}
      type={stops ? "button" : "submit"}
      className="composer-send"
      aria-label={stops ? "Stop the answer" : "Send"}
      title={stops ? "Stop the answer" : reading ? "A file is still being read" : "Send"}
      disabled={!usable}
      onClick={(event) => {
        // The second click of a double click on Send, when an answer has begun meanwhile, is no wish to stop it.
        if (event.detail < 2) onStop?.()
      }}
    >
      <Icon name={stops ? "stop" : "send"} />
    </button>
  )
}

function Typing({ others }: { readonly others: readonly OtherPresence[] }) {
  const names = [...new Set(others.filter(({ typing }) => typing === true).map(({ name }) => name))]
  const words =
    names.length === 0
      ? ""
      : names.length > 2
        ? `${names.length} people are writing`
        : `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} writing`
  return (
    <p className="composer-typing" aria-live="polite" dir="auto">
      {words}
    </p>
  )
}

/** Browsers without `field-sizing` get the height from the text by hand. */
function fitHeight(field: HTMLTextAreaElement | null): void {
  if (field === null || CSS.supports("field-sizing", "content")) return
  field.style.height = "auto"
  field.style.height = `${field.scrollHeight}px`
}
