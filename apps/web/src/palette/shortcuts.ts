import { useEffect, useRef } from "react"

/** What the modifier of this device is called: Command on Apple's, Control elsewhere. */
export const MOD_NAME = /mac|iphone|ipad/i.test(navigator.userAgent) ? "⌘" : "Ctrl"

/** What a key does: its name as in `KeyboardEvent.key`, with `Mod+` before it where the modifier is held. */
export type Shortcuts = Readonly<Record<string, () => void>>

/**
 * Listens for keys on the whole page. Without the modifier they mean nothing while somebody writes or a dialog is open; Escape leaves an empty
 * field, so that they mean something again.
 */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts)
  useEffect(() => {
    latest.current = shortcuts
  }, [shortcuts])
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { target } = event
      if (event.key === "Escape" && !event.isComposing && !event.defaultPrevented && isEmptyArea(target)) target.blur()
      const key = shortcutOf(event)
      const action = key === undefined ? undefined : latest.current[key]
      if (action === undefined) return
      event.preventDefault()
      action()
    }
    window.addEventListener("keydown", onKeyDown)
    return () => window.removeEventListener("keydown", onKeyDown)
  }, [])
}

function isEmptyArea(target: EventTarget | null): target is HTMLTextAreaElement {
  return target instanceof HTMLTextAreaElement && target.value === "" && target.closest("dialog") === null
}

function shortcutOf(event: KeyboardEvent): string | undefined {
  if (event.isComposing || event.altKey || event.defaultPrevented) return undefined
  if (event.metaKey || event.ctrlKey) return `Mod+${event.key.toLowerCase()}`
  const target = event.target as Element | null
  if (target?.closest?.("input, textarea, select, dialog, [contenteditable]") != null) return undefined
  return event.key
}
