import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const PROGRAM = fileURLToPath(new URL("../apps/polylogue/bin/polylogue.js", import.meta.url))

/** How a relay is started. */
export interface RelayProcessOptions {
  /** An empty folder; default: a new one. */
  readonly data?: string
  /** What of the program: default `serve`, with the web app and without a responder; `relay` is the relay alone. */
  readonly command?: "serve" | "relay"
  /** Further flags; `--responder on` among them lets a responder answer. */
  readonly flags?: readonly string[]
  /** A program, with its arguments, that becomes the relay. */
  readonly through?: readonly string[]
}

/** A relay in a process of its own, with a data folder that outlives the process. */
export class RelayProcess {
  readonly data: string
  readonly #command: "serve" | "relay"
  readonly #flags: readonly string[]
  readonly #through: readonly string[]
  #child: ChildProcess | undefined
  #port = 0

  private constructor(data: string, { command = "serve", flags = [], through = [] }: RelayProcessOptions) {
    this.data = data
    this.#command = command
    this.#flags = flags
    this.#through = through
  }

  /** A relay on a free port, with an empty data folder. */
  static async start(options: RelayProcessOptions = {}): Promise<RelayProcess> {
    const relay = new RelayProcess(options.data ?? (await mkdtemp(join(tmpdir(), "polylogue-e2e-"))), options)
    await relay.start()
    return relay
  }

  /** Starts the process; after the first time on the port that it had then, so that browsers find it again. */
  async start(): Promise<void> {
    // Of a flag that is given twice the last counts.
    const responder = this.#command === "serve" ? ["--responder", "off"] : []
    const own = [this.#command, "--port", String(this.#port), "--data", this.data, ...responder]
    const serve = [process.execPath, PROGRAM, ...own, ...this.#flags]
    const [program, ...args] = [...this.#through, ...serve]
    const child = spawn(program!, args, { stdio: ["ignore", "pipe", "pipe"] })
    this.#child = child
    let journal = ""
    child.stderr?.on("data", (text: Buffer) => (journal += text.toString("utf8")))
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = /^polylogue ready http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)
      if (ready === null) continue
      this.#port = Number(ready[1])
      return
    }
    throw new Error(`the relay ended before it was ready:\n${journal}`)
  }

  /** Of the running process. */
  get pid(): number {
    return this.#child!.pid!
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Ends the process as a power cut would: no handler runs. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL")
  }

  /** Stops the process where it is: its sockets stay open, and nobody answers. */
  freeze(): void {
    this.#child!.kill("SIGSTOP")
  }

  /** Lets a stopped process go on. */
  thaw(): void {
    this.#child!.kill("SIGCONT")
  }

  /** Loses the disk of a relay that does not run. */
  async wipe(): Promise<void> {
    await rm(this.data, { recursive: true, force: true })
  }

  /** Ends the process if it runs, and removes the data folder. */
  async dispose(): Promise<void> {
    await this.#end("SIGKILL")
    await rm(this.data, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, "exit")
    child.kill(signal)
    await exited
  }
}
