import { Fragment } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { MOD_NAME } from "./shortcuts.ts"
import "./shortcuts-sheet.css"

const SHORTCUTS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [[MOD_NAME, "K"], "Find conversations and actions"],
  [["N"], "New conversation"],
  [["/"], "Find in the list"],
  [["J"], "Next conversation in the list"],
  [["K"], "Conversation before it"],
  [["F2"], "Rename the conversation in the list"],
  [["Del"], "Delete the conversation in the list"],
  [["C"], "Write: go to the composer"],
  [["Enter"], "Send"],
  [["Shift", "Enter"], "New line"],
  [["↑"], "In an empty composer: write your last message anew"],
  [["S"], "Sync details"],
  [["Esc"], "Close what is open, leave an empty composer"],
  [["?"], "This sheet"],
]

/** All keys in one place. */
export function ShortcutsSheet({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog label="Keyboard shortcuts" onClose={onClose}>
      <header className="panel-head">
        <h2>Keyboard shortcuts</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <dl className="shortcuts">
        {SHORTCUTS.map(([keys, what]) => (
          <Fragment key={what}>
            <dt>
              {keys.map((key, place) => (
                <Fragment key={key}>
                  {place > 0 && " "}
                  <kbd>{key}</kbd>
                </Fragment>
              ))}
            </dt>
            <dd>{what}</dd>
          </Fragment>
        ))}
      </dl>
    </Dialog>
  )
}
