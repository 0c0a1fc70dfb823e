import type { Annotator } from "@polylogue/conversation"
import { annotatorOf, isEnforced, type OpenWorkspace, type Polylogue } from "@polylogue/react"
import { quoted } from "../conversation-list/card-text.ts"
import { counted } from "../frame/relative-time.ts"
import { shownName } from "../identity/identity.ts"

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

/** So many letters of an id tell people of one name apart. */
const ID_LETTERS = 4
const MAX_USER_LENGTH = 24

/**
 * What somebody who judges is called: by the name that stands in the round, else by the one the relay knows.
 * @param among - all who are named beside them: of those who are called the same, each is named with their id too.
 */
export function annotatorName({ id, name }: Annotator, among: readonly Annotator[] = []): string {
  const shown = plainName({ id, name })
  if (!among.some((other) => other.id !== id && plainName(other) === shown)) return shown
  // An id that no relay gave is a row of digits.
  return `${shown} (${id.length > MAX_USER_LENGTH ? id.slice(0, ID_LETTERS) : id})`
}

function plainName({ id, name }: Annotator): string {
  return name.trim() === "" ? id : name.trim()
}

/** Whoever works here as one who judges. A relay that knows people has a better name for somebody who gave none. */
export function annotatorHere(polylogue: Polylogue): Annotator {
  const name = polylogue.author.name ?? ""
  return { id: annotatorOf(polylogue), name: isEnforced(polylogue) && name === shownName({ name: "" }) ? "" : name }
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
