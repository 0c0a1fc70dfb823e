import { openBeside } from "../device/open-beside.ts"
import { ImportJournal } from "./import-journal.ts"
import type { ImportEnding, ImportStep } from "./import-progress.ts"
import { runImport } from "./run-import.ts"
import { StepGatherer } from "./step-gatherer.ts"
import type { ToImportWorker } from "./worker-messages.ts"

/*
 * Reads, parses, hashes and writes an import off the page, in a replica of its own over the device's store. One run a worker: the page ends it
 * when it has told how the run ended.
 */

/** The page is told at most so often. */
const TELL_EVERY_MS = 120

const scope = globalThis as unknown as {
  addEventListener(type: "message", listener: (event: MessageEvent<ToImportWorker>) => void): void
  postMessage(message: unknown): void
}
const abort = new AbortController()

scope.addEventListener("message", ({ data }) => {
  if (data.type === "cancel") abort.abort()
  else void run(data)
})

async function run({ inputs, workspace, counts, journalId }: Extract<ToImportWorker, { readonly type: "start" }>): Promise<void> {
  const gatherer = new StepGatherer(TELL_EVERY_MS, (step) => scope.postMessage({ type: "step", step }))
  let ending: ImportEnding
  let journal: ImportJournal | undefined
  try {
    const replica = await openBeside()
    journal = await ImportJournal.open()
    const onStep = async (step: ImportStep): Promise<void> => {
      await journal?.note(journalId, step)
      gatherer.add(step)
    }
    ending = await runImport({ inputs, replica, workspace, counts, signal: abort.signal, onStep })
    // What a full device could not take is let go here: nothing of it was shown as imported.
    await replica.close()
  } catch (error) {
    ending = { kind: "stopped", message: error instanceof Error ? `${error.message}.` : "The device does not answer." }
  }
  journal?.close()
  gatherer.flush()
  scope.postMessage({ type: "end", ending })
}
