import { compareByClock } from "./hybrid-clock.ts"

/** What of a reply decides which one of a generation is shown. */
interface Candidate {
  readonly id: string
  readonly clock: number
}

/**
 * The replies of each generation. Usually it has one; it has several when a writer was cut off with a reply that its successor never saw. All devices show the same: the last one
 * that ended, else the last, by (clock, id).
 */
export class GenerationGroups {
  readonly #groups = new Map<string, Map<string, Candidate>>()
  readonly #groupOf = new Map<string, string>()

  /** Notes that reply `id` belongs to the generation `group`, or to none. Returns the replies of whose places among the others that may be news. */
  set(id: string, group: string | undefined, clock: number): readonly string[] {
    const before = this.#groupOf.get(id)
    if (before !== undefined && before !== group) this.delete(id)
    if (group === undefined) return []
    const members = this.#groups.get(group) ?? new Map<string, Candidate>()
    this.#groups.set(group, members.set(id, { id, clock }))
    this.#groupOf.set(id, group)
    return members.size === 1 ? [] : [...members.keys()]
  }

  /** Takes reply `id` out. Returns what is left of its generation. */
  delete(id: string): readonly string[] {
    const members = this.#groups.get(this.#groupOf.get(id) ?? "")
    this.#groupOf.delete(id)
    members?.delete(id)
    return [...(members?.keys() ?? [])]
  }

  /** Whether another reply of its generation is shown in the place of `id`. @param hasEnded - asked of generations with several replies only. */
  isSuperseded(id: string, hasEnded: (id: string) => boolean): boolean {
    const members = this.#groups.get(this.#groupOf.get(id) ?? "")
    if (members === undefined || members.size < 2) return false
    const ended = [...members.values()].filter((member) => hasEnded(member.id))
    const shown = (ended.length > 0 ? ended : [...members.values()]).toSorted(compareByClock).at(-1)
    return shown?.id !== id
  }
}
