import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import process from "node:process"
import { createInterface } from "node:readline"
import { endWithThis } from "./children.ts"
import { onCore, SERVER_CORE } from "./cores.ts"
import { POLYLOGUE } from "./server-process.ts"

/** Where a responder answers, and who answers for it. */
export interface ResponderProcessOptions {
  /** As a WebSocket address. */
  readonly relay: string
  /** Address of a provider that speaks as chat completions do. */
  readonly provider: string
}

/** `polylogue respond` in a process of its own, on the core of the servers, with the limits that it has by itself. */
export class ResponderProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves when it is connected. */
  static async start({ relay, provider }: ResponderProcessOptions): Promise<ResponderProcess> {
    const flags = ["--relay", relay, "--model-url", provider, "--model", "bench-1", "--model-api", "chat", "--name", "bench"]
    const [command, ...args] = onCore(SERVER_CORE, [process.execPath, POLYLOGUE, "respond", ...flags])
    const child = spawn(command!, args, { stdio: ["ignore", "pipe", "pipe"] })
    endWithThis(child)
    let said = ""
    child.stderr.on("data", (text: Buffer) => {
      if (said.length < 10_000) said += text.toString("utf8")
    })
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith("polylogue responding")) continue
      child.stdout.resume()
      return new ResponderProcess(child)
    }
    throw new Error(`the responder ended before it was ready:\n${said}`)
  }

  /** Ends it as its operator would. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, "exit")
    this.#child.kill("SIGTERM")
    await exited
  }
}
