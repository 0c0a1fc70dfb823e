import type { FleetStatus, OwnLink } from "@polylogue/relay"
import type { StatusAnswer } from "./status-answer.ts"
import { counted, lasting, listed, nameOf } from "./words.ts"

/** The sum of the page in one sentence. */
export interface Summary {
  readonly tone: "quiet" | "waiting" | "warn" | "danger"
  readonly text: string
  /** What is safe, and what to do. */
  readonly detail: string
}

/** What an operator has to know first. It never claims more than was heard. */
export function summaryOf(status: StatusAnswer): Summary {
  if (status.readiness === "store-failing") {
    return {
      tone: "danger",
      text: "The store takes no commits",
      detail: "Devices keep what they write, and nothing is acknowledged. Look at the disk: is it full?",
    }
  }
  if (status.readiness !== "ready")
    return { tone: "waiting", text: "This relay is being stopped", detail: "Devices go on with other relays." }
  const { length } = status.authorities
  if (length > 1) return several(status)
  return (
    refused(status) ??
    cut(status) ??
    apart(status) ??
    (length === 0 && status.relays.length > 0 ? NO_AUTHORITY : undefined) ??
    unerased(status) ??
    behind(status) ??
    quiet(status)
  )
}

/** Two that decide stop each other, whatever else is wrong, and only an operator ends it. */
function several({ authorities, relays, relay, name }: FleetStatus): Summary {
  const names = new Map([...relays.map((known) => [known.relay, nameOf(known)] as const), [relay, nameOf({ name, relay })]])
  return {
    tone: "danger",
    text: `${listed(authorities.map((id) => names.get(id) ?? nameOf({ name: "", relay: id })))} decide of registers`,
    detail: "They stop each other: nothing can be published anywhere. Start all but one of them without --authority.",
  }
}

/** Said after links that are down: the one that decides is mostly behind one of them. */
const NO_AUTHORITY: Summary = Object.freeze({
  tone: "danger",
  text: "No relay decides of registers",
  detail: "Nothing can be published. Writing goes on. The one that decides is away, or none has --authority: exactly one should.",
})

function unerased({ erasures, relays, relay, name }: FleetStatus): Summary | undefined {
  if (erasures.documents === 0) return undefined
  const names = new Map([...relays.map((known) => [known.relay, nameOf(known)] as const), [relay, nameOf({ name, relay })]])
  const missing = listed(erasures.missing.map((one) => names.get(one.relay) ?? nameOf({ name: "", relay: one.relay })))
  return {
    tone: "warn",
    text: `${counted(erasures.documents, "document")} not erased everywhere`,
    detail: `Waiting for ${missing} to say so. It is asked for by itself; a relay that is gone for good can be forgotten.`,
  }
}

function refused({ links, codes }: StatusAnswer): Summary | undefined {
  const refused = links.filter(({ state }) => state === "refused")
  if (refused.length === 0) return undefined
  const advice = codes[refused[0]!.code]?.advice ?? "Look at the link below."
  return {
    tone: "danger",
    text: `Refused by ${namesOf(refused)}`,
    detail: `It is tried again now and then, and refused until something changes. ${advice}`,
  }
}

function cut({ at, links }: FleetStatus): Summary | undefined {
  const down = links.filter(({ state }) => state === "down")
  if (down.length === 0) return undefined
  const since = Math.min(...down.map((link) => link.since))
  return {
    tone: "warn",
    text: `Cut off from ${namesOf(down)} for ${lasting(at - since)}`,
    detail:
      "What is written on either side is kept there, and passed on when the link stands again. Nothing has to be done about what is written.",
  }
}

function apart({ relays }: FleetStatus): Summary | undefined {
  const apart = relays.filter(({ reached }) => !reached)
  if (apart.length === 0) return undefined
  return {
    tone: "warn",
    text: `${listed(apart.map(nameOf))} ${apart.length === 1 ? "is" : "are"} out of reach`,
    detail: "No links that stand lead there. One that is gone for good can be forgotten; until then it counts as missing.",
  }
}

function behind({ links, convergence, relays, relay, name }: FleetStatus): Summary | undefined {
  const names = new Map([...relays.map((known) => [known.relay, nameOf(known)] as const), [relay, nameOf({ name, relay })]])
  const lagging = convergence.relays.filter(({ documentsBehind }) => documentsBehind > 0)
  const coming = links.reduce((sum, link) => sum + (link.behind?.documents ?? 0), 0)
  if (lagging.length === 0 && coming === 0) return undefined
  const documents = Math.max(coming, ...lagging.map(({ documentsBehind }) => documentsBehind))
  const where = listed(lagging.map((share) => names.get(share.relay) ?? nameOf({ name: "", relay: share.relay })))
  return {
    tone: "waiting",
    text: `${counted(documents, "document")} on the way${where === "" ? "" : ` to ${where}`}`,
    detail: "The links stand. What is on the way is on the disk of the relay that it comes from.",
  }
}

function quiet({ relays, convergence }: FleetStatus): Summary {
  if (relays.length === 0)
    return {
      tone: "quiet",
      text: "One relay",
      detail: "It stands alone: what it stores is on one disk. Link another with --peer, and what is on both is shown as replicated.",
    }
  return {
    tone: "quiet",
    text: "All relays are level",
    detail:
      convergence.documents === 0
        ? "No document has changed since this relay started."
        : `Nothing is lacking anywhere of ${counted(convergence.documents, "document")} that changed lately, as far as relays have said.`,
  }
}

function namesOf(links: readonly OwnLink[]): string {
  return listed(links.map(nameOf))
}
