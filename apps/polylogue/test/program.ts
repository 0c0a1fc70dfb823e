import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { afterAll } from "vitest"

const PROGRAM = fileURLToPath(new URL("../bin/polylogue.js", import.meta.url))

/** How a run of the program ended. */
export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const folders: string[] = []
afterAll(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true, maxRetries: 5 })
})

/** A fresh empty folder, removed after the last test of the file. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "polylogue-test-"))
  folders.push(made)
  return made
}

/** Runs the built program to its end. */
export function polylogue(...args: readonly string[]): Promise<Run> {
  return start(args).ended
}

/** Takes from the superuser what lets it pass over the permissions of files; others never have it. */
const BOUND = "-dac_override,-dac_read_search"
const UNPRIVILEGED = process.getuid?.() === 0 ? ["setpriv", `--inh-caps=${BOUND}`, `--bounding-set=${BOUND}`] : []

/** The same, with the permissions of files in force even when the tests run as the superuser. */
export function polylogueUnprivileged(...args: readonly string[]): Promise<Run> {
  return start(args, UNPRIVILEGED).ended
}

/** Runs the built program to its end, with nobody who reads what it writes to standard output. */
export async function unread(...args: readonly string[]): Promise<Pick<Run, "code" | "stderr">> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"] } })
  child.stdout.destroy()
  let stderr = ""
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString("utf8")))
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve))
  return { code, stderr }
}

/** A program that goes on running. */
export interface Running {
  readonly ended: Promise<Run>
  /** The first line on standard output. */
  readonly firstLine: Promise<string>
  /** Resolves once standard error holds `text`; rejects when the program ends without it. */
  logged(text: string): Promise<void>
  kill(signal: NodeJS.Signals): void
}

/** Starts the built program; `through` is a program that starts it in turn. */
export function start(args: readonly string[], through: readonly string[] = []): Running {
  const [program, ...rest] = [...through, process.execPath, PROGRAM, ...args]
  const child = spawn(program!, rest, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"] } })
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString("utf8")))
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString("utf8")))
  const ended = new Promise<Run>((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })))
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", () => {
      if (stdout.includes("\n")) resolve(stdout.slice(0, stdout.indexOf("\n")))
    })
    child.once("close", () => reject(new Error(`ended without a line: ${stderr}`)))
  })
  // A program that is run to its end need not say anything first.
  firstLine.catch(() => undefined)
  const logged = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stderr.includes(text)) resolve()
      }
      child.stderr.on("data", look)
      child.once("close", () => reject(new Error(`ended without saying ${text}: ${stderr}`)))
      look()
    })
  return { ended, firstLine, logged, kill: (signal) => child.kill(signal) }
}
