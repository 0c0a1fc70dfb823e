import { useEffect } from "react"
import { useMedia } from "../frame/use-media.ts"
import { type Preference, readPreference, usePreference } from "./preference.ts"

/** `system` follows the device. */
export type Theme = "system" | "light" | "dark"
export const THEME: Preference<Theme> = { key: "polylogue.theme", values: ["system", "light", "dark"] }

/** `system` follows the device; `more` holds whatever that says. */
export type Contrast = "system" | "more"
export const CONTRAST: Preference<Contrast> = { key: "polylogue.contrast", values: ["system", "more"] }

export type TextSize = "normal" | "small" | "large" | "larger"
export const TEXT_SIZE: Preference<TextSize> = { key: "polylogue.text-size", values: ["normal", "small", "large", "larger"] }

/** Which way the page reads; `auto` takes the way of the browser's language. Texts of people have each their own. */
export type Direction = "auto" | "ltr" | "rtl"
export const DIRECTION: Preference<Direction> = { key: "polylogue.direction", values: ["auto", "ltr", "rtl"] }

/** Puts what was chosen on the page, and the colour of its surface into the browser's own frame. Called before the first paint. */
export function applyAppearance(): void {
  const page = document.documentElement
  const theme = readPreference(THEME)
  const textSize = readPreference(TEXT_SIZE)
  const high = readPreference(CONTRAST) === "more" || window.matchMedia("(prefers-contrast: more)").matches
  setData(page, "theme", theme === "system" ? undefined : theme)
  setData(page, "contrast", high ? "more" : undefined)
  setData(page, "textSize", textSize === "normal" ? undefined : textSize)
  page.dir = directionOf(readPreference(DIRECTION), navigator.language)
  paintBrowser(theme === "dark" || (theme === "system" && window.matchMedia("(prefers-color-scheme: dark)").matches), high)
}

/** Keeps the page to what was chosen, in this tab or another one, and to the device where that was chosen. */
export function useAppliedAppearance(): void {
  const chosen = [usePreference(THEME), usePreference(CONTRAST), usePreference(TEXT_SIZE), usePreference(DIRECTION)].map(([value]) => value)
  const device = [useMedia("(prefers-color-scheme: dark)"), useMedia("(prefers-contrast: more)")]
  const all = [...chosen, ...device].join(" ")
  useEffect(applyAppearance, [all])
}

const RIGHT_TO_LEFT = new Set(["ar", "arc", "ckb", "dv", "fa", "he", "ks", "ku", "ps", "sd", "syr", "ug", "ur", "yi"])

/** The way a page reads for somebody whose browser speaks `language`. */
export function directionOf(direction: Direction, language: string): "ltr" | "rtl" {
  if (direction !== "auto") return direction
  return RIGHT_TO_LEFT.has(language.split("-")[0]?.toLowerCase() ?? "") ? "rtl" : "ltr"
}

function setData(page: HTMLElement, name: string, value: string | undefined): void {
  if (value === undefined) delete page.dataset[name]
  else page.dataset[name] = value
}

/** The page names a colour for each theme of the device; one that was chosen here holds for both. */
function paintBrowser(dark: boolean, high: boolean): void {
  const colour = high ? (dark ? "#000000" : "#ffffff") : dark ? "#17181b" : "#f9f8f6"
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) meta.content = colour
}
