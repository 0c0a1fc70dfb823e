import type { PromptDraft, PromptVersion } from "@polylogue/conversation"
import type { OpenPrompt, PromptLabels } from "@polylogue/react"
import type { MouseEvent } from "react"
import { quoted } from "../conversation-list/card-text.ts"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { useNow } from "../frame/now.ts"
import { exactDate, isoDate, relativeDate } from "../frame/relative-time.ts"
import { usePhone } from "../frame/use-media.ts"
import { draftName } from "../prompts/draft-words.ts"
import { navigateToPrompt, promptHref } from "../prompts/prompt-route.ts"
import type { PromptPanelProps } from "../prompts/prompt-panels.ts"
import { beginFrom } from "./begin-from.ts"
import { LaneCell } from "./lane-cell.tsx"
import type { LaneRow } from "./version-lanes.ts"
import { authorName, numberWord, reasonWords, versionName } from "./version-words.ts"

interface HistoryItemProps extends Pick<PromptPanelProps, "mayWrite" | "onDialog" | "onClose"> {
  readonly held: OpenPrompt
  readonly version: PromptVersion
  /** What it was made from, as far as that is on this device. */
  readonly parents: readonly (PromptVersion | undefined)[]
  readonly labels: PromptLabels
  readonly drafts: readonly PromptDraft[]
  /** The draft on screen, or that one comes back to. */
  readonly draft: PromptDraft | undefined
  readonly row: LaneRow | undefined
  readonly lanes: number
  /** It was made from the version below and from nothing else. */
  readonly follows: boolean
  /** It is on screen. */
  readonly current: boolean
}

/** One version in the history, with what can be done with it. */
export function HistoryItem({ held, version, parents, labels, drafts, row, lanes, follows, current, ...rest }: HistoryItemProps) {
  const { promptId } = held
  const { id, createdAt } = version
  const now = useNow()
  const phone = usePhone()
  const own = labels.labels.filter((label) => label.versionId === id)
  const standing = drafts.filter(({ base, closed }) => !closed && base.includes(id))
  const open = (event: MouseEvent): void => {
    if (!phone || event.metaKey || event.ctrlKey || event.shiftKey) return
    // On a phone the history lies over what it leads to.
    event.preventDefault()
    navigateToPrompt(promptId, { versionId: id })
    rest.onClose()
  }
  const origin = follows || parents.length === 0 ? "" : originWords(parents, labels)
  return (
    <li className="history-item" data-current={current || undefined}>
      {row !== undefined && <LaneCell row={row} lanes={lanes} />}
      <div className="history-words">
        <a
          className="history-link"
          href={promptHref(promptId, { versionId: id })}
          aria-current={current ? "page" : undefined}
          onClick={open}
        >
          <span className="history-number">{numberWord(id, labels)}</span> <bdi>{reasonWords(version)}</bdi>
        </a>
        <p className="history-who">
          <bdi>{authorName(version)}</bdi>,{" "}
          <time dateTime={isoDate(createdAt)} title={exactDate(createdAt)}>
            {relativeDate(createdAt, Math.max(now, createdAt))}
          </time>
          {origin !== "" && <span>, {origin}</span>}
        </p>
        {(own.length > 0 || standing.length > 0) && (
          <p className="history-marks">
            {own.map(({ label }) => (
              <bdi key={label} className="history-mark history-label">
                {label}
              </bdi>
            ))}
            {standing.map((draft) => (
              <a
                key={draft.id}
                className="history-mark"
                href={promptHref(promptId, { draftId: draft.id })}
                title="This draft goes on from here"
              >
                <bdi>{draftName(draft)}</bdi>
              </a>
            ))}
          </p>
        )}
      </div>
      <Menu label={`Actions for ${versionName(version, labels)}`} items={actions({ held, version, parents, ...rest })} />
    </li>
  )
}

/** From what a version was made, where that is not simply the one below. */
function originWords(parents: HistoryItemProps["parents"], labels: PromptLabels): string {
  const known = parents.filter((parent) => parent !== undefined)
  if (known.length === 0) return "made from one that is not on this device"
  return `made from ${known.map((parent) => versionName(parent, labels)).join(" and ")}`
}

function actions(props: Pick<HistoryItemProps, "held" | "version" | "parents" | "draft" | "mayWrite" | "onDialog">): readonly MenuItem[] {
  const { held, version, parents, draft, mayWrite, onDialog } = props
  const { id } = version
  const to = { kind: "version", id } as const
  const before = parents.find((parent) => parent !== undefined)
  const reading: readonly MenuItem[] = [
    { label: "Open", icon: "file", run: () => navigateToPrompt(held.promptId, { versionId: id }) },
    ...(before === undefined
      ? []
      : [
          {
            label: "What it changed",
            icon: "search",
            run: () => onDialog({ kind: "compare", from: { kind: "version", id: before.id }, to }),
          } satisfies MenuItem,
        ]),
    ...(draft === undefined
      ? []
      : [
          {
            label: `Compare with ${quoted(draftName(draft))}`,
            icon: "search",
            run: () => onDialog({ kind: "compare", from: to, to: { kind: "draft", id: draft.id } }),
          } satisfies MenuItem,
        ]),
  ]
  if (!mayWrite) return reading
  const putting: readonly MenuItem[] =
    draft === undefined || draft.closed
      ? []
      : [{ label: `Put into ${quoted(draftName(draft))}`, icon: "restore", run: () => onDialog({ kind: "put", versionId: id }) }]
  return [
    ...reading,
    ...putting,
    { label: "New draft from it", icon: "branch", run: () => beginFrom(held, version) },
    { label: "Publish this again", icon: "send", run: () => onDialog({ kind: "publish", versionId: id }) },
  ]
}
