import process from "node:process"
import { isLoopback } from "./access.ts"
import { CommandError } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { journal } from "./journal.ts"
import { openRelayNode, type RelayNode } from "./relay-node.ts"
import { openWebApp } from "./web-app.ts"

/**
 * `polylogue serve` and `polylogue relay`: listens until SIGINT or SIGTERM, then drains. Prints one line once it answers.
 * @throws CommandError `usage` for listening beyond loopback without authentication, `failure` when store or address are not to be had.
 */
export async function serve(call: Call, { withWebApp }: { readonly withWebApp: boolean }): Promise<number> {
  const host = call.flag("host")!
  if (!isLoopback(host)) {
    throw new CommandError(
      "usage",
      `--host ${host} can be reached from other machines, and --auth none lets anyone in. Listen on 127.0.0.1 or ::1.`,
    )
  }
  const webApp = withWebApp ? openWebApp() : undefined
  if (withWebApp && webApp === undefined) journal("web-app-missing", { advice: "npm run build" })
  const node = await openRelayNode({ data: call.flag("data")!, host, port: Number(call.flag("port")), webApp, journal })
  console.log(`polylogue ready ${node.url}`)
  await untilStopped(node)
  return 0
}

/** Waits for the first signal and drains; a second one ends the process at once. */
async function untilStopped(node: RelayNode): Promise<void> {
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, resolve)
  })
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(1))
  journal("draining", { signal })
  await node.close()
  journal("stopped")
}
