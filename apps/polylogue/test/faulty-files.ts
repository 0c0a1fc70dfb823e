import type { FileHandle } from "node:fs/promises"
import { type BlobFiles, MACHINE_FILES } from "../src/blob-files.ts"

/** Operations that a crash would also end; closing a file is not one: a process that dies closes all. */
const HANDLE_STEPS = new Set(["write", "sync", "read", "stat"])

/** A file system that counts its operations, and from the n-th on does what it is told. */
export class FaultyFiles {
  /** Names of the operations, in order, with the last part of the path. */
  readonly steps: string[] = []
  readonly #fails: (step: number, name: string) => Error | undefined

  /** @param fails - the failure of the step with this number, counted from 1. */
  constructor(fails: (step: number, name: string) => Error | undefined) {
    this.#fails = fails
  }

  get files(): BlobFiles {
    const step = this.#step.bind(this)
    const machine = MACHINE_FILES as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
    return new Proxy(MACHINE_FILES, {
      get:
        (_, name: string) =>
        async (...args: unknown[]) => {
          step(name, String(args[name === "rename" ? 1 : 0]))
          const result = await machine[name]!(...args)
          return name === "open" ? watch(result as FileHandle, String(args[0]), step) : result
        },
    })
  }

  #step(name: string, path: string): void {
    this.steps.push(
      `${name} ${path
        .split("/")
        .at(-1)!
        .replace(/\.[0-9a-f]{16}\./, ".*.")}`,
    )
    const failure = this.#fails(this.steps.length, name)
    if (failure !== undefined) throw failure
  }
}

function watch(handle: FileHandle, path: string, step: (name: string, path: string) => void): FileHandle {
  return new Proxy(handle, {
    get(target, name: string) {
      const member = Reflect.get(target, name, target) as unknown
      if (typeof member !== "function") return member
      return async (...args: unknown[]) => {
        if (HANDLE_STEPS.has(name)) step(name, path)
        return (member as (...args: unknown[]) => Promise<unknown>).apply(target, args)
      }
    },
  })
}

/** What a disk says that is full, or failing. */
export function diskError(code: "ENOSPC" | "EIO"): Error {
  return Object.assign(new Error(code), { code })
}
