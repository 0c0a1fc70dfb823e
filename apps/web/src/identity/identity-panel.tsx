import { useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { type Theme, THEMES, useTheme } from "../frame/theme.ts"
import { Avatar } from "./avatar.tsx"
import { changeIdentity, COLOUR_COUNT, type Identity, shownName } from "./identity.ts"
import { AccessFields } from "./sign-in.tsx"
import "./identity-panel.css"

const COLOUR_NAMES = ["Brick", "Amber", "Olive", "Leaf", "Lagoon", "Sky", "Iris", "Rose"] as const
const THEME_NAMES: Readonly<Record<Theme, string>> = { system: "Like the system", light: "Light", dark: "Dark" }

/** Name and colour: how one appears to the others. */
export function IdentityFields({ identity }: { readonly identity: Identity }) {
  const [name, setName] = useState(identity.name)
  return (
    <div className="identity-fields">
      <label className="identity-name">
        <span>Your name</span>
        <input
          className="field"
          dir="auto"
          autoComplete="off"
          maxLength={60}
          placeholder="Guest"
          value={name}
          onChange={(event) => {
            setName(event.target.value)
            changeIdentity({ name: event.target.value })
          }}
        />
      </label>
      <fieldset className="identity-colours">
        <legend>Your colour</legend>
        {Array.from({ length: COLOUR_COUNT }, (_, place) => {
          const colour = place + 1
          return (
            <label key={colour} className="identity-colour" title={COLOUR_NAMES[place]}>
              <input
                type="radio"
                name="colour"
                className="visually-hidden"
                aria-label={COLOUR_NAMES[place]}
                checked={identity.colour === colour}
                onChange={() => changeIdentity({ colour })}
              />
              <span className="identity-swatch" style={{ background: `var(--presence-${colour})` }}>
                {identity.colour === colour && <Icon name="check" size={14} />}
              </span>
            </label>
          )
        })}
      </fieldset>
    </div>
  )
}

/** Settings of this device: who one is, and the theme. */
export function IdentityPanel(props: { readonly identity: Identity; readonly onSignIn: () => void; readonly onClose: () => void }) {
  const { identity, onSignIn, onClose } = props
  const [theme, setTheme] = useTheme()
  return (
    <Dialog label="You on this device" onClose={onClose}>
      <header className="panel-head">
        <h2>You on this device</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="identity-panel">
        <IdentityFields identity={identity} />
        <p className="quiet">Kept on this device. It is a name to show, not an account.</p>
        <fieldset className="identity-theme">
          <legend>Theme</legend>
          {THEMES.map((one) => (
            <label key={one}>
              <input type="radio" name="theme" checked={theme === one} onChange={() => setTheme(one)} /> {THEME_NAMES[one]}
            </label>
          ))}
        </fieldset>
        <AccessFields onSignIn={onSignIn} />
        <button type="button" className="button button-primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  )
}

/** The foot of the list: who writes here; opens the settings. */
export function IdentityButton({ identity, onOpen }: { readonly identity: Identity; readonly onOpen: () => void }) {
  const name = shownName(identity)
  return (
    <button type="button" className="identity-button" aria-label={`You are ${name}. Change name, colour or theme`} onClick={onOpen}>
      <Avatar id={identity.id} name={name} colour={identity.colour} />
      <span className="identity-button-name" dir="auto">
        {name}
      </span>
      {identity.name === "" && <span className="quiet">Add your name</span>}
    </button>
  )
}
