import type { PromptCard } from "@polylogue/conversation"
import { usePrompt, usePromptCard, usePromptList, useDocumentStatus, type OpenPrompt } from "@polylogue/react"
import { Suspense, useCallback, useState } from "react"
import { lazyPart } from "../frame/lazy-part.tsx"
import { MarginPanel } from "../frame/margin-panel.tsx"
import type { MenuItem } from "../frame/menu.tsx"
import type { PartPageProps } from "../frame/part-page.ts"
import { useDocumentTitle } from "../frame/use-document-title.ts"
import { usePhone } from "../frame/use-media.ts"
import { useCommands } from "../palette/commands.ts"
import { PromptListPlane } from "./prompt-list-plane.tsx"
import { PROMPT_PANELS, type PromptPanel } from "./prompt-panels.ts"
import { PromptPlane } from "./prompt-plane.tsx"
import type { PromptDialog } from "./prompt-publishing.tsx"
import { type PromptRoute, usePromptRoute } from "./prompt-route.ts"
import { promptName } from "./prompt-words.ts"
import { PromptsWelcome } from "./prompts-welcome.tsx"
import { usePromptWork } from "./use-prompt-work.ts"
import { useTouchCard } from "./use-touch-card.ts"

const DropZone = lazyPart(() => import("../import/drop-zone.tsx").then((module) => ({ default: module.DropZone })))
const PromptImportDialog = lazyPart(() => import("./prompt-import-dialog.tsx").then((module) => ({ default: module.PromptImportDialog })))
const PromptExportDialog = lazyPart(() => import("./prompt-export-dialog.tsx").then((module) => ({ default: module.PromptExportDialog })))

/** The prompts of the workspace: the list, the one that is open, and the margin that opens when there is something to say there. */
export function PromptsPage({ workspace, status, notices, foot, margin, children }: PartPageProps) {
  const route = usePromptRoute()
  const { promptId } = route
  const phone = usePhone()
  const open = workspace.state === "open" ? workspace : undefined
  const state = usePrompt(promptId)
  const held = state.state === "open" ? state : undefined
  const card = usePromptCard(workspace, promptId)
  const work = usePromptWork(open, promptId)
  useTouchCard(open, held)
  const [panel, show, quiet] = usePanel()
  const [dialog, onDialog] = useDialog(promptId)
  const shownPanel = margin === undefined && held !== undefined ? panel : undefined
  useDocumentTitle(promptId === undefined ? "Prompts" : promptName(card?.name))
  const shownPlane = promptId === undefined ? "list" : "text"
  const empty = usePromptList(workspace).length === 0
  const textShown = !phone || shownPlane === "text" || (open !== undefined && empty)
  const [importing, setImporting] = useState<{ readonly files: readonly File[] | undefined }>()
  const [exporting, setExporting] = useState<readonly PromptCard[]>()
  const openImport = useCallback(
    (files?: readonly File[]) => {
      if (work.may("import others")) setImporting({ files })
    },
    [work],
  )
  const items = usePanelItems(held !== undefined, shownPanel, show)
  const list = (
    <PromptListPlane
      workspace={workspace}
      chosenId={promptId}
      work={work}
      onImport={() => openImport()}
      onExport={setExporting}
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
          {promptId === undefined ? (
            <PromptsWelcome empty={empty} status={phone ? undefined : status} onCreate={work.create} onImport={() => openImport()} />
          ) : (
            <PromptPlane
              key={promptId}
              {...{ state, promptId, route, card, work, status, items, dialog, onDialog }}
              onPanel={show}
              onExport={() => card !== undefined && setExporting([card])}
            />
          )}
        </main>
      )}
      {margin}
      {shownPanel !== undefined && held !== undefined && (
        <ShownPanel
          key={`${promptId} ${shownPanel.name}`}
          panel={shownPanel}
          {...{ held, route, quiet, onDialog }}
          onClose={() => show(undefined)}
        />
      )}
      <Suspense>
        <DropZone onFiles={openImport} />
        {importing !== undefined && open !== undefined && (
          <PromptImportDialog
            key={importing.files?.map(({ name }) => name).join("/") ?? ""}
            workspace={open}
            files={importing.files}
            onClose={() => setImporting(undefined)}
          />
        )}
        {exporting !== undefined && <PromptExportDialog cards={exporting} onClose={() => setExporting(undefined)} />}
      </Suspense>
      {children}
    </div>
  )
}

interface ShownPanelProps {
  readonly panel: PromptPanel
  readonly quiet: boolean
  readonly held: OpenPrompt
  readonly route: PromptRoute
  readonly onDialog: (dialog: PromptDialog) => void
  readonly onClose: () => void
}

function ShownPanel({ panel, quiet, held, route, onDialog, onClose }: ShownPanelProps) {
  const { mayWrite } = useDocumentStatus(held.open)
  return (
    <MarginPanel title={panel.title} quiet={quiet} onClose={onClose}>
      <panel.Body
        held={held}
        draftId={route.draftId}
        versionId={route.versionId}
        mayWrite={mayWrite !== false}
        onDialog={onDialog}
        onClose={onClose}
      />
    </MarginPanel>
  )
}

/** The panel in the margin, which stays while one goes from prompt to prompt. */
function usePanel(): readonly [panel: PromptPanel | undefined, show: ShowPanel, quiet: boolean] {
  const [{ name, quiet }, setShown] = useState<{ readonly name: string | undefined; readonly quiet: boolean }>(NO_PANEL)
  const show = useCallback((next: string | undefined, quietly = false) => setShown({ name: next, quiet: quietly }), [])
  return [PROMPT_PANELS.find((panel) => panel.name === name), show, quiet]
}

/** What lies over the prompt on screen; another prompt has nothing over it. */
function useDialog(promptId: string | undefined): readonly [PromptDialog | undefined, (dialog: PromptDialog | undefined) => void] {
  const [held, hold] = useState<{ readonly promptId: string | undefined; readonly dialog: PromptDialog | undefined }>()
  const show = useCallback((dialog: PromptDialog | undefined) => hold({ promptId, dialog }), [promptId])
  return [held?.promptId === promptId ? held?.dialog : undefined, show]
}

const NO_PANEL = { name: undefined, quiet: false }

/** Shows a panel, or none; quietly, the focus stays where it is. */
type ShowPanel = (name: string | undefined, quietly?: boolean) => void

/** The panels as entries of the prompt's menu, and as commands with their keys. */
function usePanelItems(open: boolean, shown: PromptPanel | undefined, show: ShowPanel): readonly MenuItem[] {
  const toggle = useCallback((name: string) => show(shown?.name === name ? undefined : name), [shown, show])
  const items = PROMPT_PANELS.map(({ name, title, icon, keys }) => ({ name, label: title, icon, keys, run: () => toggle(name) }))
  useCommands(
    open
      ? items.map(({ name, label, icon, keys, run }) => ({
          id: `prompt panel ${name}`,
          group: "This prompt",
          name: `Show ${label.toLowerCase()}`,
          icon,
          ...(keys === undefined ? {} : { keys }),
          run,
        }))
      : [],
  )
  return open ? items : []
}
