import { Worker } from "node:worker_threads"
import type { CompactionJob, CompactionResult, Compactor } from "@polylogue/relay"
import type { WorkerAnswer, WorkerRequest } from "./compaction-worker.ts"

/** Heap of the worker in MiB: a Y.Doc takes some twelve times its encoded size, and a document has at most 48 MiB. */
const MAX_HEAP_MIB = 2048

interface Waiting {
  resolve(result: never): void
  reject(error: Error): void
}

/**
 * Runs the relay's jobs in one worker thread, one after the other. A job that kills the worker (out of memory) fails with those that
 * wait behind it, and the next job starts a fresh worker: the relay goes on.
 */
export class WorkerCompactor implements Compactor {
  #worker: Worker | undefined
  #closed = false
  #nextId = 1
  readonly #waiting = new Map<number, Waiting>()

  run<J extends CompactionJob>(job: J): Promise<CompactionResult<J>> {
    if (this.#closed) return Promise.reject(new Error("the compaction worker was closed"))
    const worker = (this.#worker ??= this.#start())
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, job } satisfies WorkerRequest)
    })
  }

  /** Ends the worker; jobs under way fail. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(new URL("./compaction-worker.js", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
    })
    // An idle worker does not keep the process alive; the listening server does.
    worker.unref()
    worker.on("message", (answer: WorkerAnswer) => this.#settle(answer))
    worker.on("error", (error) => this.#fail(worker, error))
    worker.on("exit", () => this.#fail(worker, new Error("the compaction worker ended")))
    return worker
  }

  #settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ("error" in answer) waiting?.reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }))
    else waiting?.resolve(answer.result as never)
  }

  #fail(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const job of waiting) job.reject(error)
  }
}
