import type { Conversation, LineEntry } from "@polylogue/conversation"
import { useMemo } from "react"
import { moveByArrows } from "../frame/arrow-keys.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { BranchLabel } from "./branch-label.tsx"
import { MAX_OUTLINE_ENTRIES, outlineOf } from "./forks.ts"
import "./branches.css"

/** Levels that are set in; deeper ones stand below each other. */
const MAX_INDENT = 8

interface BranchMapProps {
  readonly conversation: Conversation
  readonly line: readonly LineEntry[]
  /** Goes to a message, on whatever branch it is. */
  readonly onShow: (id: string) => void
  readonly onClose: () => void
}

/** The forks of a conversation as an outline: who wrote what when, what is on screen, and the way to each. */
export default function BranchMap({ conversation, line, onShow, onClose }: BranchMapProps) {
  const outline = useMemo(() => outlineOf(conversation.getTree()), [conversation])
  const shown = useMemo(() => new Set(line.map(({ id }) => id)), [line])
  const forks = outline.entries.filter(({ place }) => place === 1).length
  return (
    <Dialog label="Branches" onClose={onClose} className="branch-map">
      <header className="panel-head">
        <h2>Branches</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {forks === 0 ? (
        <p className="quiet">Nothing here was written or answered in more than one way. An edit or another answer makes a branch.</p>
      ) : (
        <>
          <p className="quiet">
            {counted(forks, "place")} with more than one version{outline.cut ? `; the first ${MAX_OUTLINE_ENTRIES} versions` : ""}.
          </p>
          {/* reason: arrows go from one entry to the next, as in a menu; each entry is a button. */}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
          <ol className="branch-outline" onKeyDown={(event) => moveByArrows(event)}>
            {outline.entries.map(({ id, depth, place, of }) => (
              <li key={id} data-first={place === 1 || undefined} style={{ marginInlineStart: `${Math.min(depth, MAX_INDENT) * 20}px` }}>
                <button
                  type="button"
                  className="menu-item branch-item"
                  aria-current={shown.has(id) || undefined}
                  onClick={() => {
                    onClose()
                    onShow(id)
                  }}
                >
                  <span className="branch-number">
                    {place}/{of}
                  </span>
                  <BranchLabel conversation={conversation} id={id} />
                  {shown.has(id) && <span className="branch-shown">shown</span>}
                </button>
              </li>
            ))}
          </ol>
        </>
      )}
    </Dialog>
  )
}
