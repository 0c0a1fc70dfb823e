import { parentPort } from "node:worker_threads"
import { reasonOf } from "./command-error.ts"
import { type PromptJob, type PromptJobResults, runPromptJob } from "./prompt-job.ts"

/** The answer to a job. */
export type PromptWorkerAnswer = { readonly result: PromptJobResults[PromptJob["kind"]] } | { readonly error: string }

parentPort?.on("message", (job: PromptJob) => {
  let answer: PromptWorkerAnswer
  try {
    answer = { result: runPromptJob(job) }
  } catch (error) {
    answer = { error: reasonOf(error) }
  }
  parentPort?.postMessage(answer)
})
