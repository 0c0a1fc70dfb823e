import { diffContents, EMPTY_CONTENT } from "@polylogue/conversation"
import { type OpenPrompt, useLabels, usePromptDrafts, usePromptVersions } from "@polylogue/react"
import { type KeyboardEvent, useMemo, useRef, useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { useMedia } from "../frame/use-media.ts"
import { changeSteps } from "./change-steps.ts"
import { Changes } from "./content-diff.tsx"
import type { Side } from "./review-dialog.ts"
import { SideChoice } from "./side-choice.tsx"
import { firstSides, sideName, useSideContent } from "./sides.ts"
import "../prompts/publish-dialog.css"
import "./compare-dialog.css"

interface CompareDialogProps {
  readonly held: OpenPrompt
  /** What is on screen, of which the sides are chosen that are not given. */
  readonly draftId: string
  readonly versionId: string | undefined
  readonly from: Side | undefined
  readonly to: Side | undefined
  readonly onClose: () => void
}

/** From this width of the page on there is room for two columns. */
const TWO_COLUMNS = "(min-width: 960px)"

/** Any two of the drafts and versions of a prompt, with what differs: word by word, in one column or two, and from change to change by key. */
export function CompareDialog({ held, draftId, versionId, onClose, ...given }: CompareDialogProps) {
  const drafts = usePromptDrafts(held)
  const versions = usePromptVersions(held)
  const labels = useLabels(held.promptId)
  const [chosen, choose] = useState(() => {
    const first = firstSides({ draftId, versionId }, drafts, versions)
    return { from: given.from ?? first.from, to: given.to ?? first.to }
  })
  const { from, to } = chosen
  const [old, next] = [useSideContent(held, from), useSideContent(held, to)]
  const diff = useMemo(() => diffContents(old ?? EMPTY_CONTENT, next ?? EMPTY_CONTENT), [old, next])
  const steps = useMemo(() => changeSteps(diff), [diff])
  const body = useRef<HTMLDivElement>(null)
  const { current, go } = useSteps(body, steps.count)
  const roomy = useMedia(TWO_COLUMNS)
  const [columns, setColumns] = useState(false)
  const missing = old === undefined || next === undefined
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const by = { j: 1, n: 1, k: -1, p: -1 }[event.key]
    if (by === undefined || event.metaKey || event.ctrlKey || event.altKey || event.target instanceof HTMLSelectElement) return
    event.preventDefault()
    go(by)
  }
  const sides = { drafts, versions, labels }
  return (
    <Dialog label="Compare" onClose={onClose} className="publish-dialog compare-dialog">
      {/* reason: the keys work wherever in the dialog the focus is; each has a button as well. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div className="compare" onKeyDown={onKeyDown}>
        <header className="panel-head">
          <h2>Compare</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div className="compare-sides">
          <SideChoice label="Before" value={from} {...sides} onChange={(side) => choose({ from: side, to })} />
          <button type="button" className="button button-quiet compare-swap" onClick={() => choose({ from: to, to: from })}>
            Swap
          </button>
          <SideChoice label="After" value={to} {...sides} onChange={(side) => choose({ from, to: side })} />
        </div>
        <div ref={body} className="publish-body">
          {missing ? (
            <p className="quiet">One of them is not on this device yet. It comes as soon as a relay that has it is in reach.</p>
          ) : diff.same ? (
            <p className="quiet">Not a word differs.</p>
          ) : (
            <>
              <h3 className="visually-hidden">What differs</h3>
              <Changes
                from={old}
                to={next}
                label={`${sideName(from, held, labels)} and ${sideName(to, held, labels)}`}
                {...{ steps, current }}
                columns={roomy && columns}
              />
            </>
          )}
        </div>
        <footer className="publish-foot">
          <p className="quiet" role="status">
            {stepWords(current, missing ? 0 : steps.count)}
          </p>
          {roomy && (
            <button type="button" className="button" aria-pressed={columns} onClick={() => setColumns(!columns)}>
              Side by side
            </button>
          )}
          <button type="button" className="button" title="Change before it (K)" disabled={steps.count === 0} onClick={() => go(-1)}>
            Previous
          </button>
          <button type="button" className="button" title="Next change (J)" disabled={steps.count === 0} onClick={() => go(1)}>
            Next
          </button>
        </footer>
      </div>
    </Dialog>
  )
}

function stepWords(current: number | undefined, count: number): string {
  return current === undefined || current >= count ? counted(count, "change") : `Change ${current + 1} of ${count.toLocaleString("en")}`
}

/** Goes from change to change, around the ends; each takes the focus, so that it is read out and the keys go on from it. */
function useSteps(body: { readonly current: HTMLElement | null }, count: number) {
  const [current, setCurrent] = useState<number>()
  const go = (by: number): void => {
    if (count === 0) return
    const at = current === undefined || current >= count ? (by > 0 ? 0 : count - 1) : (current + by + count) % count
    setCurrent(at)
    const change = body.current?.querySelector<HTMLElement>(`[data-step="${at}"]`)
    change?.focus({ preventScroll: true })
    change?.scrollIntoView({ block: "center" })
  }
  return { current, go }
}
