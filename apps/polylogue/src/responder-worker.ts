import { parentPort, workerData } from "node:worker_threads"
import { type AnsweringSettings, endSoon, openAnswering } from "./answering.ts"
import type { ThreadOrder, ThreadWord } from "./responder-thread.ts"

const port = parentPort!
const opening = openAnswering(workerData as AnsweringSettings, (event) => port.postMessage({ event } satisfies ThreadWord))
port.on("message", (order: ThreadOrder) => {
  if (order === "close") void close()
})

/** Nothing keeps the thread after that. */
async function close(): Promise<void> {
  const answering = await opening
  await answering.close()
  port.close()
  endSoon()
}
