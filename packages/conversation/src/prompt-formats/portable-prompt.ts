import { canonicalJson } from "../text/canonical-json.ts"
import type { PromptContent } from "../prompt/prompt-content.ts"
import { MAIN_DRAFT } from "../prompt/prompt-layout.ts"
import type { PromptVersion } from "../prompt/prompt-versions.ts"
import type { PromptView } from "../prompt/prompt-view.ts"
import type { ExportedPrompt } from "./export-prompts.ts"
import type { PortableVersion } from "./prompt-item.ts"
import type { PromptLeft } from "./prompt-left.ts"
import { readOrigin } from "./prompt-origins.ts"
import { note } from "./prompt-text.ts"

/** What an export says about a prompt that does not stand in its document. */
export interface PortableOptions {
  readonly id: string
  readonly tags?: readonly string[]
  /** Which version has which label, as the authority said last. */
  readonly labels?: ReadonlyMap<string, string>
  /** The number of a version; undefined when it has none. */
  readonly numberOf?: (versionId: string) => number | undefined
  /** Only this version. Default: all that are here, and for one without any what its draft says. */
  readonly versionId?: string
}

/**
 * A prompt as files have it, its versions oldest first. What no format holds is put into `left`: other drafts, and words that no version has yet.
 * @throws RangeError when `versionId` is not here.
 */
export function portablePrompt(view: PromptView, options: PortableOptions, left: PromptLeft[]): ExportedPrompt {
  const { id, tags = [], versionId } = options
  const { name, description } = view.getMeta()
  const all = view.getVersions()
  const chosen = versionId === undefined ? all.toReversed() : all.filter((version) => version.id === versionId)
  if (versionId !== undefined && chosen.length === 0) throw new RangeError(`version ${versionId} is not here`)
  const draft = view.getContent(MAIN_DRAFT)
  const versions = chosen.map((version) => portableVersion(view, version, options))
  if (versionId === undefined) noteDrafts(view, name, draft, left)
  if (chosen.some(({ parents }, at) => parents.length > 1 || (at > 0 && parents[0] !== chosen[at - 1]?.id)))
    note(left, name, "branch", "which of its versions were made side by side")
  if (versions.length === 0)
    versions.push({ ...plain(draft), message: "", createdAt: null, author: null, labels: [], number: null, extra: null })
  return { id, name, description, tags, versions }
}

function noteDrafts(view: PromptView, name: string, main: PromptContent, left: PromptLeft[]): void {
  const drafts = view.getDrafts().length - 1
  if (drafts > 0) note(left, name, "drafts", `${drafts} more draft${drafts === 1 ? "" : "s"}`)
  const newest = view.getVersions()[0]
  if (newest !== undefined && canonicalJson(newest.content) !== canonicalJson(main))
    note(left, name, "drafts", "what its draft says and no version has yet")
}

function portableVersion(
  view: PromptView,
  { id, content, author, message, createdAt }: PromptVersion,
  options: PortableOptions,
): PortableVersion {
  const origin = readOrigin(view.ydoc, id)
  return {
    ...plain(content),
    message,
    createdAt,
    author: author.name ?? author.id,
    labels: [...(options.labels ?? [])].filter(([, version]) => version === id).map(([label]) => label),
    number: options.numberOf === undefined ? (origin?.number ?? null) : (options.numberOf(id) ?? null),
    extra: origin?.extra ?? null,
  }
}

function plain({ kind, slots, variables, config }: PromptContent): Pick<PortableVersion, "kind" | "slots" | "variables" | "config"> {
  return { kind, variables, config, slots: slots.map(({ role, name, text }) => ({ role, ...(name === undefined ? {} : { name }), text })) }
}
