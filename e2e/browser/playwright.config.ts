import process from "node:process"
import { defineConfig } from "@playwright/test"
import { browserLaunchOptions } from "../../scripts/browser.mjs"

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "output",
  // One test at a time: they watch what is safe when, on two cores, with processes and browsers of their own.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 180_000,
  // A relay that is killed again and again is dialled with growing waits, up to 30 s: patience, not a measure of speed.
  expect: { timeout: 45_000 },
  reporter: process.env["PLAYWRIGHT_JSON_OUTPUT_NAME"] === undefined ? "list" : [["list"], ["json"]],
  use: { launchOptions: browserLaunchOptions(), trace: "retain-on-failure", viewport: { width: 1280, height: 800 } },
})
