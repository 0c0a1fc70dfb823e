import process from "node:process"
import { endSoon, openAnswering } from "./answering.ts"
import { crashOf } from "./answering-event.ts"
import { journalAnswering } from "./answering-journal.ts"
import { answeringSettings } from "./answering-settings.ts"
import { CommandError } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { type Level, openJournal } from "./journal.ts"
import { syncUrl } from "./relay-address.ts"
import { stopSignal } from "./signals.ts"

/**
 * `polylogue respond`: answers at a running relay until SIGINT or SIGTERM, or until the relay refuses it; then it gives back what it was writing. Prints one line once it is connected, and waits for a relay
 * that is not reached yet.
 * @throws CommandError `usage` for a call that does not fit, `failure` when it is refused, or its folder cannot be used.
 */
export async function respond(call: Call): Promise<number> {
  const relays = [...new Set(call.list("relay").map(syncUrl))]
  if (relays.length === 0) throw new CommandError("usage", "Name the relay with --relay, such as ws://127.0.0.1:4400.")
  const journal = openJournal(call.flag("log") as Level)
  const data = call.flag("data")
  const settings = {
    ...(await answeringSettings(call, process.env)),
    relays,
    token: call.flag("token") ?? "",
    ...(data === undefined ? {} : { data }),
  }
  // What nobody caught may quote what people wrote, and would be printed whole.
  process.on("uncaughtException", (error) => {
    journal("responder-failed", { ...crashOf(error) }, "error")
    process.exit(1)
  })
  const answering = await openAnswering(settings, (event) => journalAnswering(journal, event))
  void answering.ready.then(() => console.log(`polylogue responding ${settings.name} in ${settings.workspaces.join(", ")}`))
  const ended = await Promise.race([stopSignal().then((signal) => ({ signal })), answering.refused.then((code) => ({ code }))])
  if ("signal" in ended) journal("draining", { signal: ended.signal })
  await answering.close()
  endSoon()
  journal("stopped")
  if ("signal" in ended) return 0
  const advice =
    ended.code === "unauthenticated"
      ? " It asks for a token that it knows, of an editor: give one in POLYLOGUE_TOKEN; polylogue token --role editor makes it."
      : ""
  throw new CommandError("failure", `The relay refused the connection: ${ended.code}.${advice}`)
}
