import type { MessagePart } from "./message.ts"

/** Field of a part: the slot whose answer it belongs to. */
export const SLOT = "slot"

const NONE: ReadonlySet<string> = new Set()

/** What a part was named by: the fencing token of whoever wrote it, or nothing for a part without one. */
export function tokenOfPart({ pid, fields }: Pick<MessagePart, "pid" | "fields">): string | null {
  const cut = pid.lastIndexOf(".")
  return cut === -1 || typeof fields[SLOT] !== "string" ? null : pid.slice(0, cut)
}

/**
 * The parts that count no more: their writer broke off, and another has written the answer of the same slot anew, behind them. They stay in the message for who wants to read them.
 * The order is that of the parts, which all devices have alike.
 */
export function supersededParts(parts: readonly MessagePart[]): ReadonlySet<string> {
  if (!parts.some(({ state }) => state === "interrupted")) return NONE
  const broken = new Set(parts.filter(({ state }) => state === "interrupted").map(runOf))
  const last = new Map<unknown, string | null>()
  for (const part of parts) if (tokenOfPart(part) !== null) last.set(part.fields[SLOT], tokenOfPart(part))
  const superseded = parts.filter((part) => {
    const token = tokenOfPart(part)
    return token !== null && broken.has(runOf(part)) && last.get(part.fields[SLOT]) !== token
  })
  return new Set(superseded.map(({ pid }) => pid))
}

/** One writer's work on one slot. */
function runOf(part: MessagePart): string {
  return `${tokenOfPart(part) ?? ""}\0${String(part.fields[SLOT])}`
}
