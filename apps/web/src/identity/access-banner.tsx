import { useReplicaStatus } from "@polylogue/react"
import { useNow } from "../frame/now.ts"
import { accessWarning, asksForSignIn } from "./access-words.ts"
import { useHasToken } from "./use-has-token.ts"
import "../sync/banner.css"

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
