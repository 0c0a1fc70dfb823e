import { useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { changeIdentity, COLOUR_COUNT, type Identity } from "./identity.ts"
import "./identity-fields.css"

const COLOUR_NAMES = ["Brick", "Amber", "Olive", "Leaf", "Lagoon", "Sky", "Iris", "Rose"] as const

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
