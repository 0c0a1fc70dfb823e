import { afterAll } from "vitest"
import { folder, polylogue, type Running, start } from "./program.ts"

/** A running relay of the built program, and what its journal says. */
export interface LinkedProgram {
  readonly data: string
  /** Over HTTP. */
  readonly url: string
  readonly running: Running
}

const started: Running[] = []
afterAll(async () => {
  for (const one of started) one.kill("SIGKILL")
  await Promise.all(started.splice(0).map((one) => one.ended))
})

/** Starts a relay; killed after the last test of the file. */
export async function relay(args: readonly string[] = [], data = folder()): Promise<LinkedProgram> {
  const running = start([
    "relay",
    "--port",
    "0",
    "--data",
    data,
    "--limits",
    JSON.stringify({ linkMinBackoffMs: 50, linkMaxBackoffMs: 400 }),
    ...args,
  ])
  started.push(running)
  const url = (await running.firstLine).slice("polylogue ready ".length)
  return { data, url, running }
}

/** The address at which a relay is dialled. */
export function addressOf({ url }: LinkedProgram): string {
  return url.replace("http", "ws")
}

/** A token that makes its bearer a relay at this one. */
export async function relayToken({ data }: LinkedProgram, name: string): Promise<string> {
  return (await polylogue("token", "--data", data, "--relay", "--name", name)).stdout.trim()
}

/** Stops a relay. @returns the events of its journal; `event` is waited for first. */
export async function journalOf({ running }: LinkedProgram, event?: string): Promise<readonly Record<string, unknown>[]> {
  if (event !== undefined) await running.logged(`"event":"${event}"`)
  running.kill("SIGTERM")
  const { stderr } = await running.ended
  return stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
