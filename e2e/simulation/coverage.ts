/**
 * What must have happened, at least so often over a chunk of seeds: each kind of fault, and each state in which the design could go
 * wrong. A run that found nothing because nothing happened proves nothing.
 */
export const REQUIRED = Object.freeze({
  "link cut": 20,
  "link cut in one direction": 20,
  "cut with messages under way": 5,
  "connection reset": 20,
  "relay killed": 20,
  "relay lost its power": 10,
  "relay killed with a commit in flight": 5,
  "relay wiped": 10,
  "relay restored from a backup": 10,
  "relay drained": 10,
  "relay store failed": 20,
  "disk full": 20,
  "disk slow": 20,
  "relay compacted": 20,
  "relay compaction failed": 5,
  "relay killed during a compaction": 1,
  "append during a compaction": 5,
  "reader met a compacted log": 1,
  "snapshot served": 20,
  "device asked what it has": 20,
  "frame sent in parts": 10,
  "slow reader held back": 2,
  "as many rows waited as may": 5,
  "tab reloaded": 20,
  "tab crashed": 20,
  "tab closed while it wrote": 5,
  "tab frozen": 20,
  "lock stolen from a frozen tab": 5,
  "device lost its power": 10,
  "nobody gives out tokens": 10,
  "token renewed in band": 50,
  "session ended for want of grants": 10,
  "feed served": 50,
  "device lost its power with a commit in flight": 3,
  "device store failed": 20,
  "device write went through after a failure": 10,
  "store evicted": 10,
  "profile cloned": 10,
  "clone and original both wrote": 5,
  "device cut off by its user": 10,
  "reconnect with unsent edits": 20,
  "row sent again": 20,
  "row recognised by the relay": 3,
  "hand-over": 20,
  "hand-over to a wiped relay": 3,
  "hand-over to a restored relay": 3,
  "fail-over to another relay": 10,
  "row refused for good": 5,
  "document reset with its text kept": 5,
  "operation without an insertion": 100,
  "erasure reported": 50,
  "audit answered": 50,
  "text erased": 50,
  "document renewed after an erasure": 20,
  "erasure found carried out everywhere": 20,
  "register read": 400,
  "register set": 500,
  "register conflict": 200,
  "register heard of": 500,
  "register unavailable": 200,
  "ambiguous attempt resolved by a retry": 100,
  "answered attempt repeated": 20,
  "attempt answered by an authority that lost its past": 1,
  "lease taken": 100,
  "lease renewed": 5,
  "lease taken over": 20,
  "register history checked": 200,
  "y-websocket client wrote": 50,
  "y-websocket connection reset": 10,
  "y-websocket client ended": 3,
  "token shown on the same device": 100,
  "token shown on another device": 100,
  "token waited for": 50,
  "token given up with what is lacking": 20,
  "written behind a token": 100,
  "relays in a chain": 5,
  "relays in a tree": 5,
  "relays in a ring": 5,
  "relays in a mesh": 5,
  "relays linked as it came": 5,
  "relay held only what is used": 5,
  "relay held some of the documents": 5,
  "relay disk full": 10,
  "relays linked": 50,
  "relays cut from each other": 20,
  "relays cut in one direction": 20,
  "relays cut with frames under way": 3,
  "several links cut at once": 10,
  "ring cut": 5,
  "link reset": 20,
  "relay frozen": 10,
  "relay joined late": 3,
  "relay left for good": 3,
  "entry sent over a link": 500,
  "entry sent over a link to one that has it": 20,
  "entry came home over a link": 5,
  "entry left out of a link": 20,
  "snapshot sent over a link": 5,
  "document pulled on demand": 20,
  "document pulled outside what is mirrored": 10,
  "device met a relay with live links": 20,
  "replicated said": 50,
  "relays compared a document": 50,
})

/** What is counted and not asked for, and why. */
export const NOT_REQUIRED = Object.freeze({
  "row refused with gap":
    "a replica compares before it sends, so it meets this only by way of another fault of its own; tests of the relay send such rows",
  "cut snapshot gone on with": "snapshots of so few words mostly fit one message; tests of relay and replica cut large ones",
})

/** What must have happened in runs with linked relays, for there it goes another way: through other relays, and to what these have of it. */
const REQUIRED_LINKED: Readonly<Partial<Record<Happening, number>>> = Object.freeze({
  "relays in a chain": 5,
  "relays in a tree": 5,
  "relays in a ring": 5,
  "relays in a mesh": 5,
  "relays linked as it came": 5,
  "relay held only what is used": 5,
  "relay killed": 20,
  "relay lost its power": 10,
  "relay killed with a commit in flight": 5,
  "relay wiped": 5,
  "relay restored from a backup": 5,
  "relay drained": 5,
  "relay store failed": 20,
  "relay disk full": 5,
  "relay compacted": 20,
  "device store failed": 20,
  "store evicted": 5,
  "hand-over": 20,
  "fail-over to another relay": 20,
  "text erased": 20,
  "erasure reported": 50,
  "erasure found carried out everywhere": 10,
  "register set": 200,
  "register unavailable": 50,
  "y-websocket client wrote": 20,
  "token shown on another device": 50,
})

/** Something that can happen. */
export type Happening = keyof typeof REQUIRED | keyof typeof NOT_REQUIRED

/** Counts what happened. */
export class Coverage {
  readonly #linked: boolean
  readonly #counts = new Map<Happening, number>()
  /** Of these, what happened in runs with linked relays. */
  readonly #linkedCounts = new Map<Happening, number>()

  /** `linked`: it counts what happens in one run with linked relays. */
  constructor(linked = false) {
    this.#linked = linked
  }

  count(happening: Happening): void {
    add(this.#counts, happening, 1)
    if (this.#linked) add(this.#linkedCounts, happening, 1)
  }

  of(happening: Happening): number {
    return this.#counts.get(happening) ?? 0
  }

  /** How often it happened in runs with linked relays. */
  ofLinked(happening: Happening): number {
    return this.#linkedCounts.get(happening) ?? 0
  }

  add(other: Coverage): void {
    for (const [happening, count] of other.#counts) add(this.#counts, happening, count)
    for (const [happening, count] of other.#linkedCounts) add(this.#linkedCounts, happening, count)
  }

  /** What happened less often than required, `share` being the part of a whole chunk that was run. */
  missing(share: number): string[] {
    const lacking = (required: Readonly<Record<string, number>>, of: (happening: Happening) => number, where: string): string[] =>
      Object.entries(required)
        .filter(([happening, least]) => of(happening as Happening) < Math.floor(least * share))
        .map(([happening, least]) => `${happening}${where}: ${of(happening as Happening)} of ${least}`)
    return [
      ...lacking(REQUIRED, (happening) => this.of(happening), ""),
      ...lacking(REQUIRED_LINKED, (happening) => this.ofLinked(happening), " among linked relays"),
    ]
  }

  toString(): string {
    return Object.keys({ ...REQUIRED, ...NOT_REQUIRED })
      .map(
        (happening) =>
          `${this.of(happening as Happening)} ${happening}, ${this.ofLinked(happening as Happening)} of them among linked relays`,
      )
      .join("\n")
  }
}

function add(counts: Map<Happening, number>, happening: Happening, count: number): void {
  counts.set(happening, (counts.get(happening) ?? 0) + count)
}
