import { useEffect } from "react"
import { useStored, writeStored } from "../device/stored-value.ts"

const KEY = "polylogue.theme"

/** `system` follows the device. */
export type Theme = "system" | "light" | "dark"

export const THEMES: readonly Theme[] = ["system", "light", "dark"]

/** The chosen theme, and what sets it; kept on this device. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const stored = useStored(KEY)
  const theme = THEMES.find((known) => known === stored) ?? "system"
  return [theme, (next) => writeStored(KEY, next === "system" ? null : next)]
}

/** Puts the chosen theme on the page. */
export function useAppliedTheme(): void {
  const [theme] = useTheme()
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset["theme"]
    else document.documentElement.dataset["theme"] = theme
  }, [theme])
}
