import process from "node:process"

const NAMES = ["SIGINT", "SIGTERM"] as const

/** Waits for the first signal to stop; a second one ends the process at once. */
export async function stopSignal(): Promise<NodeJS.Signals> {
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of NAMES) process.once(name, resolve)
  })
  for (const name of NAMES) process.once(name, () => process.exit(1))
  return signal
}
