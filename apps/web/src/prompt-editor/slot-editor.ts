import { standardKeymap } from "@codemirror/commands"
import { Compartment, EditorState, type Extension, type Range } from "@codemirror/state"
import { Decoration, type DecorationSet, EditorView, keymap, placeholder, ViewPlugin, type ViewUpdate } from "@codemirror/view"
import type { OpenDocument } from "@polylogue/react"
import { yCollab, ySyncAnnotation, yUndoManagerKeymap } from "y-codemirror.next"
import type * as Y from "yjs"
import type { DraftUndo } from "./draft-undo.ts"
import { type Other, redrawCursors, remoteCursors } from "./remote-cursors.ts"
import { NO_TEXT, textContent } from "./text-content.ts"
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
  let others: readonly Other[] = []
  const naming = new Compartment()
  // Heard before the binding, which knows of text only, and takes the same list.
  const onlyText = ({ delta }: Y.YTextEvent): void => {
    for (const part of delta) if (part.insert !== undefined && typeof part.insert !== "string") part.insert = NO_TEXT
  }
  text.observe(onlyText)
  undo.track(text)
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: textContent(text),
      extensions: [
        // A text holds line feeds; any other break in it is a character, or positions here and in the document would differ.
        EditorState.lineSeparator.of("\n"),
        EditorView.clipboardInputFilter.of((pasted) => pasted.replaceAll(/\r\n?/g, "\n").toWellFormed()),
        EditorView.lineWrapping,
        EditorView.perLineTextDirection.of(true),
        lineDirections,
        yCollab(text, null, { undoManager: undo.manager }),
        remoteCursors(text, awareness, () => others),
        variableMarks(),
        naming.of([]),
        more,
        mayWrite ? writing(() => variables, keys, undo) : reading,
      ],
    }),
  })
  return {
    view,
    setLabel: (label, empty) => view.dispatch({ effects: naming.reconfigure([attributes(label), placeholder(empty)]) }),
    setVariables: (next) => {
      variables = next
      view.dispatch({ effects: setKnownNames.of(next.map(({ name }) => name)) })
    },
    setOthers: (next) => {
      others = next
      redrawCursors(view)
    },
    destroy: () => {
      view.destroy()
      text.unobserve(onlyText)
    },
  }
}

function attributes(label: string): Extension {
  return EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "true", autocorrect: "on", autocapitalize: "sentences" })
}

const reading: Extension = [
  EditorState.readOnly.of(true),
  EditorState.changeFilter.of((transaction) => transaction.annotation(ySyncAnnotation) !== undefined),
  EditorView.editable.of(false),
  // Not editable it would be out of reach for the keyboard, which scrolls and copies.
  EditorView.contentAttributes.of({ tabindex: "0", "aria-readonly": "true" }),
]

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

/** Each line is laid out in the direction of its own words. */
const lineDirections = ViewPlugin.define((view) => new LineDirections(view), { decorations: (lines) => lines.decorations })

const ownDirection = Decoration.line({ attributes: { dir: "auto" } })

class LineDirections {
  decorations: DecorationSet

  constructor(view: EditorView) {
    this.decorations = directionsOf(view)
  }

  update(update: ViewUpdate): void {
    if (update.docChanged || update.viewportChanged) this.decorations = directionsOf(update.view)
  }
}

function directionsOf(view: EditorView): DecorationSet {
  const ranges: Range<Decoration>[] = []
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to;) {
      const line = view.state.doc.lineAt(at)
      ranges.push(ownDirection.range(line.from))
      at = line.to + 1
    }
  }
  return Decoration.set(ranges, true)
}
