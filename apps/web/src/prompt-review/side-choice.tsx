import type { PromptDraft, PromptVersion } from "@polylogue/conversation"
import type { PromptLabels } from "@polylogue/react"
import { useNow } from "../frame/now.ts"
import { draftName } from "../prompts/draft-words.ts"
import type { Side } from "./review-dialog.ts"
import { MAX_OFFERED_VERSIONS, parseSide, sideKey, versionLine } from "./sides.ts"

interface SideChoiceProps {
  /** What it chooses: "Before". */
  readonly label: string
  readonly value: Side
  readonly drafts: readonly PromptDraft[]
  readonly versions: readonly PromptVersion[]
  readonly labels: PromptLabels
  readonly onChange: (side: Side) => void
}

/** Chooses a draft or a version. */
export function SideChoice({ label, value, drafts, versions, labels, onChange }: SideChoiceProps) {
  const now = useNow()
  const offered = versions.slice(0, MAX_OFFERED_VERSIONS)
  const chosen = value.kind === "version" ? versions.find(({ id }) => id === value.id) : undefined
  const listed = chosen === undefined || offered.includes(chosen) ? offered : [...offered, chosen]
  return (
    <label className="compare-side">
      <span>{label}</span>
      <select className="field" value={sideKey(value)} onChange={(event) => onChange(parseSide(event.target.value))}>
        <optgroup label="Drafts as they are now">
          {drafts.map((draft) => (
            <option key={draft.id} value={sideKey({ kind: "draft", id: draft.id })}>
              {draftName(draft)}
              {draft.closed ? " (closed)" : ""}
            </option>
          ))}
        </optgroup>
        {listed.length > 0 && (
          <optgroup label="Versions">
            {listed.map((version) => (
              <option key={version.id} value={sideKey({ kind: "version", id: version.id })}>
                {versionLine(version, labels, now)}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </label>
  )
}
