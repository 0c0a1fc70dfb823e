import { playwright } from "@vitest/browser-playwright"
import { defineConfig } from "vitest/config"
import { browserLaunchOptions } from "./scripts/browser.mjs"

/** Tests run from source: the condition is the one that tsconfig.base.json names. */
const conditions = ["polylogue:source"]
const resolve = { conditions: [...conditions, "module", "browser", "development|production"] }
const ssr = { resolve: { conditions: [...conditions, "node", "development|production"], externalConditions: conditions } }
const exclude = ["**/node_modules/**", "**/dist/**"]

/** What is waited for is waited for as long as a busy machine takes; the default of one second measured the machine. */
const PATIENT = { poll: { timeout: 15_000 } }

export default defineConfig({
  test: {
    // Every core: the default leaves one idle, which on two is half of them.
    maxWorkers: "100%",
    coverage: { provider: "v8", include: ["packages/*/src/**"], exclude: ["**/*.d.ts"] },
    projects: [
      {
        resolve: { conditions: ["polylogue:source", "node", "module", "development|production"] },
        ssr,
        test: {
          name: "node",
          include: [
            "packages/*/test/**/*.test.ts",
            "apps/*/test/**/*.test.ts",
            "e2e/simulation/**/*.test.ts",
            "e2e/crash/**/*.test.ts",
            "e2e/faults/**/*.test.ts",
            "e2e/links/**/*.test.ts",
            "e2e/answers/**/*.test.ts",
            "e2e/readme/**/*.test.ts",
            "scripts/**/*.test.ts",
          ],
          exclude: [...exclude, "**/*.browser.test.ts"],
          testTimeout: 60_000,
          expect: PATIENT,
        },
      },
      {
        resolve,
        // Found while a test runs, they would make the page load anew under it.
        optimizeDeps: {
          include: [
            "@codemirror/autocomplete",
            "@codemirror/commands",
            "@codemirror/state",
            "@codemirror/view",
            "axe-core",
            "highlight.js/lib/languages/python",
            "highlight.js/lib/languages/typescript",
            "katex",
            "lowlight",
            "minisearch",
            "parse5",
            "react",
            "react-dom/client",
            "react/jsx-dev-runtime",
            "react-markdown",
            "rehype-sanitize",
            "remark-gfm",
            "tokenx",
            "unpdf",
            "unpdf/pdfjs",
            "virtua",
            "y-codemirror.next",
            "yjs",
          ],
        },
        test: {
          name: "browser",
          include: ["packages/*/test/**/*.browser.test.{ts,tsx}", "apps/*/test/**/*.browser.test.{ts,tsx}"],
          exclude,
          testTimeout: 30_000,
          expect: PATIENT,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: browserLaunchOptions() }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
})
