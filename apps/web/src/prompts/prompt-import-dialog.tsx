import type { PromptImportReport } from "@polylogue/conversation"
import { type OpenWorkspace, usePolylogue } from "@polylogue/react"
import { useEffect, useMemo, useRef, useState } from "react"
import { Virtualizer } from "virtua"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { importPrompts } from "./import-prompts.ts"
import { promptHref } from "./prompt-route.ts"
import { promptName } from "./prompt-words.ts"
import "../import/import-panel.css"

interface PromptImportDialogProps {
  readonly workspace: OpenWorkspace
  /** Dropped already; undefined: they are to be chosen. */
  readonly files: readonly File[] | undefined
  readonly onClose: () => void
}

const STATUS_WORDS: Readonly<Record<PromptImportReport["status"], string>> = {
  imported: "Imported",
  unchanged: "Here already",
  skipped: "Skipped",
  failed: "Not imported",
}
const STATUSES = ["failed", "imported", "unchanged", "skipped"] as const

/** Imports prompts from files, and lists what became of each. Closed while it runs, it ends after the prompt that it is at. */
export function PromptImportDialog({ workspace, files, onClose }: PromptImportDialogProps) {
  const [chosen, setChosen] = useState(files)
  const { reports, running } = usePromptImport(workspace, chosen)
  const scroller = useRef<HTMLDivElement>(null)
  const inTurn = useMemo(() => STATUSES.flatMap((status) => reports.filter((report) => report.status === status)), [reports])
  return (
    <Dialog label="Import prompts" onClose={onClose} className="import-dialog">
      <header className="panel-head">
        <h2>Import prompts</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {chosen === undefined ? (
        <Chooser onFiles={setChosen} />
      ) : (
        <p className="import-outcome" role="status">
          {running ? `Reading: ${counted(reports.length, "prompt")} so far.` : summary(reports)}
        </p>
      )}
      {reports.length > 0 && (
        <div
          ref={scroller}
          className="import-report"
          role="list"
          aria-label="What became of each prompt"
          // reason: what scrolls must be reached by keyboard, also where no link is in it.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
        >
          <Virtualizer scrollRef={scroller} data={inTurn} itemSize={56}>
            {(report, at) => <Item key={at} report={report} onClose={onClose} />}
          </Virtualizer>
        </div>
      )}
      {chosen !== undefined && !running && (
        <footer className="import-foot">
          <button type="button" className="button button-primary" onClick={onClose}>
            Done
          </button>
        </footer>
      )}
    </Dialog>
  )
}

/** Runs an import of `files` as long as the component is there. */
function usePromptImport(
  workspace: OpenWorkspace,
  files: readonly File[] | undefined,
): { reports: readonly PromptImportReport[]; running: boolean } {
  const polylogue = usePolylogue()
  const [reports, setReports] = useState<readonly PromptImportReport[]>([])
  const [running, setRunning] = useState(true)
  useEffect(() => {
    if (files === undefined) return
    const ending = new AbortController()
    const told = (report: PromptImportReport): void => setReports((before) => [...before, report])
    void importPrompts(polylogue, workspace, files, told, ending.signal).finally(() => setRunning(false))
    return () => ending.abort()
  }, [polylogue, workspace, files])
  return { reports, running }
}

function Chooser({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <div className="import-chooser">
      <Icon name="import" size={28} />
      <p>Drop files anywhere in the window, or choose them.</p>
      <input
        ref={input}
        type="file"
        className="visually-hidden"
        aria-label="Files to import"
        data-testid="prompt-files"
        tabIndex={-1}
        multiple
        accept=".json,.jsonl,.csv,.md,.markdown,.txt,application/json,text/csv,text/markdown,text/plain"
        onChange={(event) => onFiles([...(event.target.files ?? [])])}
      />
      <button type="button" className="button button-primary" onClick={() => input.current?.click()}>
        Choose files
      </button>
      <p className="quiet">
        Prompts of Langfuse as JSON, CSV with the columns act and prompt, Markdown with front matter, plain text. Importing again changes
        nothing, and every prompt is reported.
      </p>
    </div>
  )
}

function summary(reports: readonly PromptImportReport[]): string {
  const counts = STATUSES.map((status) => [status, reports.filter((report) => report.status === status).length] as const)
  const said = counts
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${STATUS_WORDS[status].toLowerCase()} ${count.toLocaleString("en")}`)
  return said.length === 0 ? "There was nothing to import." : `${counted(reports.length, "prompt")}: ${said.join(", ")}.`
}

function Item({ report, onClose }: { readonly report: PromptImportReport; readonly onClose: () => void }) {
  const { promptId, name, where, status, versions, labels, reason, notices } = report
  const set = [...new Set(labels.map(({ label }) => label))].filter((label) => label !== "latest")
  return (
    <div role="listitem" className={`import-item import-item-${status}`} data-status={status}>
      <span className="import-title" dir="auto">
        {promptId === null || status === "failed" ? (
          name || where.file
        ) : (
          <a href={promptHref(promptId)} onClick={onClose}>
            {promptName(name ?? undefined)}
          </a>
        )}
      </span>
      <span className="import-status">{STATUS_WORDS[status]}</span>
      <span className="import-where quiet">
        <bdi>{where.file}</bdi>
        {where.position === "" ? "" : `, ${where.position}`}
        {versions.imported > 0 ? `: ${counted(versions.imported, "version")}` : ""}
      </span>
      {[...(reason === null ? [] : [reason]), ...notices].map(({ code, message }) => (
        <span key={`${code} ${message}`} className="import-reason">
          {message}
        </span>
      ))}
      {set.length > 0 && (
        <span className="import-reason">{`It was ${set.join(", ")} where it came from. Publish it to make it so here.`}</span>
      )}
    </div>
  )
}
