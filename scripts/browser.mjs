/**
 * Which Chromium tests use, in this order: POLYLOGUE_CHROMIUM, the one that Playwright installed, the system's.
 * `scripts/ensure-browser.mjs` sees to it that there is one.
 */
import { existsSync } from "node:fs"
import process from "node:process"
import { chromium } from "playwright"

const SYSTEM_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]

/** Path of an installed Chromium, or `undefined`. */
export function findBrowser() {
  const candidates = [process.env["POLYLOGUE_CHROMIUM"], chromium.executablePath(), ...SYSTEM_PATHS]
  return candidates.find((path) => path !== undefined && path !== "" && existsSync(path))
}

/** Launch options for Playwright: the browser found, quiet on the network, and without its sandbox when run as root, which Chromium demands. */
export function browserLaunchOptions() {
  const executablePath = findBrowser()
  const args = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
  if (process.getuid?.() === 0) args.push("--no-sandbox")
  return executablePath === undefined ? { args } : { executablePath, args }
}
