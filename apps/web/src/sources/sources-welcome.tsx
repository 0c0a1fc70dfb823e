import type { ReactNode } from "react"
import { Icon } from "../frame/icon.tsx"
import { KeyCaps } from "../palette/key-caps.tsx"
import "../conversation/welcome.css"

interface SourcesWelcomeProps {
  /** There are no sources yet. */
  readonly empty: boolean
  readonly status: ReactNode
  readonly onAdd: () => void
  readonly onWrite: () => void
  readonly onSearch: () => void
}

/** The text plane while no source is chosen: what sources are for, and how to add one. */
export function SourcesWelcome({ empty, status, onAdd, onWrite, onSearch }: SourcesWelcomeProps) {
  return (
    <>
      {status !== undefined && <header className="text-head text-head-end">{status}</header>}
      <div className="welcome">
        <div className="welcome-body">
          <h2>{empty ? "What your answers rest on" : "Choose a source, or add one"}</h2>
          {empty && (
            <p>
              Sources are texts that answers are checked against: articles, manuals, notes. Add them once, search in all of them, mark and
              discuss what they say, and cite a passage in an answer. A note stays with its words when the text is edited.
            </p>
          )}
          <p className="welcome-actions">
            <button type="button" className="button button-primary" onClick={onAdd}>
              <Icon name="plus" /> Add files
            </button>
            <button type="button" className="button" onClick={onWrite}>
              <Icon name="edit" /> Write one
            </button>
            {!empty && (
              <button type="button" className="button" onClick={onSearch}>
                <Icon name="search" /> Search in all texts
              </button>
            )}
          </p>
          <p className="quiet">
            Text, Markdown, HTML and PDF, read on this device. You can also drop files anywhere, or paste a text.
            <span className="welcome-hint">
              {" "}
              <KeyCaps keys="n" /> adds files.
            </span>
          </p>
        </div>
      </div>
    </>
  )
}
