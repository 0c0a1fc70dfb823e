import { standardKeymap } from "@codemirror/commands"
import { EditorView, keymap, placeholder } from "@codemirror/view"
import { type OpenSource, useAnnouncePresence, usePresence } from "@polylogue/react"
import { useEffect, useLayoutEffect, useRef } from "react"
import { yUndoManagerKeymap } from "y-codemirror.next"
import { UndoManager } from "yjs"
import { shownName, useIdentity } from "../identity/identity.ts"
import { type BoundEditor, boundEditor, textAttributes } from "../prompt-editor/bound-editor.ts"
import "../prompt-editor/prompt-editor.css"
import "./source-editor.css"

interface SourceEditorProps {
  readonly held: OpenSource
  readonly onDone: () => void
}

/** The living text of a source: everybody who edits it writes in the same one. */
export function SourceEditor({ held: { source, open }, onDone }: SourceEditorProps) {
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<BoundEditor>(undefined)
  const identity = useIdentity()
  const others = usePresence(open)
  useAnnouncePresence(open, { userId: identity.id, name: shownName(identity), colour: identity.colour })
  const latest = useRef({ others, onDone })
  useLayoutEffect(() => {
    latest.current = { others, onDone }
  })
  useLayoutEffect(() => {
    if (place.current === null) return
    const { text, ydoc } = source
    // The binding adds its own origin: what others write is theirs to take back.
    const undoManager = new UndoManager(text, { doc: ydoc, trackedOrigins: new Set() })
    const made = boundEditor(place.current, {
      text,
      undoManager,
      awareness: open.document.awareness,
      mayWrite: true,
      more: [
        textAttributes("Text of the source"),
        placeholder("Write or paste the text"),
        keymap.of([
          {
            key: "Escape",
            run: () => {
              latest.current.onDone()
              return true
            },
          },
          ...yUndoManagerKeymap,
          ...standardKeymap,
        ]),
        EditorView.theme({ "&": { height: "100%" } }),
      ],
    })
    made.setOthers(latest.current.others)
    made.view.focus()
    editor.current = made
    return () => {
      editor.current = undefined
      made.destroy()
      undoManager.clear()
      undoManager.destroy()
    }
  }, [source, open])
  useEffect(() => editor.current?.setOthers(others), [others])
  return (
    <div className="source-editor">
      <p className="source-editing-note quiet">
        Notes and citations stay with their words. Where the words themselves are changed or deleted, they are kept beside the text as lost,
        and can be attached again. Others see what you write at once.
      </p>
      <div ref={place} className="source-editor-text slot-text" />
    </div>
  )
}
