import type { OpenWorkspace } from "@polylogue/react"
import { quoted } from "../conversation-list/card-text.ts"
import { counted } from "../frame/relative-time.ts"

/** What a round is called where nobody gave it a name. */
const UNNAMED = "New round"

/** The name of a round to show. */
export function roundName(name: string | undefined): string {
  return name === undefined || name.trim() === "" ? UNNAMED : name.trim()
}

/** How rounds are called in a sentence. */
export function namedRounds(cards: readonly { readonly name: string }[]): string {
  return cards.length === 1 ? quoted(roundName(cards[0]?.name)) : counted(cards.length, "round")
}

/** What somebody who judges is called: by the name that stands in the round, else by the one the relay knows. */
export function annotatorName({ id, name }: { readonly id: string; readonly name: string }): string {
  return name.trim() === "" ? id : name.trim()
}

/** Names in a sentence: "Ana", "Ana and Ben", "Ana, Ben and Cy". */
export function listed(names: readonly string[]): string {
  const isolated = names.map((name) => `\u2068${name}\u2069`)
  const last = isolated.at(-1)
  return last === undefined ? "" : isolated.length === 1 ? last : `${isolated.slice(0, -1).join(", ")} and ${last}`
}

/** Whether the list of rounds may be changed here. Until a relay has said, everything may be done: it waits on this device. */
export function mayChangeRounds(workspace: OpenWorkspace | undefined): boolean {
  return workspace?.open.document.status.mayWrite !== false
}
