import { useContext, useEffect } from "react"
import { CommandContext } from "./commands.ts"
import { shortcutOf } from "./keys.ts"

/** Listens for the keys of all commands, on the whole page. Escape leaves an empty field, so that plain keys mean something again. */
export function useShortcuts(): void {
  const registry = useContext(CommandContext)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { target } = event
      if (event.key === "Escape" && !event.isComposing && !event.defaultPrevented && isEmptyArea(target)) target.blur()
      const keys = shortcutOf(event)
      const command = keys === undefined ? undefined : registry.find(keys)
      if (command === undefined) return
      event.preventDefault()
      command.run()
    }
    window.addEventListener("keydown", onKeyDown)
    return () => window.removeEventListener("keydown", onKeyDown)
  }, [registry])
}

function isEmptyArea(target: EventTarget | null): target is HTMLTextAreaElement {
  return target instanceof HTMLTextAreaElement && target.value === "" && target.closest("dialog") === null
}
