import process from "node:process"
import { accessPolicy, isLoopback } from "./access.ts"
import { authorityFiles } from "./authority.ts"
import { answeringSettings } from "./answering-settings.ts"
import { CommandError } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { type Journal, type Level, openJournal } from "./journal.ts"
import { linkSettings } from "./link-settings.ts"
import { readLimits } from "./node-limits.ts"
import { syncUrl } from "./relay-address.ts"
import { openRelayNode, type RelayNode, type RelayNodeOptions } from "./relay-node.ts"
import { stopSignal } from "./signals.ts"
import { openWebApp } from "./web-app.ts"

/**
 * `polylogue serve` and `polylogue relay`: listens until SIGINT or SIGTERM, then drains. Prints one line once it answers.
 * @throws CommandError `usage` for being reached from elsewhere without authentication, `failure` when store or address are not to be had.
 */
export async function serve(call: Call, { withWebApp }: { readonly withWebApp: boolean }): Promise<number> {
  const journal = openJournal(call.flag("log") as Level)
  const options = optionsOf(call, journal)
  const webApp = withWebApp ? openWebApp() : undefined
  if (withWebApp && webApp === undefined) journal("web-app-missing", { advice: "npm run build" }, "warning")
  const answers = withWebApp && call.flag("responder") === "on" ? await answeringSettings(call, process.env) : undefined
  const node = await openRelayNode({ ...options, webApp, answers })
  console.log(`polylogue ready ${node.url}`)
  await untilStopped(node, journal)
  return 0
}

function optionsOf(call: Call, journal: Journal): RelayNodeOptions {
  const data = call.flag("data")!
  const host = call.flag("host")!
  const publicUrl = call.flag("public-url")
  const authenticated = call.flag("auth") === "token"
  const reached = [host, publicUrl === undefined ? "localhost" : new URL(publicUrl).hostname]
  if (!authenticated && !reached.every(isLoopback)) {
    const flag = isLoopback(host) ? `--public-url ${publicUrl}` : `--host ${host}`
    throw new CommandError(
      "usage",
      `${flag} can be reached from other machines, and --auth none lets anyone in. Use --auth token, or listen on 127.0.0.1 or ::1.`,
    )
  }
  return {
    data,
    host,
    port: Number(call.flag("port")),
    authority: authenticated ? authorityFiles(data, call.flag("auth-key-file")) : undefined,
    policy: accessPolicy({ host, publicUrl, origins: call.list("origin") }, { authenticated }),
    links: linkSettings(call),
    relayUrls: [...new Set(call.list("relay-url").map(syncUrl))],
    limits: readLimits(call.flag("limits")),
    journal,
  }
}

/** Waits for a signal, and drains. */
async function untilStopped(node: RelayNode, journal: Journal): Promise<void> {
  const signal = await stopSignal()
  journal("draining", { signal })
  await node.close()
  journal("stopped")
}
