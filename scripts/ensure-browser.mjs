/**
 * Sees to it that tests have a Chromium: takes one that is there, else lets Playwright download its own, else, as root on Debian or
 * Ubuntu, installs the distribution's. Exits with 1 and says what to do when none of them works.
 */
import { spawnSync } from "node:child_process"
import process from "node:process"
import { findBrowser } from "./browser.mjs"

const attempts = [
  { title: "Playwright's Chromium", commands: [["npx", "playwright", "install", "chromium"]], possible: true },
  {
    title: "the distribution's Chromium",
    commands: [
      ["apt-get", "update", "-q"],
      ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"],
    ],
    possible: process.getuid?.() === 0 && process.platform === "linux",
  },
]
// The distribution's package is tried first where the package manager can be used: it brings the libraries that Chromium needs.
if (attempts[1].possible) attempts.reverse()

for (const attempt of attempts) {
  if (findBrowser() !== undefined) break
  if (!attempt.possible) continue
  console.log(`No Chromium found; installing ${attempt.title}.`)
  for (const [command, ...args] of attempt.commands) {
    const { status, error } = spawnSync(command, args, {
      stdio: "inherit",
      timeout: 300_000,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    })
    if (status !== 0) {
      console.log(`${command} ${args.join(" ")} failed${error === undefined ? "" : `: ${error.message}`}.`)
      break
    }
  }
}

const browser = findBrowser()
if (browser === undefined) {
  console.error(
    "Tests need Chromium. Install it (`npx playwright install chromium`, or your distribution's package), or set POLYLOGUE_CHROMIUM to its path.",
  )
  process.exit(1)
}
console.log(`Tests use ${browser}`)
