import { Worker } from "node:worker_threads"
import type { PromptJob, PromptJobResults } from "./prompt-job.ts"
import type { PromptWorkerAnswer } from "./prompt-worker.ts"

/** Milliseconds for one job; then the worker is ended, and only that job fails. */
const MAX_JOB_MS = 10_000
/** Heap of the worker in MiB: a Y.Doc takes some twelve times its encoded size. */
const MAX_HEAP_MIB = 512

/** Does the jobs of prompts in one worker thread, one after the other. One that ends it, by memory or by time, fails alone. */
export class WorkerPrompts {
  #worker: Worker | undefined
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  /** Does `job` when those before it have ended. @throws Error for one that cannot be done. */
  run<J extends PromptJob>(job: J): Promise<PromptJobResults[J["kind"]]> {
    const done = this.#last.then(() => this.#run(job))
    this.#last = done.catch(() => undefined)
    return done as Promise<PromptJobResults[J["kind"]]>
  }

  /** Ends the worker; jobs under way fail. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#worker?.terminate()
  }

  #run(job: PromptJob): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error("the worker of prompts was closed"))
    const worker = (this.#worker ??= this.#start())
    return new Promise((resolve, reject) => {
      const settle = (answer: PromptWorkerAnswer): void => {
        clearTimeout(timer)
        worker.off("message", settle).off("error", fail).off("exit", exited)
        if ("result" in answer) resolve(answer.result)
        else reject(new Error(answer.error))
      }
      const end = (why: string): void => {
        if (this.#worker === worker) this.#worker = undefined
        settle({ error: why })
      }
      const fail = ({ message }: Error): void => end(message)
      const exited = (): void => end("the worker of prompts ended")
      const timer = setTimeout(() => {
        end(`not read in ${MAX_JOB_MS} ms`)
        void worker.terminate()
      }, MAX_JOB_MS)
      worker.on("message", settle).on("error", fail).on("exit", exited)
      worker.postMessage(job)
    })
  }

  #start(): Worker {
    const worker = new Worker(new URL("./prompt-worker.js", import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB } })
    // An idle worker does not keep the process alive; the listening server does.
    worker.unref()
    // One that fails between two jobs fails none of them.
    worker.on("error", () => {
      if (this.#worker === worker) this.#worker = undefined
    })
    return worker
  }
}
