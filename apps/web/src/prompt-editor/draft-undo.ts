import * as Y from "yjs"

/** What undoing and taking it back do besides the texts: `back` when the step is undone, `again` when it is done once more. */
export interface Companion {
  readonly back: () => void
  readonly again: () => void
}

const COMPANION = "companion"

/**
 * What one has typed into the texts of a draft since its editor opened, over all of its slots in one order. Only what this editor wrote is ever undone: what
 * others write, also in between, stays.
 *
 * Yjs keeps the deleted words of its steps until `close`; after that they go when the document is loaded the next time. Used again, it begins anew.
 */
export class DraftUndo {
  readonly #ydoc: Y.Doc
  readonly #origin = Object.freeze({ kind: "polylogue-prompt-editor" })
  #manager: Y.UndoManager | undefined

  constructor(ydoc: Y.Doc) {
    this.#ydoc = ydoc
  }

  get manager(): Y.UndoManager {
    this.#manager ??= this.#start()
    return this.#manager
  }

  /** Tells what is typed into `text` apart from now on. */
  track(text: Y.Text): void {
    this.manager.addToScope(text)
  }

  /** What is typed next is a step of its own: one has gone to another slot. */
  separate(): void {
    this.manager.stopCapturing()
  }

  /** Changes texts in one step of its own, with what has to be changed beside them. */
  step(change: () => void, companion: Companion): void {
    this.separate()
    const { undoStack } = this.manager
    const before = undoStack.length
    this.#ydoc.transact(change, this.#origin)
    if (undoStack.length > before) undoStack.at(-1)?.meta.set(COMPANION, companion)
    this.separate()
  }

  undo(): void {
    this.manager.undo()
  }

  redo(): void {
    this.manager.redo()
  }

  /** Forgets all steps. */
  close(): void {
    this.#manager?.clear()
    this.#manager?.destroy()
    this.#manager = undefined
  }

  #start(): Y.UndoManager {
    const manager = new Y.UndoManager([], { doc: this.#ydoc, trackedOrigins: new Set([this.#origin]) })
    manager.on("stack-item-popped", ({ stackItem, type }) => {
      const companion = stackItem.meta.get(COMPANION) as Companion | undefined
      if (companion === undefined) return
      const opposite = type === "undo" ? manager.redoStack : manager.undoStack
      opposite.at(-1)?.meta.set(COMPANION, companion)
      if (type === "undo") companion.back()
      else companion.again()
    })
    return manager
  }
}
