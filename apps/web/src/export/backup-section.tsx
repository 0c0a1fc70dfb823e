import { ExportProgress } from "./export-progress.tsx"
import { useExport } from "./use-export.ts"
import "./export.css"

/** Everything of the workspace in one file, attachments included, and the way back. */
export function BackupSection({ onRestore }: { readonly onRestore: () => void }) {
  const { state, start, cancel } = useExport()
  const backUp = (): void => start({ ids: undefined, format: "bundle" }, `Polylogue ${new Date().toISOString().slice(0, 10)}.zip`)
  return (
    <div className="setting" data-testid="backup">
      <h3>Backup</h3>
      <p className="quiet">
        One file with all conversations, their branches and attachments. It can be read without Polylogue, and restoring it twice changes
        nothing.
      </p>
      <div className="export-buttons">
        <button type="button" className="button" disabled={state.phase === "running"} onClick={backUp}>
          Back up everything
        </button>
        <button type="button" className="button" onClick={onRestore}>
          Restore from a backup
        </button>
      </div>
      <ExportProgress state={state} onCancel={cancel} />
    </div>
  )
}
