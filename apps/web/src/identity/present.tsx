import { type OpenWorkspace, type OtherPresence, usePresence } from "@polylogue/react"
import { Avatar } from "./avatar.tsx"

const MAX_AVATARS = 3

/** Who else has a document open, in the order in which they came: a person once, however many devices they have it open on. */
export function Present({ open }: { readonly open: OpenWorkspace["open"] }) {
  const others = eachOnce(usePresence(open))
  if (others.length === 0) return null
  const shown = others.slice(0, others.length === MAX_AVATARS + 1 ? others.length : MAX_AVATARS)
  const more = others.length - shown.length
  const names = others.map(({ name }) => name).join(", ")
  return (
    <span className="present" role="img" aria-label={`Here now: ${names}`} title={`Here now: ${names}`} data-testid="present">
      {shown.map((other) => (
        <Avatar key={other.userId} id={other.userId} name={other.name} colour={other.colour} kind={other.kind} size="small" />
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
