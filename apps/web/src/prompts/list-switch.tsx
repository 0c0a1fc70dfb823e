import { hrefOf } from "../frame/route.ts"
import { promptHref } from "./prompt-route.ts"
import "./list-switch.css"

/** The way between the two things that are written here; stands at the top of both lists. */
export function ListSwitch({ at }: { readonly at: "conversations" | "prompts" }) {
  return (
    <div className="list-switch" role="group" aria-label="What the list shows">
      <a href={hrefOf(undefined)} aria-current={at === "conversations" || undefined}>
        Conversations
      </a>
      <a href={promptHref()} aria-current={at === "prompts" || undefined}>
        Prompts
      </a>
    </div>
  )
}
