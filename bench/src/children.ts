import type { ChildProcess } from "node:child_process"
import process from "node:process"

const children = new Set<ChildProcess>()

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL")
})
// A run that takes too long is ended so.
process.once("SIGTERM", () => process.exit(1))

/** Lets `child` not outlive this process. */
export function endWithThis(child: ChildProcess): void {
  children.add(child)
  child.once("exit", () => children.delete(child))
}
