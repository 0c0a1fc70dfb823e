import type { ImportReport } from "@polylogue/conversation"
import { useRef } from "react"
import { cardTitle } from "../conversation-list/card-text.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { hrefOf } from "../frame/route.ts"
import { summary } from "./import-summary.ts"
import type { ImportState } from "./use-import.ts"
import "./import-panel.css"

interface ImportPanelProps {
  readonly state: ImportState
  readonly onFiles: (files: readonly File[]) => void
  readonly onCancel: () => void
  readonly onClose: () => void
}

/** Choosing files, the progress of an import, and what became of each thing in them. */
export function ImportPanel({ state, onFiles, onCancel, onClose }: ImportPanelProps) {
  return (
    <Dialog label="Import conversations" onClose={onClose} className="import-dialog">
      <header className="panel-head">
        <h2>Import conversations</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {state.phase === "idle" && <Chooser onFiles={onFiles} />}
      {state.phase === "running" && (
        <div className="import-progress">
          <p role="status">
            Reading <bdi>{state.progress?.file ?? ""}</bdi>: {summary(state.progress?.reports ?? [])}
          </p>
          <progress
            aria-label="Files read"
            max={state.progress?.filesTotal ?? 1}
            value={state.progress !== undefined && state.progress.filesTotal > 1 ? state.progress.filesDone : undefined}
          />
          <p className="quiet">What is imported stays, also when you cancel. You can close this and go on reading.</p>
          <button type="button" className="button" onClick={onCancel}>
            Cancel
          </button>
        </div>
      )}
      {state.phase === "done" && (
        <p className="import-outcome" role="status">
          {state.problem ?? `${state.cancelled ? "Cancelled. " : ""}${summary(state.progress?.reports ?? [])}.`}
        </p>
      )}
      {state.progress !== undefined && state.progress.reports.length > 0 && <Report reports={state.progress.reports} onClose={onClose} />}
      {state.phase === "done" && (
        <footer className="import-foot">
          <FileButton label="Import more" onFiles={onFiles} />
          <button type="button" className="button button-primary" onClick={onClose}>
            Done
          </button>
        </footer>
      )}
    </Dialog>
  )
}

function Chooser({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  return (
    <div className="import-chooser">
      <Icon name="import" size={28} />
      <p>Drop files anywhere in the window, or choose them.</p>
      <FileButton label="Choose files" primary onFiles={onFiles} />
      <p className="quiet">
        ChatGPT exports (the zip as it comes, or the JSON files in it), OpenAI messages (JSONL), Polylogue’s own JSON. Importing again
        changes nothing, and every item is reported.
      </p>
    </div>
  )
}

interface FileButtonProps {
  readonly label: string
  readonly primary?: boolean
  readonly onFiles: (files: readonly File[]) => void
}

function FileButton({ label, primary = false, onFiles }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        className="visually-hidden"
        data-testid="import-files"
        aria-label="Files to import"
        tabIndex={-1}
        multiple
        accept=".json,.jsonl,.ndjson,.zip,.gz,application/json,application/zip,application/gzip"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])])
          event.target.value = ""
        }}
      />
      <button type="button" className={primary ? "button button-primary" : "button"} onClick={() => input.current?.click()}>
        {label}
      </button>
    </>
  )
}

const STATUS_WORDS: Readonly<Record<ImportReport["status"], string>> = {
  imported: "Imported",
  unchanged: "Here already",
  skipped: "Skipped",
  failed: "Not imported",
}

const MAX_SHOWN = 500

function Report({ reports, onClose }: { readonly reports: readonly ImportReport[]; readonly onClose: () => void }) {
  // What went wrong comes first: it is what one looks for.
  const ordered = [...reports].sort((left, right) => Number(right.status === "failed") - Number(left.status === "failed"))
  return (
    <ul className="import-report" data-testid="import-report" aria-label="What became of each item">
      {ordered.slice(0, MAX_SHOWN).map((report) => (
        <li
          key={`${report.where.file} ${report.where.position} ${report.conversationId}`}
          className={`import-item import-item-${report.status}`}
          data-status={report.status}
        >
          <span className="import-title" dir="auto">
            {report.conversationId === null ? (
              report.title || report.where.file
            ) : (
              <a href={hrefOf(report.conversationId)} onClick={onClose}>
                {cardTitle({ title: report.title ?? "" })}
              </a>
            )}
          </span>
          <span className="import-status">{STATUS_WORDS[report.status]}</span>
          <span className="import-where quiet">
            <bdi>{report.where.file}</bdi>
            {report.where.position === "" ? "" : `, ${report.where.position}`}
            {report.messages.imported > 0 ? `: ${counted(report.messages.imported, "message")}` : ""}
          </span>
          {[...(report.reason === null ? [] : [report.reason]), ...report.notices].map((reason) => (
            <span key={reason.code} className="import-reason">
              {reason.message}
            </span>
          ))}
        </li>
      ))}
      {reports.length > MAX_SHOWN && <li className="quiet">and {counted(reports.length - MAX_SHOWN, "more item")}</li>}
    </ul>
  )
}
