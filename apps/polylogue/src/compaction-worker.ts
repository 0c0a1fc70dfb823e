import { parentPort } from "node:worker_threads"
import { type CompactionJob, runCompaction } from "@polylogue/relay"
import { reasonOf } from "./command-error.ts"

/** A job with the number under which its answer is awaited. */
export interface WorkerRequest {
  readonly id: number
  readonly job: CompactionJob
}

/** The answer to one request. */
export type WorkerAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: unknown } }

parentPort?.on("message", ({ id, job }: WorkerRequest) => {
  let answer: WorkerAnswer
  try {
    answer = { id, result: runCompaction(job) }
  } catch (error) {
    answer = { id, error: { message: reasonOf(error), code: (error as { code?: unknown } | null)?.code } }
  }
  parentPort?.postMessage(answer)
})
