import { useReplicaStatus } from "@polylogue/react"
import { signOut } from "./access.ts"
import { accessSentence } from "./access-words.ts"
import { useHasToken } from "./use-has-token.ts"
import "./access-fields.css"

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
