import { expect, test } from "vitest"
import { WorkerPrompts } from "../src/worker-prompts.ts"

test("[PL47] jobs whose worker ends fail, each by itself, and none waits for ever", async () => {
  // From source there is no file to start a worker with: it ends at once, as one does that runs out of memory.
  const worker = new WorkerPrompts()
  const jobs = [worker.run({ kind: "prompt", updates: [] }), worker.run({ kind: "tags", updates: [] })]
  const ended = await Promise.allSettled(jobs)
  expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected"])
  await worker.close()
  await worker.close()
  await expect(worker.run({ kind: "prompt", updates: [] })).rejects.toThrow("closed")
})
