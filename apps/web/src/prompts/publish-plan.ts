import { canonicalJson, labelBase, type LabelBase, type Prompt, type PromptContent } from "@polylogue/conversation"
import type { PromptLabels } from "@polylogue/react"

/** What publishing would do, as far as this device has heard. */
export interface PublishPlan {
  /** What is to be published. */
  readonly content: PromptContent
  /** What the label has now; `undefined` when it has nothing, or that is not on this device. */
  readonly before: PromptContent | undefined
  /** The version that the label has now; `null`: none that is known of. */
  readonly beforeId: string | null
  /** Its number, where that was heard. */
  readonly beforeNumber: number | undefined
  /** Whose label is changed from here only. */
  readonly base: LabelBase
  /**
   * - `new`: a new version of the draft's words;
   * - `same`: a version that is there gets the label;
   * - `again`: an old one's words become a new version, since the label goes forward only;
   * - `nothing`: the label has it already; without a label: it has a number already.
   */
  readonly kind: "new" | "same" | "again" | "nothing"
  /** The version that is there already, of the kinds `same`, `again` and `nothing`. */
  readonly versionId: string | undefined
  /** The number that the version has or, of a new one, gets as things are. */
  readonly number: number | undefined
}

/** What publishing a draft, or version `versionId`, under `label` would do; under `null` it gets a number alone. */
export function publishPlan(
  prompt: Prompt,
  known: PromptLabels,
  what: { readonly draftId: string; readonly versionId?: string | undefined },
  label: string | null,
): PublishPlan {
  const standing = label === null ? undefined : known.labels.find((one) => one.label === label)
  const beforeId = standing?.versionId ?? null
  const versionId = what.versionId ?? savedAs(prompt, what.draftId)
  const content = (versionId === undefined ? undefined : prompt.getVersion(versionId)?.content) ?? prompt.getContent(what.draftId)
  const own = versionId === undefined ? undefined : known.numbers.numberOf(versionId)
  const next = known.numbers.count + 1
  const isOlder = own !== undefined && standing?.number !== undefined && own < standing.number
  const hasAll = label === null ? own !== undefined : versionId === beforeId
  const kind = versionId === undefined ? "new" : hasAll ? "nothing" : isOlder ? "again" : "same"
  return {
    content,
    before: beforeId === null ? undefined : prompt.getVersion(beforeId)?.content,
    beforeId,
    beforeNumber: standing?.number,
    base: standing?.base ?? labelBase(undefined),
    kind,
    versionId,
    number: kind === "new" || kind === "again" ? next : (own ?? next),
  }
}

/** The one version that a draft stands on, where it says just that. */
function savedAs(prompt: Prompt, draftId: string): string | undefined {
  const [only, ...others] = prompt.getDraft(draftId)?.base ?? []
  const version = only === undefined || others.length > 0 ? undefined : prompt.getVersion(only)
  return version !== undefined && canonicalJson(version.content) === canonicalJson(prompt.getContent(draftId)) ? only : undefined
}
