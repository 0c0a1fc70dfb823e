import type { SourceCard } from "@polylogue/conversation"
import {
  type OpenSource,
  type SourceState,
  useDocumentStatus,
  usePolylogue,
  useSourceMeta,
  useSourceText,
  type WorkspaceState,
} from "@polylogue/react"
import { type ReactNode, Suspense, useState } from "react"
import { quoted } from "../conversation-list/card-text.ts"
import { useErase } from "../erasing/erase-context.tsx"
import { lazyPart } from "../frame/lazy-part.tsx"
import { Skeleton } from "../frame/skeleton.tsx"
import { useToast } from "../frame/toast.tsx"
import { FollowNotes } from "./note-work.ts"
import { NotesButton } from "./notes-button.tsx"
import { SourceFacts } from "./source-facts.tsx"
import type { HeaderItem } from "../card-list/card-header.tsx"
import { SourceHeader } from "./source-header.tsx"
import { SourceReader } from "./source-reader.tsx"
import { type SourcePlace, sourceHref } from "./source-route.ts"
import { sourceTitle } from "./source-words.ts"
import { useFreshPassages } from "./use-fresh-passages.ts"
import type { SourceWork } from "./use-source-work.ts"
import "./source-plane.css"

const SourceErasures = lazyPart(() => import("../erasing/erasure-state.tsx").then((module) => ({ default: module.SourceErasures })))
const SourceEditor = lazyPart(() => import("./source-editor.tsx").then((module) => ({ default: module.SourceEditor })))

interface SourcePlaneProps {
  readonly state: SourceState
  readonly sourceId: string
  readonly card: SourceCard | undefined
  readonly work: SourceWork
  readonly workspace: WorkspaceState
  readonly status: ReactNode
  /** The place in the text that the address names. */
  readonly at: SourcePlace | undefined
  readonly editing: boolean
  readonly onEditing: (editing: boolean) => void
  /** Shows the notes in the margin; quietly, the focus stays where it is, and they are not put away. */
  readonly onNotes: (quietly: boolean) => void
}

/** A source: what it is, what it says, and the editor of its text. */
export function SourcePlane(props: SourcePlaneProps) {
  const { state, card, work, status, sourceId } = props
  if (state.state === "open") return <OpenPlane key={state.open.ydoc.guid} {...props} held={state} />
  return (
    <>
      <SourceHeader held={undefined} card={card} status={status} items={[]} onRename={(title) => work.rename(sourceId, title)}>
        {null}
      </SourceHeader>
      {state.state === "opening" ? (
        <Skeleton rows={8} label="Opening the source" />
      ) : (
        <div className="empty-conversation" role="alert">
          <p>This source cannot be read from this device. Nothing of it was changed.</p>
          <button type="button" className="button" onClick={() => location.reload()}>
            Try again
          </button>
        </div>
      )}
    </>
  )
}

function OpenPlane(props: SourcePlaneProps & { readonly held: OpenSource }) {
  const { held, sourceId, card, work, workspace, status, at, editing, onEditing, onNotes } = props
  const { source } = held
  const mayWrite = useDocumentStatus(held.open).mayWrite !== false
  const text = useSourceText(source)
  const meta = useSourceMeta(source)
  const passages = useFreshPassages(workspace.state === "open" ? workspace : undefined, held, mayWrite, editing)
  const [asked, setAsked] = useState(0)
  const original = useOriginal(held)
  const erase = useErase()
  const eraseAll = (): void => erase({ kind: "source", sourceId, title: sourceTitle(card?.name ?? meta.title) })
  const deleted = card !== undefined && card.deletedAt !== null
  const here = source.getState() === "here"
  const isEditing = editing && mayWrite && here
  const items: readonly HeaderItem[] = !here
    ? []
    : [
        ...(isEditing
          ? []
          : [
              {
                label: "Find in this source",
                icon: "search",
                keys: "Mod+f",
                run: () => setAsked((count) => count + 1),
              } satisfies HeaderItem,
            ]),
        ...(mayWrite
          ? [
              {
                label: isEditing ? "Done editing" : "Edit text",
                icon: "edit",
                keys: "e",
                run: () => onEditing(!isEditing),
              } satisfies HeaderItem,
            ]
          : []),
        { label: "Notes", icon: "comment", keys: "m", run: () => onNotes(false) },
        ...(meta.blob ? [{ label: "Open the original", icon: "export", run: original } satisfies HeaderItem] : []),
        ...(passages.stale && mayWrite ? [{ label: "Make passages anew", icon: "restore", run: passages.renew } satisfies HeaderItem] : []),
        ...(card === undefined || deleted
          ? []
          : [{ label: "Delete", icon: "trash", danger: true, run: () => work.remove([card]) } satisfies HeaderItem]),
        { label: "Erase for good", icon: "erase", danger: true, run: eraseAll },
      ]
  return (
    <>
      <SourceHeader
        held={held}
        card={card}
        status={status}
        items={items}
        onRename={mayWrite && source.getState() !== "erased" ? (title) => work.rename(sourceId, title) : undefined}
      >
        {here && <NotesButton held={held} onPress={() => onNotes(false)} />}
        {here && isEditing && (
          <button type="button" className="button button-primary" onClick={() => onEditing(false)}>
            Done
          </button>
        )}
      </SourceHeader>
      <FollowNotes held={held} />
      {deleted && here && (
        <div className="banner" role="status">
          <span dir="auto">{`${quoted(sourceTitle(card.name))} was deleted. Its text is still here.`}</span>
          <button type="button" className="button" onClick={() => work.restore(card)}>
            Restore
          </button>
        </div>
      )}
      {source.getState() === "erased" && (
        <Gone words="This source was erased for good. What citations in answers quote of it may still stand there.">
          <Suspense>
            <SourceErasures sourceId={sourceId} />
          </Suspense>
        </Gone>
      )}
      {source.getState() === "absent" && (
        <Gone words="Nothing of this source is on this device yet. It comes as soon as a relay that has it is in reach." />
      )}
      {here && isEditing && (
        <Suspense fallback={<Skeleton rows={8} label="Opening the editor" />}>
          <SourceEditor held={held} onDone={() => onEditing(false)} />
        </Suspense>
      )}
      {here && !isEditing && (
        <SourceReader
          {...{ held, text, mayWrite, at, asked, onNotes }}
          title={sourceTitle(card?.name ?? meta.title)}
          onFound={() => setAsked(0)}
          onEdit={mayWrite ? () => onEditing(true) : undefined}
        >
          <SourceFacts held={held} text={text} />
          {passages.stale && text !== "" && (
            <p className="source-stale quiet" role="status">
              {passages.running ? "Making passages anew." : "The text was edited: search and new citations still use the text before."}
              {!passages.running && mayWrite && (
                <button type="button" className="button button-quiet" onClick={passages.renew}>
                  Make passages anew
                </button>
              )}
            </p>
          )}
        </SourceReader>
      )}
    </>
  )
}

function Gone({ words, children }: { readonly words: string; readonly children?: ReactNode }) {
  return (
    <div className="empty-conversation" role="status">
      <p>{words}</p>
      {children}
      <a className="button" href={sourceHref()}>
        Show all sources
      </a>
    </div>
  )
}

/** Gives the browser the file that the source was made of. */
function useOriginal({ source }: OpenSource): () => void {
  const { replica, workspace } = usePolylogue()
  const toast = useToast()
  return () => {
    const { sha256, name } = source.getMeta()
    if (sha256 === undefined) return
    Promise.all([replica.blobs.get(workspace, sha256), import("../export/download.ts")]).then(
      ([bytes, { downloadBytes }]) => downloadBytes(bytes, name === "" ? "source" : name),
      () => toast({ text: "The file is not on this device, and no relay in reach has it at the moment. Its text is here." }),
    )
  }
}
