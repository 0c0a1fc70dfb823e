import { type ReactNode, useEffect, useRef, useSyncExternalStore } from "react"
import { bytesInWords } from "../device/storage-estimate.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { mayPickHandles, pickFiles } from "./chosen-files.ts"
import { ImportReportList } from "./import-report-list.tsx"
import type { ImportSession } from "./import-session.ts"
import { IDLE, type ImportState } from "./import-state.ts"
import { itemsOf } from "./import-progress.ts"
import { outcome, pace, summary } from "./import-summary.ts"
import "./import-panel.css"

interface ImportPanelProps {
  /** Undefined while it is being loaded. */
  readonly session: ImportSession | undefined
  readonly onFiles: (files: readonly File[]) => void
  readonly onClose: () => void
}

/** Choosing files, the progress of an import, what became of each thing in them, and how to go on with one that was cut off. */
export function ImportPanel({ session, onFiles, onClose }: ImportPanelProps) {
  const state = useImportState(session)
  useEffect(() => void session?.look(), [session])
  const { phase, reports } = state
  return (
    <Dialog label="Import conversations" onClose={onClose} className="import-dialog">
      <header className="panel-head">
        <h2>Import conversations</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {phase === "idle" && <Chooser onFiles={onFiles} />}
      {phase === "asking" && <Asking state={state} onGo={() => session?.startAnyway()} onCancel={() => session?.cancel()} />}
      {phase === "left" && session !== undefined && <Left state={state} session={session} onFiles={onFiles} />}
      {phase === "elsewhere" && <Elsewhere state={state} />}
      {phase === "running" && <Running state={state} onCancel={() => session?.cancel()} />}
      {phase === "done" && (
        <p className="import-outcome" role="status">
          {outcome(state)}
        </p>
      )}
      {reports.length > 0 && <ImportReportList state={state} onClose={onClose} />}
      {phase === "done" && (
        <footer className="import-foot">
          {state.ending?.kind === "full" || state.ending?.kind === "stopped" ? (
            <button type="button" className="button" onClick={() => void session?.goOn()}>
              Go on
            </button>
          ) : (
            <FileButton label="Import more" onFiles={onFiles} />
          )}
          <button type="button" className="button button-primary" onClick={onClose}>
            Done
          </button>
        </footer>
      )}
    </Dialog>
  )
}

/** How the import stands; renders again when it changes. */
export function useImportState(session: ImportSession | undefined): ImportState {
  return useSyncExternalStore(session?.subscribe ?? never, () => session?.state ?? IDLE)
}

function never(): () => void {
  return () => {}
}

function Chooser({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  return (
    <div className="import-chooser">
      <Icon name="import" size={28} />
      <p>Drop files anywhere in the window, or choose them.</p>
      <FileButton label="Choose files" primary onFiles={onFiles} />
      <p className="quiet">
        Exports of other chat apps, as they come: zip, JSON or JSONL, of any size. Backups and exports of Polylogue. Importing again changes
        nothing, and every item is reported.
      </p>
    </div>
  )
}

function Asking({ state, onGo, onCancel }: { readonly state: ImportState; readonly onGo: () => void; readonly onCancel: () => void }) {
  const { needed = 0, free = 0 } = state.space ?? {}
  return (
    <Question
      actions={
        <>
          <button type="button" className="button" onClick={onCancel}>
            Do not import
          </button>
          <button type="button" className="button button-primary" onClick={onGo}>
            Import what fits
          </button>
        </>
      }
    >
      <p role="status">
        This may need about {bytesInWords(needed)}, and this device has {bytesInWords(free)} left for Polylogue.
      </p>
      <p className="quiet">If it becomes full the import stops, with whole conversations only. You can free some space and go on.</p>
    </Question>
  )
}

interface LeftProps {
  readonly state: ImportState
  readonly session: ImportSession
  readonly onFiles: (files: readonly File[]) => void
}

function Left({ state, session, onFiles }: LeftProps) {
  return (
    <Question
      actions={
        <>
          <button type="button" className="button" onClick={() => session.cancel()}>
            Leave it
          </button>
          {state.needsFiles ? (
            <FileButton label="Choose the file again" primary onFiles={onFiles} />
          ) : (
            <button type="button" className="button button-primary" onClick={() => void session.goOn()}>
              Go on
            </button>
          )}
        </>
      }
    >
      <p role="status">
        The import of <Names names={state.names} /> was cut off. So far: {summary(state.counts)}.
      </p>
      <p className="quiet">
        {state.needsFiles
          ? "Choose the same file again: what is here already is passed over."
          : "It goes on where it was. What is imported stays, also if you leave it."}
      </p>
    </Question>
  )
}

function Elsewhere({ state }: { readonly state: ImportState }) {
  return (
    <div className="import-progress">
      <p role="status">
        An import runs in another tab
        {state.counts.imported > 0 ? `: ${counted(state.counts.imported, "conversation")} so far.` : "."}
      </p>
      {state.bytesTotal > 0 && <progress aria-label="Part of the files read" max={state.bytesTotal} value={state.bytesDone} />}
      <p className="quiet">What it brings appears here as well. When it is done you can import here.</p>
    </div>
  )
}

function Running({ state, onCancel }: { readonly state: ImportState; readonly onCancel: () => void }) {
  return (
    <div className="import-progress">
      <p>
        Reading <bdi>{state.file}</bdi>
        {state.names.length > 1 ? ` and ${counted(state.names.length - 1, "other file")}` : ""}: {summary(state.counts)}
        {itemsOf(state.counts) === 0 && " yet"}
      </p>
      <progress aria-label="Part of the files read" max={Math.max(1, state.bytesTotal)} value={state.bytesDone} />
      <p className="quiet import-pace">{pace(state)}</p>
      <div className="import-stop">
        <p className="quiet">What is imported stays, also when you cancel. You can close this and go on writing.</p>
        <button type="button" className="button" disabled={state.cancelling} onClick={onCancel}>
          {state.cancelling ? "Cancelling" : "Cancel"}
        </button>
      </div>
    </div>
  )
}

function Question({ children, actions }: { readonly children: ReactNode; readonly actions: ReactNode }) {
  return (
    <div className="import-question">
      {children}
      <div className="import-foot">{actions}</div>
    </div>
  )
}

/** The first of several names, and how many more there are. */
export function Names({ names }: { readonly names: readonly string[] }) {
  const [first = "a file", ...others] = names
  return (
    <>
      <bdi>{first}</bdi>
      {others.length > 0 ? ` and ${counted(others.length, "other file")}` : ""}
    </>
  )
}

interface FileButtonProps {
  readonly label: string
  readonly primary?: boolean
  readonly onFiles: (files: readonly File[]) => void
}

function FileButton({ label, primary = false, onFiles }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null)
  const choose = (): void => {
    // A file chosen so is found again after a reload; without that the old way does, and after a reload the person is asked.
    if (mayPickHandles()) pickFiles().then(onFiles, () => input.current?.click())
    else input.current?.click()
  }
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
      <button type="button" className={primary ? "button button-primary" : "button"} onClick={choose}>
        {label}
      </button>
    </>
  )
}
