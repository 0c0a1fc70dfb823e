import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { endWithThis } from "./children.ts"
import { onCore, SERVER_CORE } from "./cores.ts"

const EXTENSION = "@hocuspocus/extension-redis"

/** Why hocuspocus cannot be measured over Redis here; `undefined` when it can. */
export function redisMissing(): string | undefined {
  if (spawnSync("redis-server", ["--version"]).error !== undefined) return "redis-server is not installed"
  try {
    createRequire(import.meta.url).resolve(EXTENSION)
    return undefined
  } catch {
    return `${EXTENSION} is not installed`
  }
}

/** A Redis that keeps nothing on disk, as a bus between servers; it listens on a socket in a folder, and at no port. */
export class RedisProcess {
  readonly path: string
  readonly #child: ChildProcess

  private constructor(path: string, child: ChildProcess) {
    this.path = path
    this.#child = child
  }

  /** Resolves when it takes connections. */
  static async start(folder: string): Promise<RedisProcess> {
    const path = join(folder, "redis.sock")
    const [command, ...args] = onCore(SERVER_CORE, [
      "redis-server",
      "--port",
      "0",
      "--unixsocket",
      path,
      "--save",
      "",
      "--appendonly",
      "no",
    ])
    const child = spawn(command!, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] })
    endWithThis(child)
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.includes("ready to accept connections")) continue
      child.stdout.resume()
      return new RedisProcess(path, child)
    }
    throw new Error("redis-server ended before it was ready")
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, "exit")
    this.#child.kill("SIGKILL")
    await exited
  }
}
