import { readFileSync } from "node:fs"
import { expect, test } from "vitest"

const css = readFileSync(new URL("../src/style/tokens.css", import.meta.url), "utf8")
const [plain = "", highContrast = ""] = css.split(':root[data-contrast="more"]')
const SURFACES = ["surface", "surface-raised", "surface-sunken", "surface-hover", "surface-chosen"]
const CODE = ["code-keyword", "code-name", "code-string", "code-number", "code-comment"]
const TEXTS = ["text", "text-quiet", "accent", "ok", "warn", "danger"]

test("[WB11] every text has 4.5:1 or more on every surface it stands on, in light and dark", () => {
  for (const theme of [0, 1] as const) {
    const tokens = tokensOf(plain, theme)
    for (const text of TEXTS) {
      for (const surface of SURFACES) expect(contrast(tokens, text, surface), `${text} on ${surface}, ${theme}`).toBeGreaterThanOrEqual(4.5)
    }
    expect(contrast(tokens, "text", "warn-surface")).toBeGreaterThanOrEqual(4.5)
    expect(contrast(tokens, "warn", "warn-surface")).toBeGreaterThanOrEqual(4.5)
    expect(contrast(tokens, "danger", "danger-surface")).toBeGreaterThanOrEqual(4.5)
    expect(contrast(tokens, "on-accent", "accent")).toBeGreaterThanOrEqual(4.5)
    for (let colour = 1; colour <= 8; colour++) {
      expect(contrast(tokens, "on-presence", `presence-${colour}`), `presence ${colour}, ${theme}`).toBeGreaterThanOrEqual(4.5)
      expect(contrast(tokens, `presence-${colour}`, "surface"), `presence ${colour}, ${theme}`).toBeGreaterThanOrEqual(4.5)
    }
  }
})

test("[WB11] high contrast has 7:1 for every text", () => {
  for (const theme of [0, 1] as const) {
    const tokens = new Map([...tokensOf(plain, theme), ...tokensOf(highContrast, theme)])
    for (const text of TEXTS) {
      for (const surface of SURFACES.slice(0, 3)) expect(contrast(tokens, text, surface), `${text} on ${surface}`).toBeGreaterThanOrEqual(7)
    }
  }
})

test("[WB53] the colours of code have 4.5:1 where code stands, also in lines that a diff marks, and 7:1 in high contrast", () => {
  for (const theme of [0, 1] as const) {
    const tokens = tokensOf(plain, theme)
    for (const colour of CODE) expect(contrast(tokens, colour, "surface-sunken"), `${colour}, ${theme}`).toBeGreaterThanOrEqual(4.5)
    for (const mark of ["code-addition", "code-deletion"]) expect(contrast(tokens, "text", mark), mark).toBeGreaterThanOrEqual(4.5)
    const high = new Map([...tokens, ...tokensOf(highContrast, theme)])
    for (const colour of CODE) expect(contrast(high, colour, "surface-sunken"), `${colour}, ${theme}`).toBeGreaterThanOrEqual(7)
    for (const mark of ["code-addition", "code-deletion"]) expect(contrast(high, "text", mark), mark).toBeGreaterThanOrEqual(7)
  }
})

function tokensOf(text: string, theme: 0 | 1): Map<string, number> {
  const tokens = new Map<string, number>()
  for (const [, name = "", light = "", dark = ""] of text.matchAll(
    /--([\w-]+): light-dark\((#\w+|oklch\([^)]*\)), (#\w+|oklch\([^)]*\))\);/g,
  )) {
    tokens.set(name, luminance(theme === 0 ? light : dark))
  }
  return tokens
}

function contrast(tokens: ReadonlyMap<string, number>, first: string, second: string): number {
  const [one, two] = [tokens.get(first), tokens.get(second)]
  if (one === undefined || two === undefined) throw new Error(`no token ${first} or ${second}`)
  return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05)
}

/** Relative luminance as WCAG 2 defines it; OKLCH to linear sRGB after Björn Ottosson. */
function luminance(colour: string): number {
  if (colour.startsWith("#")) return colour === "#fff" ? 1 : 0
  const [lightness = 0, chroma = 0, hue = 0] = (/oklch\(([^)]*)\)/.exec(colour)?.[1] ?? "").split(/[\s/]+/).map(Number)
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const clamp = (value: number): number => Math.min(1, Math.max(0, value))
  const red = clamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)
  const green = clamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)
  const blue = clamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
