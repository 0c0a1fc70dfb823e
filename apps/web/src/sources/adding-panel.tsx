import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { type Adding, type AddingFile, useAddingFiles } from "./adding.ts"
import { addedWords } from "./adding-words.ts"
import { sourceHref } from "./source-route.ts"
import { sourceTitle } from "./source-words.ts"
import "./adding-panel.css"

interface AddingPanelProps {
  readonly adding: Adding
  readonly onAdd: () => void
}

/** What becomes of the files that are being added: how far each is, what it is now, or why it is not. Closed, it goes on. */
export function AddingPanel({ adding, onAdd }: AddingPanelProps) {
  const files = useAddingFiles(adding)
  const running = files.some(isRunning)
  return (
    <div className="adding-panel">
      <p role="status">{addingSummary(files)}</p>
      <ul className="adding-files">
        {files.map((file) => (
          <AddingItem key={file.key} file={file} adding={adding} />
        ))}
      </ul>
      <p className="adding-actions">
        {running ? (
          <button type="button" className="button" onClick={() => adding.cancel()}>
            Cancel all
          </button>
        ) : (
          <button type="button" className="button" onClick={onAdd}>
            Add more files
          </button>
        )}
      </p>
    </div>
  )
}

/** What became of all: "2 added, 1 refused"; how many are left while it runs. */
function addingSummary(files: readonly AddingFile[]): string {
  const left = files.filter(isRunning).length
  if (left > 0)
    return files.length === 1
      ? "Reading."
      : `Reading: ${(files.length - left).toLocaleString("en")} of ${counted(files.length, "file")} done.`
  if (files.length === 0) return "Nothing is being added."
  const counts: readonly (readonly [string, number])[] = [
    ["added", files.filter(({ added }) => added?.outcome === "added").length],
    ["brought back", files.filter(({ added }) => added?.outcome === "restored").length],
    ["here already", files.filter(({ added }) => added?.outcome === "known").length],
    ["refused", files.filter(({ state }) => state === "refused").length],
    ["cancelled", files.filter(({ state }) => state === "cancelled").length],
  ]
  const said = counts.filter(([, count]) => count > 0).map(([word, count]) => `${count.toLocaleString("en")} ${word}`)
  return `${counted(files.length, "file")}: ${said.join(", ")}.`
}

function isRunning({ state }: AddingFile): boolean {
  return state === "waiting" || state === "reading"
}

function AddingItem({ file, adding }: { readonly file: AddingFile; readonly adding: Adding }) {
  const { key, name, state, added, progress, problem } = file
  return (
    <li className="adding-file" data-state={state}>
      <span className="adding-name" dir="auto">
        {added === undefined ? sourceTitle(name) : <a href={sourceHref(added.sourceId)}>{sourceTitle(added.title || name)}</a>}
      </span>
      <span className="adding-state quiet">{stateWords(file)}</span>
      {state === "reading" && (
        <progress
          aria-label={`Reading ${name}`}
          {...(progress === undefined || progress.pages === 0 ? {} : { value: progress.page, max: progress.pages })}
        />
      )}
      {problem !== undefined && <span className="adding-problem">{problem}</span>}
      {added?.notices.map((notice) => (
        <span key={notice} className="adding-problem">
          {notice}
        </span>
      ))}
      {isRunning(file) && (
        <button type="button" className="icon-button" aria-label={`Cancel ${name}`} title="Cancel" onClick={() => adding.cancel(key)}>
          <Icon name="close" />
        </button>
      )}
      {(state === "refused" || state === "cancelled") && (
        <button type="button" className="button button-quiet" aria-label={`Try ${name} again`} onClick={() => adding.retry(key)}>
          Try again
        </button>
      )}
    </li>
  )
}

function stateWords({ state, progress, added }: AddingFile): string {
  switch (state) {
    case "waiting":
      return "Waits"
    case "reading":
      return progress === undefined || progress.pages === 0 ? "Reading" : `Page ${progress.page} of ${progress.pages.toLocaleString("en")}`
    case "done":
      return added === undefined ? "" : addedWords(added)
    case "refused":
      return "Not added"
    case "cancelled":
      return "Cancelled"
    default:
      return state satisfies never
  }
}
