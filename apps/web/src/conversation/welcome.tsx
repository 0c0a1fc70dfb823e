import type { WorkspaceState } from "@polylogue/react"
import { type ReactNode, useState } from "react"
import { Icon } from "../frame/icon.tsx"
import type { Identity } from "../identity/identity.ts"
import { IdentityFields } from "../identity/identity-fields.tsx"
import { KeyCaps } from "../palette/key-caps.tsx"
import { SafetyMark } from "../sync/safety-mark.tsx"
import { FirstMessage } from "./first-message.tsx"
import "./welcome.css"

interface WelcomeProps {
  readonly identity: Identity
  readonly workspace: WorkspaceState
  /** Nothing was ever written here. */
  readonly empty: boolean
  readonly status: ReactNode
  readonly mayBegin: () => boolean
  readonly onImport: () => void
}

/** The text plane while no conversation is chosen: one can just write. The rest can be passed over. */
export function Welcome({ identity, workspace, empty, status, mayBegin, onImport }: WelcomeProps) {
  // Asked as long as this stands: it must not go while somebody types the first letters.
  const [nameless] = useState(identity.name === "")
  return (
    <>
      {status !== undefined && <header className="text-head text-head-end">{status}</header>}
      <div className="welcome">
        <div className="welcome-body">
          <h2>{empty ? "A conversation that never loses a word" : "Begin a conversation"}</h2>
          {workspace.state === "open" && <FirstMessage workspace={workspace} mayBegin={mayBegin} />}
          {empty && (
            <p className="welcome-safety">
              Each message shows where it is:
              <span>
                <SafetyMark safety="local" /> on this device
              </span>
              <span>
                <SafetyMark safety="stored" /> stored on a relay
              </span>
            </p>
          )}
          <p className="welcome-actions">
            <button type="button" className="button" onClick={onImport}>
              <Icon name="import" /> Import conversations
            </button>
            <span className="quiet welcome-hint">
              or drop files anywhere. <KeyCaps keys="Mod+k" /> finds everything.
            </span>
          </p>
          {nameless && (
            <details className="welcome-name">
              <summary>Say who you are, if you like</summary>
              <IdentityFields identity={identity} />
            </details>
          )}
        </div>
      </div>
    </>
  )
}
