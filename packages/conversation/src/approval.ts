import type { RecordReader } from "./record-key.ts"

/**
 * What a person answered to a tool that asked before it runs.
 *
 * Each device of each person has a key of its own, `<message>/<part>/approval/<user>/<writer>`, so that no answer takes another's place. A denial is
 * final: it cannot be taken back, and one denial of anybody outweighs every approval, whenever it was given and in whatever order they arrive. So
 * devices that answer at the same time agree, and on the safe side: what was refused somewhere is never taken for allowed.
 *
 * The record says what people answered, not that it runs once: whoever runs the tool claims that through a register. Nor is it proof of who answered: a
 * program that runs tools compares the person with the principal that the relay gave the entry.
 */
export interface Approval {
  readonly userId: string
  readonly userName: string | null
  readonly approved: boolean
  readonly reason: string | null
  /** When it was answered, in ms since 1970 by that device's clock; null when it does not say. */
  readonly at: number | null
}

/** Segment of the key by which answers stand apart from states. */
export const APPROVAL = "approval"

/** `denied` as soon as anybody denied, else `approved` if somebody approved, else null. */
export function decisionOf(approvals: readonly Approval[]): "approved" | "denied" | null {
  if (approvals.some(({ approved }) => !approved)) return "denied"
  return approvals.length === 0 ? null : "approved"
}

/** The record of an answer. */
export function approvalRecord({ userName, approved, reason, at }: Omit<Approval, "userId">): Readonly<Record<string, unknown>> {
  return { approved, at, ...(userName === null ? {} : { userName }), ...(reason === null ? {} : { reason }) }
}

/** The answers to the parts of message `id`, by part: of each person one, a denial before an approval, else the earlier one. */
export function readApprovals(state: RecordReader, id: string): ReadonlyMap<string, readonly Approval[]> {
  const found = new Map<string, Map<string, Approval>>()
  for (const [rest, value] of state.records(id)) {
    const [pid, mark, userId] = rest
    if (mark !== APPROVAL || rest.length !== 4 || pid === undefined || userId === undefined) continue
    const approval = readApproval(userId, value)
    if (approval === undefined) continue
    const people = found.get(pid) ?? new Map<string, Approval>()
    const other = people.get(userId)
    if (other === undefined || isBefore(approval, other)) people.set(userId, approval)
    found.set(pid, people)
  }
  return new Map([...found].map(([pid, people]) => [pid, Object.freeze([...people.values()].sort(compare))]))
}

function readApproval(userId: string, value: unknown): Approval | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const { approved, reason, userName, at } = value as Record<string, unknown>
  if (typeof approved !== "boolean") return undefined
  return Object.freeze({
    userId,
    userName: typeof userName === "string" ? userName : null,
    approved,
    reason: typeof reason === "string" && reason !== "" ? reason : null,
    at: typeof at === "number" ? at : null,
  })
}

function isBefore(left: Approval, right: Approval): boolean {
  if (left.approved !== right.approved) return !left.approved
  // Two devices of one person in one millisecond: whatever they say, every reader takes the same.
  return (left.at ?? 0) !== (right.at ?? 0) ? (left.at ?? 0) < (right.at ?? 0) : JSON.stringify(left) < JSON.stringify(right)
}

function compare(left: Approval, right: Approval): number {
  return (left.at ?? 0) - (right.at ?? 0) || (left.userId < right.userId ? -1 : 1)
}
