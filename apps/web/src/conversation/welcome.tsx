import { type ReactNode, useState } from "react"
import { Icon } from "../frame/icon.tsx"
import type { Identity } from "../identity/identity.ts"
import { IdentityFields } from "../identity/identity-panel.tsx"
import { SafetyMark } from "../sync/safety-mark.tsx"
import "./welcome.css"

interface WelcomeProps {
  readonly identity: Identity
  /** Nothing was ever written here. */
  readonly empty: boolean
  readonly status: ReactNode
  readonly onCreate: () => void
  readonly onImport: () => void
}

/** The text plane while no conversation is chosen; at the first start it asks for a name, which nobody has to give. */
export function Welcome({ identity, empty, status, onCreate, onImport }: WelcomeProps) {
  // Asked as long as this stands: it must not go while somebody types the first letters.
  const [nameless] = useState(identity.name === "")
  return (
    <>
      {status !== undefined && <header className="text-head text-head-end">{status}</header>}
      <div className="welcome">
        <div className="welcome-body">
          <h2>{empty ? "A conversation that never loses a word" : "Choose a conversation"}</h2>
          {empty && (
            <>
              <p>
                What you write is on this device first, works without a network, and goes to every other device as soon as a relay is in
                reach. Each message shows where it is:
              </p>
              <ul className="welcome-marks">
                <li>
                  <SafetyMark safety="local" /> on this device
                </li>
                <li>
                  <SafetyMark safety="stored" /> stored on a relay
                </li>
              </ul>
            </>
          )}
          {nameless && <IdentityFields identity={identity} />}
          <div className="welcome-actions">
            <button type="button" className="button button-primary" onClick={onCreate}>
              <Icon name="plus" /> Start a conversation
            </button>
            <button type="button" className="button" onClick={onImport}>
              <Icon name="import" /> Import conversations
            </button>
          </div>
          <p className="quiet welcome-hint">
            Or drop exported files anywhere in the window. <kbd>?</kbd> shows all keys.
          </p>
        </div>
      </div>
    </>
  )
}
