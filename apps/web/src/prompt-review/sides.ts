import type { PromptContent, PromptDraft, PromptVersion } from "@polylogue/conversation"
import { type OpenPrompt, type PromptLabels, usePromptContent } from "@polylogue/react"
import { relativeDate } from "../frame/relative-time.ts"
import { draftName } from "../prompts/draft-words.ts"
import type { Side } from "./review-dialog.ts"
import { authorName, numberWord, reasonWords, versionName } from "./version-words.ts"

/** The most versions that are offered at once; the two that are chosen are always among them. */
export const MAX_OFFERED_VERSIONS = 500

/** A side as the value of an option, and back. */
export function sideKey({ kind, id }: Side): string {
  return `${kind} ${id}`
}

export function parseSide(key: string): Side {
  return key.startsWith("draft ")
    ? { kind: "draft", id: key.slice("draft ".length) }
    : { kind: "version", id: key.slice("version ".length) }
}

/** What a side is called in a sentence. */
export function sideName(side: Side, held: OpenPrompt, labels: PromptLabels): string {
  if (side.kind === "draft") return draftName(held.prompt.getDraft(side.id) ?? { id: side.id, name: "" })
  const version = held.prompt.getVersion(side.id)
  return version === undefined ? "a version that is not here" : versionName(version, labels)
}

/** A version in one line: which, why, who and when. */
export function versionLine(version: PromptVersion, labels: PromptLabels, now: number): string {
  const reason = reasonWords(version)
  const short = reason.length > MAX_REASON_LENGTH ? `${reason.slice(0, MAX_REASON_LENGTH).replace(/\p{Surrogate}$/u, "")}…` : reason
  const when = relativeDate(version.createdAt, Math.max(now, version.createdAt))
  return `${numberWord(version.id, labels)}: \u2068${short}\u2069 (\u2068${authorName(version)}\u2069, ${when})`
}

const MAX_REASON_LENGTH = 48

/** What a side says; of a draft at the moment, rendering again at each edit. `undefined` while it is not on this device. */
export function useSideContent(held: OpenPrompt, side: Side): PromptContent | undefined {
  // A version is no draft: nothing is ever in the draft of its name.
  const living = usePromptContent(held, side.id)
  if (side.kind === "draft") return held.prompt.getDraft(side.id) === undefined ? undefined : living
  return held.prompt.getVersion(side.id)?.content
}

interface OnScreen {
  readonly draftId: string
  readonly versionId: string | undefined
}

/** The two sides to begin with: what is on screen, against what it came from. */
export function firstSides(
  { draftId, versionId }: OnScreen,
  drafts: readonly PromptDraft[],
  versions: readonly PromptVersion[],
): { readonly from: Side; readonly to: Side } {
  if (versionId !== undefined) {
    const [parent] = versions.find(({ id }) => id === versionId)?.parents ?? []
    const to = { kind: "version", id: versionId } as const
    return parent !== undefined && versions.some(({ id }) => id === parent)
      ? { from: { kind: "version", id: parent }, to }
      : { from: to, to: { kind: "draft", id: draftId } }
  }
  const base = drafts.find(({ id }) => id === draftId)?.base[0] ?? versions[0]?.id
  const to = { kind: "draft", id: draftId } as const
  const other = drafts.find(({ id }) => id !== draftId)
  return { from: base === undefined ? (other === undefined ? to : { kind: "draft", id: other.id }) : { kind: "version", id: base }, to }
}
