import { endsAnswer } from "./answer-end.ts"
import type { MessagePart } from "./message.ts"

/** Field of a part: the slot whose answer it belongs to. */
export const SLOT = "slot"

/** States of a part of which the end is still to be written by the one who began it. */
export const UNENDED_STATES: ReadonlySet<string> = new Set(["streaming", "input-streaming", "input-available"])

const NONE: ReadonlySet<string> = new Set()

/** What a part was named by: the fencing token of whoever wrote it, or nothing for a part without one. */
export function tokenOfPart({ pid, fields }: Pick<MessagePart, "pid" | "fields">): string | null {
  const cut = pid.lastIndexOf(".")
  return cut === -1 || typeof fields[SLOT] !== "string" ? null : pid.slice(0, cut)
}

/**
 * The parts that count no more, since another writer has written the answer of the same slot: those of a writer that broke off, those of one that was cut off in
 * the middle and never heard of when another ended, and of several ends that writers noted without knowing of each other all but the last one's, which is what `answerEnd` tells. Steps that ended for people to be asked stay. All of them stay in the message for who wants to read them.
 * The order is that of the parts, which all devices have alike.
 */
export function supersededParts(parts: readonly MessagePart[]): ReadonlySet<string> {
  const written = parts.filter((part) => tokenOfPart(part) !== null)
  if (written.length === 0) return NONE
  const broken = new Set(written.filter(({ state }) => state === "interrupted").map(runOf))
  const ended = new Set(written.filter(endsAnswer).map(runOf))
  if (broken.size === 0 && ended.size === 0) return NONE
  const open = new Set(written.filter(({ state }) => UNENDED_STATES.has(state)).map(runOf))
  const over = new Set(written.filter(endsAnswer).map(({ fields }) => fields[SLOT]))
  const counts = new Map<unknown, string>()
  for (const part of written) counts.set(part.fields[SLOT], runOf(part))
  for (const part of written) if (endsAnswer(part)) counts.set(part.fields[SLOT], runOf(part))
  const superseded = written.filter((part) => {
    const run = runOf(part)
    const gone = broken.has(run) || ended.has(run) || (open.has(run) && over.has(part.fields[SLOT]))
    return gone && counts.get(part.fields[SLOT]) !== run
  })
  return new Set(superseded.map(({ pid }) => pid))
}

/** One writer's work on one slot. */
function runOf(part: MessagePart): string {
  return `${tokenOfPart(part) ?? ""}\0${String(part.fields[SLOT])}`
}
