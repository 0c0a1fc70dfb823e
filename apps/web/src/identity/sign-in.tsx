import { useReplicaStatus } from "@polylogue/react"
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react"
import { useStored } from "../device/stored-value.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { useNow } from "../frame/now.ts"
import { readToken, signIn, signOut, TOKEN_KEY } from "./access.ts"
import { accessSentence, accessWarning, asksForSignIn } from "./access-words.ts"
import "../sync/banner.css"
import "./sign-in.css"

/** Whether this device has a token; renders again when it changes, in this tab or another. */
function useHasToken(): boolean {
  useStored(TOKEN_KEY)
  return readToken() !== ""
}

/** Says over the text that the relay asks for a sign-in, or soon will. */
export function AccessBanner({ onSignIn }: { readonly onSignIn: () => void }) {
  const status = useReplicaStatus()
  const warning = accessWarning(status, useHasToken(), useNow())
  if (warning === undefined) return null
  return (
    <div className="banner banner-warn" role="status" data-testid="access-banner">
      <span>{warning}</span>
      <button type="button" className="button" onClick={onSignIn}>
        {asksForSignIn(status) ? "Sign in" : "Use a new link"}
      </button>
    </div>
  )
}

/** Who one is at the relay, with the way in and out. */
export function AccessFields({ onSignIn }: { readonly onSignIn: () => void }) {
  const sentence = accessSentence(useReplicaStatus(), useHasToken())
  const hasToken = useHasToken()
  if (sentence === undefined) return null
  return (
    <section className="access" aria-label="Access">
      <p className="access-sentence">{sentence}</p>
      {hasToken && (
        <p className="quiet">Signing out sends nothing more from here. What is on this device stays on it, for whoever uses it.</p>
      )}
      <div className="access-actions">
        <button type="button" className="button" onClick={onSignIn}>
          {hasToken ? "Use another link" : "Sign in"}
        </button>
        {hasToken && (
          <button type="button" className="button" onClick={signOut}>
            Sign out
          </button>
        )}
      </div>
    </section>
  )
}

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
