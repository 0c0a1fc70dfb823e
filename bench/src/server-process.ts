import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readdir, readFile } from "node:fs/promises"
import process from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { endWithThis } from "./children.ts"
import { onCore, SERVER_CORE } from "./cores.ts"
import { Inspector } from "./inspector.ts"
import type { ServerName } from "./workload.ts"

/** Our program. */
export const POLYLOGUE = fileURLToPath(new URL("../../apps/polylogue/bin/polylogue.js", import.meta.url))
/** How to start each, with its folder and flags of the run. */
const PROGRAMS: Record<ServerName, (data: string) => string[]> = {
  polylogue: (data) => [POLYLOGUE, "relay", "--port", "0", "--data", data],
  hocuspocus: (data) => [program("hocuspocus"), data],
  "y-websocket": (data) => [program("y-websocket"), data],
  "bare ws": () => [program("broadcaster")],
}

function program(name: string): string {
  return fileURLToPath(new URL(`servers/${name}.js`, import.meta.url))
}

/** How a server is started. */
export interface StartOptions {
  /** Its memory can be asked for after a garbage collection. */
  readonly inspected?: boolean
  /** Further arguments of its program. */
  readonly flags?: readonly string[]
}

/** Milliseconds between two looks at whether a server rests, and of how many of them in a row it must. */
const LOOK_MS = 100
const RESTING_LOOKS = 5

interface Running {
  readonly child: ChildProcess
  readonly url: string
  readonly inspector: Inspector | undefined
  readonly flags: readonly string[]
}

/** One server in a process of its own, on a core of its own. Its figures are read from outside. */
export class ServerProcess {
  readonly #name: ServerName
  readonly #data: string
  readonly #flags: readonly string[]
  readonly #child: ChildProcess
  readonly #inspector: Inspector | undefined
  /** Where it listens, as a WebSocket address without a path. */
  readonly url: string

  private constructor(name: ServerName, data: string, { child, url, inspector, flags }: Running) {
    this.#name = name
    this.#data = data
    this.#flags = flags
    this.#child = child
    this.#inspector = inspector
    this.url = url
  }

  /** Resolves when it listens. */
  static async start(name: ServerName, data: string, { inspected = false, flags = [] }: StartOptions = {}): Promise<ServerProcess> {
    const profile = process.env["BENCH_PROFILE"]
    const profiling = profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", profile]
    const [command, ...args] = onCore(SERVER_CORE, [
      process.execPath,
      ...profiling,
      ...(inspected ? ["--inspect=127.0.0.1:0"] : []),
      ...PROGRAMS[name](data),
      ...flags,
    ])
    const child = spawn(command!, args, { stdio: ["ignore", "pipe", "pipe"] })
    endWithThis(child)
    let said = ""
    child.stderr.on("data", (text: Buffer) => {
      if (said.length < 10_000) said += text.toString("utf8")
    })
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = /ready http:(\/\/127\.0\.0\.1:\d+)/.exec(line)
      if (ready === null) continue
      child.stdout.resume()
      const address = /listening on (ws:\S+)/.exec(said)?.[1]
      const inspector = inspected ? await Inspector.connect(address!) : undefined
      return new ServerProcess(name, data, { child, url: `ws:${ready[1]}`, inspector, flags })
    }
    throw new Error(`${name} ended before it was ready:\n${said}`)
  }

  /** Milliseconds of processor time of all its threads that live. */
  async cpuMs(): Promise<number> {
    const folder = `/proc/${this.#child.pid}/task`
    let nanoseconds = 0
    for (const thread of await readdir(folder)) {
      const text = await readFile(`${folder}/${thread}/schedstat`, "utf8").catch(() => "0")
      nanoseconds += Number(text.split(" ", 1)[0])
    }
    return nanoseconds / 1e6
  }

  /** Bytes of its memory that are in RAM. */
  async residentBytes(): Promise<number> {
    const text = await readFile(`/proc/${this.#child.pid}/status`, "utf8")
    return Number(/VmRSS:\s+(\d+) kB/.exec(text)![1]) * 1024
  }

  /** Bytes that its main thread holds after a garbage collection, buffers outside the heap included; for a server that was started inspected. */
  async heldBytes(): Promise<number> {
    return await this.#inspector!.heldBytes()
  }

  /** Resolves when it has had next to nothing to do for half a second: what it does behind its answers is over. */
  async rest(): Promise<void> {
    let resting = 0
    for (let before = await this.cpuMs(); resting < RESTING_LOOKS;) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      const now = await this.cpuMs()
      resting = now - before < LOOK_MS * 0.05 ? resting + 1 : 0
      before = now
    }
  }

  /** Ends it as its operator would. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM")
  }

  /** Ends it as a power cut would, as far as a process can tell. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL")
  }

  /** A new process over the same data, after this one has ended. */
  async restart(options?: StartOptions): Promise<ServerProcess> {
    return await ServerProcess.start(this.#name, this.#data, { flags: this.#flags, ...options })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#inspector?.close()
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, "exit")
    this.#child.kill(signal)
    await exited
  }
}
