import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { type Browser, chromium, type Page } from "@playwright/test"
import { browserLaunchOptions } from "../../scripts/browser.mjs"

/** A Chromium with a profile that outlives it, started by hand so that it can be killed as a power cut would. */
export class BrowserProcess {
  readonly #profile: string
  #child: ChildProcess | undefined
  #browser: Browser | undefined

  private constructor(profile: string) {
    this.#profile = profile
  }

  /** A browser with an empty profile, not yet started. */
  static async create(): Promise<BrowserProcess> {
    return new BrowserProcess(await mkdtemp(join(tmpdir(), "polylogue-profile-")))
  }

  /** Starts the browser on its profile; its only page. */
  async start(): Promise<Page> {
    const { executablePath, args = [] } = browserLaunchOptions()
    const child = spawn(
      executablePath ?? chromium.executablePath(),
      [...args, "--headless=new", "--disable-gpu", "--remote-debugging-port=0", `--user-data-dir=${this.#profile}`, "about:blank"],
      // A group of its own: the browser is many processes, and all of them are to die at once.
      { stdio: ["ignore", "ignore", "pipe"], detached: true },
    )
    this.#child = child
    this.#browser = await chromium.connectOverCDP(await debuggerUrl(child))
    const [context] = this.#browser.contexts()
    const page = context?.pages()[0] ?? (await context?.newPage())
    if (page === undefined) throw new Error("the browser has no page")
    return page
  }

  /** Ends all its processes; no handler runs. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child?.pid === undefined) return
    const exited = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined
    process.kill(-child.pid, "SIGKILL")
    await exited
  }

  /** Ends it and removes the profile. */
  async dispose(): Promise<void> {
    await this.kill()
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function debuggerUrl(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stderr! })) {
    const url = /DevTools listening on (ws:\S+)/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error("the browser ended before it listened")
}
