import { Icon } from "../frame/icon.tsx"
import { Avatar } from "./avatar.tsx"
import { type Identity, shownName } from "./identity.ts"
import "./identity-button.css"

/** The foot of the list: who writes here; opens the settings. */
export function IdentityButton({ identity, onOpen }: { readonly identity: Identity; readonly onOpen: () => void }) {
  const name = shownName(identity)
  return (
    <button type="button" className="identity-button" onClick={onOpen}>
      <Avatar id={identity.id} name={name} colour={identity.colour} />
      <span className="visually-hidden">Settings. You are</span>
      <span className="identity-button-name" dir="auto">
        {name}
      </span>
      {identity.name === "" && <span className="quiet">Add your name</span>}
      <Icon name="settings" />
    </button>
  )
}
