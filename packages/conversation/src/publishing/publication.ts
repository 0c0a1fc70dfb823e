import { promptDocumentId } from "../document-id.ts"
import { type LabelBase, setLabel } from "./labels.ts"
import { labelKey, promptNameKey, versionsKey } from "./prompt-registers.ts"
import type { AuthorityAnswer, AuthorityRegister, RegisterClient } from "./register-client.ts"
import { assignNumber, numberIn } from "./version-numbers.ts"

/** What is to be published, and what it takes. */
export interface Publication {
  readonly registers: RegisterClient
  readonly workspace: string
  readonly promptId: string
  /** The name under which others ask for the prompt; reserved for it at its first publication. */
  readonly name: string
  readonly versionId: string
  /** The label that the version gets; `null`: a number and no label. */
  readonly label: string | null
  /** What the label held when the author decided. */
  readonly base: LabelBase
  /** 16 hex digits, chosen at random once for this publication and kept over all tries and devices. */
  readonly attempt: string
  /** Resolves with true once a relay has the version's record on disk, with false when that cannot be said now. */
  readonly stored: () => Promise<boolean>
  /** Asked before the label is set, the step that others see: false leaves it. Default: yes. */
  readonly wanted?: () => boolean
}

/** The steps of a publication, in their order. */
export type PublishStep = "record" | "name" | "number" | "label"

/**
 * What came of a publication. In every case the version stays in the prompt's document.
 * - `published`: the version has its number, and `register` says that it had the label then; without a label there is none.
 * - `conflict`: the label was moved since the author saw it. `theirs` is what stands there.
 * - `unavailable`: how far it came is not known. Call again, with the same attempt.
 * - `refused`: `forbidden` (may not write, or the label is protected), `bad-name`, `bad-label`, `full` (3,449 versions have numbers), `bad-list`.
 * - `name-taken`: another prompt has the name.
 * - `unwanted`: `wanted` said no.
 */
export type PublishOutcome =
  | { readonly outcome: "published"; readonly number: number; readonly register: AuthorityRegister | undefined }
  | { readonly outcome: "conflict"; readonly theirs: Theirs; readonly base: LabelBase }
  | { readonly outcome: "unavailable"; readonly step: PublishStep }
  | { readonly outcome: "refused"; readonly step: PublishStep; readonly code: string }
  | { readonly outcome: "name-taken"; readonly by: string }
  | { readonly outcome: "unwanted" }

/** What has a label instead. */
export interface Theirs extends LabelBase {
  /** Who set it; empty when it was taken away. */
  readonly principal: string
  /** When, in the relay's ms since 1970; 0 when it was taken away. */
  readonly setAt: number
}

type Stopped = Exclude<PublishOutcome, { readonly outcome: "published" }>

/**
 * Publishes a version in four steps, each of which is found done when it is done again: the version's record rests at a relay; the name is reserved;
 * the version has a number; the label is moved from where the author saw it. Cut off anywhere it leaves at most a version without a number or
 * a number without a label, and never a label on a version that no relay has. A version that has lost already takes no number.
 * @throws ConversationError `bad-id` unless workspace and prompt id are segments.
 */
export async function publishVersion(publication: Publication): Promise<PublishOutcome> {
  const { registers, versionId, label, base, wanted = () => true } = publication
  const promptDocument = promptDocumentId(publication.workspace, publication.promptId)
  const keys = keysOf(publication)
  if ("outcome" in keys) return keys
  if (!(await publication.stored())) return { outcome: "unavailable", step: "record" }
  // Asked at once, for each answer takes a way to the relay and back; what is set is set from these answers, so none of them can be too old.
  const [name, versions, standing] = await Promise.all([
    registers.get(keys.name),
    registers.get(versionsKey(promptDocument)),
    keys.label === undefined ? undefined : registers.get(keys.label),
  ])
  const stopped = checkStanding(publication, versions, standing) ?? (await reserveName(publication, keys.name, name))
  if (stopped !== undefined) return stopped
  if (!wanted()) return { outcome: "unwanted" }
  const number = await assignNumber(registers, promptDocument, versionId, versions)
  if (number.outcome !== "ok") return { ...number, step: "number" }
  if (label === null || keys.label === undefined) return { outcome: "published", number: number.number, register: undefined }
  if (!wanted()) return { outcome: "unwanted" }
  const moved = await setLabel(publication, keys.label, versionId)
  if (moved.outcome === "unavailable" || moved.outcome === "refused") return { ...moved, step: "label" }
  const { register } = moved
  if (moved.outcome === "conflict") return { outcome: "conflict", theirs: theirsOf(register), base }
  return { outcome: "published", number: number.number, register }
}

function keysOf({ workspace, promptId, name, label }: Publication): { name: string; label: string | undefined } | Stopped {
  let key: string
  try {
    key = promptNameKey(workspace, name)
  } catch {
    return { outcome: "refused", step: "name", code: "bad-name" }
  }
  try {
    return { name: key, label: label === null ? undefined : labelKey(promptDocumentId(workspace, promptId), label) }
  } catch {
    return { outcome: "refused", step: "label", code: "bad-label" }
  }
}

async function reserveName({ registers, promptId }: Publication, key: string, known: AuthorityAnswer): Promise<Stopped | undefined> {
  const free = known.outcome === "ok" && known.register.value === null
  const answer = free ? await registers.cas(key, { expected: null, value: promptId }) : known
  if (answer.outcome === "unavailable" || answer.outcome === "refused") return { ...answer, step: "name" }
  const by = answer.register.value
  if (by === promptId) return undefined
  // Given up at this moment by whoever had it: it is free at the next try.
  return by === null ? { outcome: "unavailable", step: "name" } : { outcome: "name-taken", by }
}

/** Stops a version that has no number yet and would not get its label either. One with a number may have got it: its own attempt tells. */
function checkStanding(publication: Publication, versions: AuthorityAnswer, standing: AuthorityAnswer | undefined): Stopped | undefined {
  const { versionId, base } = publication
  const number = numberIn(versions, versionId)
  if (number !== undefined) return number.outcome === "ok" ? undefined : { ...number, step: "number" }
  if (standing === undefined) return undefined
  if (standing.outcome === "unavailable" || standing.outcome === "refused") return { ...standing, step: "label" }
  const { register } = standing
  if (register.revision === base.revision || register.value === versionId) return undefined
  return { outcome: "conflict", theirs: theirsOf(register), base }
}

function theirsOf({ revision, value, principal, setAt }: AuthorityRegister): Theirs {
  return { revision, versionId: value, principal, setAt }
}
