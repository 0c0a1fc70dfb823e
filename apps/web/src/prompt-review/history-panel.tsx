import { useLabels, usePromptDrafts, usePromptVersions } from "@polylogue/react"
import { useMemo, useState } from "react"
import { moveByArrows } from "../frame/arrow-keys.ts"
import type { PromptPanelProps } from "../prompts/prompt-panels.ts"
import { HistoryItem } from "./history-item.tsx"
import { versionLanes } from "./version-lanes.ts"
import "./history-panel.css"

/** Versions that are on the page at first, and that each press adds. */
export const VERSIONS_A_PAGE = 100

/** The versions of a prompt, newest first: which, who, when and why, what others get, and how they come from one another. */
export function HistoryPanel(props: PromptPanelProps) {
  const { held, draftId, versionId, mayWrite, onDialog } = props
  const versions = usePromptVersions(held)
  const drafts = usePromptDrafts(held)
  const labels = useLabels(held.promptId)
  const [count, setCount] = useState(VERSIONS_A_PAGE)
  const shown = useMemo(() => versions.slice(0, count), [versions, count])
  const rows = useMemo(() => versionLanes(shown), [shown])
  const lanes = 1 + Math.max(0, ...rows.flatMap(({ lane, passing, leading }) => [lane, ...passing, ...leading]))
  const draft = drafts.find(({ id }) => id === draftId)
  const byId = useMemo(() => new Map(versions.map((version) => [version.id, version])), [versions])
  if (versions.length === 0) {
    return (
      <p className="quiet">
        {mayWrite
          ? "No version was saved yet. Save one, or publish: it stays as it is for ever, and you can compare it and go back to it."
          : "No version was saved yet."}
      </p>
    )
  }
  return (
    <>
      <button type="button" className="button history-compare" onClick={() => onDialog({ kind: "compare" })}>
        Compare versions
      </button>
      {/* reason: the list takes no focus itself; its links do, and arrows move among them. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ol
        className="history"
        aria-label="Versions, newest first"
        onKeyDown={(event) => moveByArrows(event, ".history-link", ".history-item")}
      >
        {shown.map((version, at) => (
          <HistoryItem
            key={version.id}
            version={version}
            parents={version.parents.map((id) => byId.get(id))}
            row={rows[at]}
            {...{ held, labels, lanes, drafts, draft, mayWrite, onDialog }}
            // What only follows the row below needs no words.
            follows={version.parents.length === 1 && version.parents[0] === shown[at + 1]?.id}
            current={version.id === versionId}
            onClose={props.onClose}
          />
        ))}
      </ol>
      {versions.length > count && (
        <button type="button" className="button" onClick={() => setCount(count + VERSIONS_A_PAGE)}>
          {`Show more (${(versions.length - count).toLocaleString("en")})`}
        </button>
      )}
    </>
  )
}
