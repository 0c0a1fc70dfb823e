import { Fragment } from "react"
import { keyNames } from "./keys.ts"

/** A shortcut as one reads it off the keyboard. */
export function KeyCaps({ keys }: { readonly keys: string }) {
  return (
    <span className="key-caps">
      {keyNames(keys).map((key, place) => (
        <Fragment key={key}>
          {place > 0 && " "}
          <kbd>{key}</kbd>
        </Fragment>
      ))}
    </span>
  )
}
