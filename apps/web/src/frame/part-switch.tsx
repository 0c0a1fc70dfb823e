import type { AppPart } from "./route.ts"
import "./part-switch.css"

const PARTS: readonly { readonly part: AppPart; readonly name: string; readonly href: string }[] = [
  { part: "conversations", name: "Conversations", href: "#/" },
  { part: "prompts", name: "Prompts", href: "#/p" },
  { part: "sources", name: "Sources", href: "#/s" },
  { part: "judging", name: "Judging", href: "#/j" },
]

/** The way between the parts of the app; stands at the top of each part's list. */
export function PartSwitch({ at }: { readonly at: AppPart }) {
  return (
    <div className="part-switch" role="group" aria-label="What the list shows">
      {PARTS.map(({ part, name, href }) => (
        <a key={part} href={href} aria-current={part === at || undefined}>
          {name}
        </a>
      ))}
    </div>
  )
}
