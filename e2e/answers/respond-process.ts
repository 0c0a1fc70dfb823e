import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import process from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const PROGRAM = fileURLToPath(new URL("../../apps/polylogue/bin/polylogue.js", import.meta.url))

/** How a responder is started. */
export interface RespondProcessOptions {
  /** `ws://` address of the relay. */
  readonly relay: string
  /** Further flags. */
  readonly flags: readonly string[]
}

/** A responder in a process of its own. */
export class RespondProcess {
  readonly #child: ChildProcess
  #journal = ""

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stderr?.on("data", (text: Buffer) => (this.#journal += text.toString("utf8")))
  }

  /** Starts one and waits until it says that it responds. */
  static async start({ relay, flags }: RespondProcessOptions): Promise<RespondProcess> {
    const child = spawn(process.execPath, [PROGRAM, "respond", "--relay", relay, ...flags], { stdio: ["ignore", "pipe", "pipe"] })
    const responder = new RespondProcess(child)
    for await (const line of createInterface({ input: child.stdout })) if (line.startsWith("polylogue responding")) return responder
    throw new Error(`the responder ended before it was ready:\n${responder.#journal}`)
  }

  /** What it wrote into its journal so far. */
  get journal(): string {
    return this.#journal
  }

  /** Ends the process as a power cut would: no handler runs. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL")
  }

  /** Ends it as an operator does. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM")
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, "exit")
    this.#child.kill(signal)
    await exited
  }
}
