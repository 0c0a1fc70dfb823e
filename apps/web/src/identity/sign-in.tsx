import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { signIn } from "./access.ts"
import "./sign-in.css"

/** Takes a link or a token that somebody was given. */
export function SignIn({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState("")
  const [wrong, setWrong] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  // After the dialog has opened, which gives the focus to the first button.
  useEffect(() => field.current?.focus(), [])
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (signIn(text)) onClose()
    else setWrong(true)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return
    // No token has lines; it is only shown in several.
    event.preventDefault()
    event.currentTarget.form?.requestSubmit()
  }
  return (
    <Dialog label="Sign in" onClose={onClose}>
      <header className="panel-head">
        <h2>Sign in</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <form className="sign-in" onSubmit={submit}>
        <p>Whoever runs the relay gives you a link. Open it on this device, or paste it here.</p>
        <label className="sign-in-field">
          <span>Link or token</span>
          <textarea
            ref={field}
            className="field"
            rows={3}
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            value={text}
            aria-invalid={wrong}
            aria-describedby={wrong ? "sign-in-wrong" : undefined}
            onKeyDown={onKeyDown}
            onChange={(event) => {
              setText(event.target.value)
              setWrong(false)
            }}
          />
        </label>
        {wrong && (
          <p id="sign-in-wrong" className="sign-in-wrong" role="alert">
            That is neither a link nor a token. Copy the whole of it, without the words around it.
          </p>
        )}
        <p className="quiet">
          The link is kept on this device only. What you wrote here before stays, and goes out as written by whom the link is for.
        </p>
        <button type="submit" className="button button-primary" disabled={text.trim() === ""}>
          Sign in
        </button>
      </form>
    </Dialog>
  )
}
