import { colourOf, initials } from "./identity.ts"
import "./avatar.css"

interface AvatarProps {
  readonly name: string
  /** Presence colour 1 to 8; derived from `id` when absent. */
  readonly colour?: number | undefined
  readonly id: string
  /** Models and tools have corners, people are round: never told by colour alone. */
  readonly kind?: string | undefined
  readonly size?: "small" | "normal"
}

/** The disc that stands for a voice. Decoration: the name stands beside it in words. */
export function Avatar({ name, colour, id, kind = "person", size = "normal" }: AvatarProps) {
  const shape = kind === "person" ? "round" : "cornered"
  return (
    <span
      aria-hidden="true"
      className={`avatar avatar-${shape} avatar-${size}`}
      style={{ background: `var(--presence-${colour ?? colourOf(id)})` }}
    >
      {initials(name)}
    </span>
  )
}
