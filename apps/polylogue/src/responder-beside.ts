import type { AnsweringSettings } from "./answering.ts"
import { journalAnswering } from "./answering-journal.ts"
import { AnsweringMetrics } from "./answering-metrics.ts"
import type { Authority } from "./authority.ts"
import type { Journal } from "./journal.ts"
import type { Metrics } from "./metrics.ts"
import { syncUrl } from "./relay-address.ts"
import { ResponderThread } from "./responder-thread.ts"
import { systemClock } from "./system.ts"

/** What a responder beside a relay answers with; where the relay is, and who lets it in, is known here. */
export type AnswersBeside = Omit<AnsweringSettings, "relays" | "token" | "data">

/** As whom the relay knows it: no user has such a name. */
const NAME = "@responder"

/** The relay that it is beside. */
export interface RelayBeside {
  readonly url: string
  /** Absent where nobody is asked for a token. */
  readonly authority: Authority | undefined
  readonly metrics: Metrics
  readonly journal: Journal
}

/**
 * Starts a responder in a thread. It is one more device of the relay, over a socket of this machine; its copy is in memory, so that no file but the relay's own has what people
 * wrote, and nothing is left of what was erased.
 */
export function responderBeside(answers: AnswersBeside, { url, authority, metrics, journal }: RelayBeside): ResponderThread {
  const grants = answers.workspaces.map((path) => ({ path, role: "editor" }) as const)
  const measured = new AnsweringMetrics(metrics)
  const thread = new ResponderThread({
    settings: { ...answers, relays: [syncUrl(fromHere(url))], token: authority?.admit(NAME, grants) ?? "" },
    clock: systemClock,
    journal,
    heard(event) {
      measured.observe(event)
      journalAnswering(journal, event)
    },
    ended: () => measured.ended(),
  })
  thread.open()
  return thread
}

/** Where a server is reached from its own machine: one that listens on every address has none that could be dialled. */
function fromHere(url: string): string {
  const here = new URL(url)
  if (here.hostname === "0.0.0.0") here.hostname = "127.0.0.1"
  if (here.hostname === "[::]") here.hostname = "[::1]"
  return here.href
}
