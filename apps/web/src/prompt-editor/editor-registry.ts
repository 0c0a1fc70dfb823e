import type { EditorView } from "@codemirror/view"
import type * as Y from "yjs"
import type { DraftUndo } from "./draft-undo.ts"
import type { SlotEditor } from "./slot-editor.ts"

/** The editors of a draft that are on screen, by their slots. */
export class EditorRegistry {
  readonly #editors = new Map<string, { readonly text: Y.Text; readonly editor: SlotEditor }>()
  #awaited: string | undefined

  /** Notes the editor of a slot. Returns what forgets it. */
  add(slotId: string, text: Y.Text, editor: SlotEditor): () => void {
    this.#editors.set(slotId, { text, editor })
    if (this.#awaited === slotId) {
      this.#awaited = undefined
      // It is put into its place on the page only after it was made.
      requestAnimationFrame(() => editor.view.focus())
    }
    return () => {
      if (this.#editors.get(slotId)?.editor === editor) this.#editors.delete(slotId)
    }
  }

  view(slotId: string): EditorView | undefined {
    return this.#editors.get(slotId)?.editor.view
  }

  /** Gives a slot's text the focus, as soon as it is there; with a place in it, that is selected and shown. */
  focus(slotId: string, place?: { readonly from: number; readonly to: number }): void {
    const view = this.view(slotId)
    if (view === undefined) {
      this.#awaited = slotId
      return
    }
    view.focus()
    if (place === undefined) return
    const { length } = view.state.doc
    view.dispatch({ selection: { anchor: Math.min(place.from, length), head: Math.min(place.to, length) }, scrollIntoView: true })
  }

  /** Leads to where undoing has changed something, unless one is there. Returns what ends it. */
  followUndo({ manager }: DraftUndo): () => void {
    const popped = ({ changedParentTypes }: { readonly changedParentTypes: ReadonlyMap<unknown, unknown> }): void => {
      const changed = [...this.#editors.values()].filter(({ text }) => changedParentTypes.has(text))
      if (!changed.some(({ editor }) => editor.view.hasFocus)) changed[0]?.editor.view.focus()
    }
    manager.on("stack-item-popped", popped)
    return () => manager.off("stack-item-popped", popped)
  }
}
