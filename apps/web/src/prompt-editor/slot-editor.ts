import { standardKeymap } from "@codemirror/commands"
import { Compartment, type Extension } from "@codemirror/state"
import { EditorView, keymap, placeholder } from "@codemirror/view"
import type { OpenDocument } from "@polylogue/react"
import { yUndoManagerKeymap } from "y-codemirror.next"
import type * as Y from "yjs"
import { boundEditor, textAttributes } from "./bound-editor.ts"
import type { DraftUndo } from "./draft-undo.ts"
import type { Other } from "./remote-cursors.ts"
import { type OfferedVariable, variableCompletion } from "./variable-completion.ts"
import { setKnownNames, variableMarks } from "./variable-marks.ts"

/** What keys in a slot do beyond its text. */
export interface SlotKeys {
  /** Moves the slot by one place: -1 up, 1 down. */
  readonly move: (by: -1 | 1) => void
  /** Adds a slot behind it. */
  readonly addBehind: () => void
}

export interface SlotEditorOptions {
  readonly text: Y.Text
  readonly undo: DraftUndo
  readonly awareness: OpenDocument["document"]["awareness"]
  readonly mayWrite: boolean
  /** Asked when one of them is pressed. */
  readonly keys: () => SlotKeys
  /** What the editor has besides. */
  readonly more: Extension
}

/** The editor of one slot's text, bound to it as long as it is there. */
export interface SlotEditor {
  readonly view: EditorView
  /** What the text is called for who does not see it. */
  setLabel(label: string, empty: string): void
  /** The variables that are set up: marked as such, and offered. */
  setVariables(variables: readonly OfferedVariable[]): void
  /** Who else has the draft open. */
  setOthers(others: readonly Other[]): void
  destroy(): void
}

export function slotEditor(parent: HTMLElement, options: SlotEditorOptions): SlotEditor {
  const { text, undo, awareness, keys, mayWrite, more } = options
  let variables: readonly OfferedVariable[] = []
  const naming = new Compartment()
  undo.track(text)
  const { view, setOthers, destroy } = boundEditor(parent, {
    text,
    undoManager: undo.manager,
    awareness,
    mayWrite,
    more: [variableMarks(), naming.of([]), more, mayWrite ? writing(() => variables, keys, undo) : []],
  })
  return {
    view,
    setLabel: (label, empty) => view.dispatch({ effects: naming.reconfigure([textAttributes(label), placeholder(empty)]) }),
    setVariables: (next) => {
      variables = next
      view.dispatch({ effects: setKnownNames.of(next.map(({ name }) => name)) })
    },
    setOthers,
    destroy,
  }
}

function writing(variables: () => readonly OfferedVariable[], keys: () => SlotKeys, undo: DraftUndo): Extension {
  const run = (action: () => void) => (): boolean => {
    action()
    return true
  }
  return [
    variableCompletion(variables),
    EditorView.domEventHandlers({ focus: () => undo.separate() }),
    keymap.of([
      { key: "Mod-Enter", run: run(() => keys().addBehind()) },
      { key: "Alt-ArrowUp", run: run(() => keys().move(-1)) },
      { key: "Alt-ArrowDown", run: run(() => keys().move(1)) },
      ...yUndoManagerKeymap,
      ...standardKeymap,
    ]),
  ]
}
