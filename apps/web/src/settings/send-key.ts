import type { Preference } from "./preference.ts"

/** What Enter does in the composer with a keyboard; on a touch screen it always begins a line. With the modifier it sends in any case. */
export type EnterKey = "sends" | "new-line"
export const ENTER_KEY: Preference<EnterKey> = { key: "polylogue.enter-key", values: ["sends", "new-line"] }

interface PressedEnter {
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
}

/** Whether an Enter that was pressed in the composer sends. */
export function enterSends({ shiftKey, ctrlKey, metaKey }: PressedEnter, enter: EnterKey, touch: boolean): boolean {
  if (ctrlKey || metaKey) return true
  return !shiftKey && !touch && enter === "sends"
}

/** Whether an Enter that sends asks nobody for an answer. */
export function sendsUnasked({ shiftKey, ctrlKey, metaKey }: PressedEnter): boolean {
  return shiftKey && (ctrlKey || metaKey)
}
