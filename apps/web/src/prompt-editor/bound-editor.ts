import { EditorState, type Extension, type Range } from "@codemirror/state"
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view"
import type { OpenDocument } from "@polylogue/react"
import { yCollab, ySyncAnnotation } from "y-codemirror.next"
import type * as Y from "yjs"
import { type Other, redrawCursors, remoteCursors } from "./remote-cursors.ts"
import { NO_TEXT, textContent } from "./text-content.ts"

interface BoundEditorOptions {
  readonly text: Y.Text
  /** Takes back what is typed here; it has the text among those it follows. */
  readonly undoManager: Y.UndoManager
  readonly awareness: OpenDocument["document"]["awareness"]
  readonly mayWrite: boolean
  /** What the editor has besides, keys of writing included. */
  readonly more: Extension
}

/** An editor of a living text, bound to it as long as it is there: everybody who has it open writes in the same one. */
export interface BoundEditor {
  readonly view: EditorView
  /** Who else has it open. */
  readonly setOthers: (others: readonly Other[]) => void
  readonly destroy: () => void
}

/** Makes an editor of `text` in `parent`. */
export function boundEditor(parent: HTMLElement, { text, undoManager, awareness, mayWrite, more }: BoundEditorOptions): BoundEditor {
  let others: readonly Other[] = []
  // Heard before the binding, which knows of text only, and takes the same list.
  const onlyText = ({ delta }: Y.YTextEvent): void => {
    for (const part of delta) if (part.insert !== undefined && typeof part.insert !== "string") part.insert = NO_TEXT
  }
  text.observe(onlyText)
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
        yCollab(text, null, { undoManager }),
        remoteCursors(text, awareness, () => others),
        more,
        mayWrite ? [] : reading,
      ],
    }),
  })
  return {
    view,
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

/** What a text is called for who does not see it, and that it is prose. */
export function textAttributes(label: string): Extension {
  return EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "true", autocorrect: "on", autocapitalize: "sentences" })
}

const reading: Extension = [
  EditorState.readOnly.of(true),
  EditorState.changeFilter.of((transaction) => transaction.annotation(ySyncAnnotation) !== undefined),
  EditorView.editable.of(false),
  // Not editable it would be out of reach for the keyboard, which scrolls and copies.
  EditorView.contentAttributes.of({ tabindex: "0", "aria-readonly": "true" }),
]

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
