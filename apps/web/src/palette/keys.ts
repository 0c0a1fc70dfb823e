/** What the modifier of this device is called: Command on Apple's, Control elsewhere. */
export const MOD_NAME = /mac|iphone|ipad/i.test(navigator.userAgent) ? "⌘" : "Ctrl"

/** What keys are called on screen, where that is not their name. */
const KEY_NAMES: Readonly<Record<string, string>> = {
  Mod: MOD_NAME,
  Escape: "Esc",
  Delete: "Del",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
}

/** The names of the keys that make up a shortcut such as `Mod+Shift+f`, in the order in which they are pressed. */
export function keyNames(keys: string): readonly string[] {
  return keys.split("+").map((key) => KEY_NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key))
}

/**
 * The shortcut that an event is, as commands name it: `n`, `?`, `Mod+k`, `Mod+Shift+f`. `undefined` where keys belong to somebody else: to a text that is
 * being composed, and, without the modifier, to fields, open menus and dialogs.
 */
export function shortcutOf(event: KeyboardEvent): string | undefined {
  if (event.isComposing || event.altKey || event.defaultPrevented) return undefined
  if (event.metaKey || event.ctrlKey) return `Mod+${event.shiftKey ? "Shift+" : ""}${event.key.toLowerCase()}`
  const target = event.target as Element | null
  // What has the focus to be pressed is pressed by it.
  if (event.key === "Enter" && target?.closest?.("a, button, summary") != null) return undefined
  if (target?.closest?.("input, textarea, select, [role='menu'], [contenteditable]") != null) return undefined
  // A dialog keeps the page from being used, also when the focus in it got lost.
  if (document.querySelector("dialog[open]") !== null) return undefined
  return event.key
}
