import { type OpenSource, useDocumentStatus, useSource, useSourceCard, useSourceList } from "@polylogue/react"
import { useCallback, useState } from "react"
import { DropZone } from "../import/drop-zone.tsx"
import { lazyPart } from "../frame/lazy-part.tsx"
import { MarginPanel } from "../frame/margin-panel.tsx"
import type { PartPageProps } from "../frame/part-page.ts"
import { useDocumentTitle } from "../frame/use-document-title.ts"
import { usePhone } from "../frame/use-media.ts"
import { useCommands } from "../palette/commands.ts"
import type { Adding } from "./adding.ts"
import { useGoToPassage } from "./place-of-passage.ts"
import { SourceListPlane } from "./source-list-plane.tsx"
import { SourcePlane } from "./source-plane.tsx"
import { useSourceRoute } from "./source-route.ts"
import { sourceTitle } from "./source-words.ts"
import { SourcesWelcome } from "./sources-welcome.tsx"
import { useAdding } from "./use-adding.ts"
import { usePaste } from "./use-paste.ts"
import { useSourceWork } from "./use-source-work.ts"

const SearchPanel = lazyPart(() => import("./search-panel.tsx").then((module) => ({ default: module.SearchPanel })))
const NotesPanel = lazyPart(() => import("./source-notes-panel.tsx").then((module) => ({ default: module.SourceNotesPanel })))
const AddingPanel = lazyPart(() => import("./adding-panel.tsx").then((module) => ({ default: module.AddingPanel })))

/** What the margin can show. */
type SourcePanel = "notes" | "search" | "adding"

const PANEL_TITLES: Readonly<Record<SourcePanel, string>> = { notes: "Notes", search: "Search in sources", adding: "Adding files" }

/** The sources of the workspace: the list, the one that is open, and the margin that opens when there is something to say there. */
export function SourcesPage({ workspace, status, notices, foot, margin, children }: PartPageProps) {
  const route = useSourceRoute()
  const { sourceId } = route
  const phone = usePhone()
  const open = workspace.state === "open" ? workspace : undefined
  const state = useSource(sourceId)
  const held = state.state === "open" ? state : undefined
  const card = useSourceCard(workspace, sourceId)
  const [editing, setEditing] = useState<string>()
  const work = useSourceWork(open, sourceId, setEditing)
  const [{ panel, quiet }, setPanel] = useState<{ readonly panel: SourcePanel | undefined; readonly quiet: boolean }>(NO_PANEL)
  const show = useCallback((next: SourcePanel | undefined, quietly = false) => setPanel({ panel: next, quiet: quietly }), [])
  const report = useCallback((shown: boolean) => show(shown ? "adding" : undefined, true), [show])
  const showNotes = useCallback(
    (quietly: boolean) => setPanel((before) => (before.panel === "notes" && !quietly ? NO_PANEL : { panel: "notes", quiet: quietly })),
    [],
  )
  const { adding, add, choose } = useAdding(open, work.may, report)
  const [query, setQuery] = useState("")
  const search = useCallback(
    (sought: string) => {
      if (sought !== "") setQuery(sought)
      show("search")
    },
    [show],
  )
  usePaste(({ files, text }) => (files.length > 0 ? add(files) : work.paste(text)))
  useDocumentTitle(sourceId === undefined ? "Sources" : sourceTitle(card?.name))
  useCommands(
    open === undefined
      ? []
      : [{ id: "search-sources", group: "Sources", name: "Search in sources", icon: "search", words: "passages", run: () => search("") }],
  )
  const shownPanel = margin === undefined && !(panel === "notes" && held === undefined) ? panel : undefined
  const shownPlane = sourceId === undefined ? "list" : "text"
  const empty = useSourceList(workspace).length === 0
  const textShown = !phone || shownPlane === "text" || (open !== undefined && empty)
  const list = (
    <SourceListPlane
      workspace={workspace}
      chosenId={sourceId}
      work={work}
      onAdd={choose}
      onSearch={search}
      status={phone ? status : undefined}
      notices={textShown ? undefined : notices}
      foot={foot}
    />
  )
  return (
    <div
      className="frame"
      data-plane={shownPlane}
      data-margin={margin !== undefined || shownPanel !== undefined || undefined}
      data-empty={empty || undefined}
    >
      {(!phone || shownPlane === "list") && (textShown ? list : <main className="list-alone">{list}</main>)}
      {textShown && (
        <main className="text-plane">
          {notices}
          {sourceId === undefined ? (
            <SourcesWelcome
              empty={empty}
              status={phone ? undefined : status}
              onAdd={choose}
              onWrite={work.write}
              onSearch={() => search("")}
            />
          ) : (
            <SourcePlane
              key={sourceId}
              {...{ state, sourceId, card, work, status, workspace }}
              at={route.at}
              editing={editing === sourceId}
              onNotes={showNotes}
              onEditing={(isEditing) => setEditing(isEditing ? sourceId : undefined)}
            />
          )}
        </main>
      )}
      {margin}
      {shownPanel !== undefined && (
        <MarginPanel
          key={shownPanel}
          title={PANEL_TITLES[shownPanel]}
          quiet={quiet || shownPanel === "search"}
          onClose={() => show(undefined)}
        >
          <PanelBody
            {...{ panel: shownPanel, held, adding, workspace, query, setQuery, phone }}
            onAdd={choose}
            onClose={() => show(undefined)}
          />
        </MarginPanel>
      )}
      <DropZone onFiles={add} label="Drop to add as sources" />
      {children}
    </div>
  )
}

const NO_PANEL = { panel: undefined, quiet: false }

interface PanelBodyProps extends Pick<PartPageProps, "workspace"> {
  readonly panel: SourcePanel
  readonly held: OpenSource | undefined
  readonly adding: Adding | undefined
  readonly query: string
  readonly setQuery: (query: string) => void
  readonly phone: boolean
  readonly onAdd: () => void
  readonly onClose: () => void
}

function PanelBody({ panel, held, adding, workspace, query, setQuery, phone, onAdd, onClose }: PanelBodyProps) {
  const go = useGoToPassage()
  if (panel === "adding") return adding !== undefined && <AddingPanel adding={adding} onAdd={onAdd} />
  if (panel === "notes") return held !== undefined && <HeldNotes held={held} onClose={onClose} />
  return (
    <SearchPanel
      workspace={workspace}
      query={query}
      onQuery={setQuery}
      onShow={(passage) => {
        if (phone) onClose()
        go(passage)
      }}
    />
  )
}

function HeldNotes({ held, onClose }: { readonly held: OpenSource; readonly onClose: () => void }) {
  const { mayWrite } = useDocumentStatus(held.open)
  return <NotesPanel key={held.open.ydoc.guid} held={held} mayWrite={mayWrite !== false} onClose={onClose} />
}
