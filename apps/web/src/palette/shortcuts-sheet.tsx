import { Fragment, useContext, useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { COMMAND_GROUPS, CommandContext } from "./commands.ts"
import { FIXED_KEYS } from "./fixed-keys.ts"
import { KeyCaps } from "./key-caps.tsx"
import "./shortcuts-sheet.css"

/** All keys that work on this page now, made from the table that runs them. */
export function ShortcutsSheet({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog label="Keyboard shortcuts" onClose={onClose}>
      <header className="panel-head">
        <h2>Keyboard shortcuts</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {/* reason: nothing in it can be focused, and it scrolls by keys. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="shortcuts-scroller" role="region" aria-label="All keys" tabIndex={0}>
        <ShortcutsTable />
      </div>
    </Dialog>
  )
}

/** The keys of the commands that are on the page, and those that mean something in one place only. */
export function ShortcutsTable() {
  const registry = useContext(CommandContext)
  // As they were when this opened: what lies over the page changes nothing of them. Of several with the same keys one is run.
  const [commands] = useState(() => registry.all().filter(({ id, keys }) => keys === undefined || registry.find(keys)?.id === id))
  const groups = COMMAND_GROUPS.map(
    (group) =>
      [group, commands.flatMap(({ group: own, keys, name }) => (own === group && keys !== undefined ? [{ keys, name }] : []))] as const,
  )
  return (
    <div className="shortcuts">
      {[...groups, ...FIXED_KEYS].map(
        ([group, keys]) =>
          keys.length > 0 && (
            <section key={group} className="shortcuts-group">
              <h3>{group}</h3>
              <dl>
                {keys.map(({ keys: pressed, name }) => (
                  <Fragment key={pressed}>
                    <dt>
                      <KeyCaps keys={pressed} />
                    </dt>
                    <dd>{name}</dd>
                  </Fragment>
                ))}
              </dl>
            </section>
          ),
      )}
    </div>
  )
}
