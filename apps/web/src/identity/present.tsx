import { type OpenWorkspace, type OtherPresence, usePresence } from "@polylogue/react"
import type { AnswerWriter } from "../answers/use-writers.ts"
import { Avatar } from "./avatar.tsx"

const MAX_AVATARS = 3

interface PresentProps {
  readonly open: OpenWorkspace["open"]
  /** Who writes answers in it; default nobody. */
  readonly writers?: readonly AnswerWriter[]
}

/** Somebody who is shown to be here. */
interface Voice {
  readonly id: string
  readonly name: string
  readonly colour?: number
  readonly kind?: string | undefined
  readonly doing?: string
}

/**
 * Who writes an answer in a document, and who else has it open, in the order in which they came: a person once, however many devices they have it open on.
 */
export function Present({ open, writers = [] }: PresentProps) {
  const people = eachOnce(usePresence(open)).map(({ userId, name, colour, kind }): Voice => ({ id: userId, name, colour, kind }))
  const others: readonly Voice[] = [...writers.map((writer) => ({ ...writer, kind: "model", doing: "writing" })), ...people]
  if (others.length === 0) return null
  const shown = others.slice(0, others.length === MAX_AVATARS + 1 ? others.length : MAX_AVATARS)
  const more = others.length - shown.length
  const names = others.map(({ name, doing }) => (doing === undefined ? name : `${name} (${doing})`)).join(", ")
  return (
    <span className="present" role="img" aria-label={`Here now: ${names}`} title={`Here now: ${names}`} data-testid="present">
      {shown.map(({ id, name, colour, kind }) => (
        <Avatar key={`${kind ?? "person"} ${id}`} id={id} name={name} colour={colour} kind={kind} size="small" />
      ))}
      {more > 0 && <span className="present-more">+{more}</span>}
    </span>
  )
}

/** One presence of each person or agent: of several the one that is typing. */
export function eachOnce(others: readonly OtherPresence[]): readonly OtherPresence[] {
  const byUser = new Map<string, OtherPresence>()
  for (const other of others) {
    const known = byUser.get(other.userId)
    if (known === undefined || (other.typing === true && known.typing !== true)) byUser.set(other.userId, other)
  }
  return [...byUser.values()]
}
