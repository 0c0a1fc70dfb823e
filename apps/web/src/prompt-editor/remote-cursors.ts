import { type Extension, type Range, StateEffect } from "@codemirror/state"
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate, WidgetType } from "@codemirror/view"
import type { OpenDocument } from "@polylogue/react"
import * as Y from "yjs"
import { initials } from "../identity/identity.ts"

type Awareness = OpenDocument["document"]["awareness"]

/** Somebody else who has the draft open. */
export interface Other {
  readonly clientId: number
  readonly name: string
  /** A presence colour, 1 to 8. */
  readonly colour: number
}

/** Where somebody's cursor stands in a text. */
export interface RemoteCursor {
  readonly other: Other
  readonly anchor: number
  readonly head: number
}

/** Field of the awareness in which an editor says where its cursor is. */
const CURSOR_FIELD = "promptCursor"

const othersChanged = StateEffect.define()

/**
 * Shows where others write in `text`, and tells them where this editor's cursor is while it has the focus. What they say comes from outside: only positions
 * within this text count, and of their person only what `others` gives.
 */
export function remoteCursors(text: Y.Text, awareness: Awareness, others: () => readonly Other[]): Extension {
  return ViewPlugin.define((view) => new Cursors(view, text, awareness, others), { decorations: (cursors) => cursors.decorations })
}

/** Shows the cursors anew: who is here has changed. */
export function redrawCursors(view: EditorView): void {
  view.dispatch({ effects: othersChanged.of(null) })
}

/** The cursors of `others` in `text`. */
export function cursorsIn(text: Y.Text, awareness: Awareness, others: readonly Other[]): readonly RemoteCursor[] {
  const states = awareness.getStates()
  const found: RemoteCursor[] = []
  for (const other of others) {
    const cursor: unknown = states.get(other.clientId)?.[CURSOR_FIELD]
    const { anchor, head } = (typeof cursor === "object" && cursor !== null ? cursor : {}) as Record<string, unknown>
    const [from, to] = [indexIn(text, anchor), indexIn(text, head)]
    if (from !== undefined && to !== undefined) found.push({ other, anchor: from, head: to })
  }
  return found
}

class Cursors {
  decorations: DecorationSet
  readonly #view: EditorView
  readonly #text: Y.Text
  readonly #awareness: Awareness
  readonly #others: () => readonly Other[]
  readonly #heard = ({ added, updated, removed }: { added: number[]; updated: number[]; removed: number[] }): void => {
    // What this editor says itself is said while it is being updated, and changes nothing here.
    if ([...added, ...updated, ...removed].some((clientId) => clientId !== this.#awareness.clientID)) redrawCursors(this.#view)
  }

  constructor(view: EditorView, text: Y.Text, awareness: Awareness, others: () => readonly Other[]) {
    this.#view = view
    this.#text = text
    this.#awareness = awareness
    this.#others = others
    awareness.on("change", this.#heard)
    this.decorations = this.#draw(view)
  }

  update(update: ViewUpdate): void {
    if (update.focusChanged || update.selectionSet || update.docChanged) this.#say(update.view)
    const heard = update.transactions.some(({ effects }) => effects.some((effect) => effect.is(othersChanged)))
    if (update.docChanged || heard) this.decorations = this.#draw(update.view)
  }

  destroy(): void {
    this.#awareness.off("change", this.#heard)
    this.#hush()
  }

  #say(view: EditorView): void {
    if (this.#awareness.getLocalState() === null) return
    if (!view.hasFocus) return this.#hush()
    const { anchor, head } = view.state.selection.main
    const own = { text: nameOf(this.#text), anchor: positionAt(this.#text, anchor), head: positionAt(this.#text, head) }
    const said = JSON.stringify(own)
    if (JSON.stringify(this.#awareness.getLocalState()?.[CURSOR_FIELD]) === said) return
    this.#awareness.setLocalStateField(CURSOR_FIELD, JSON.parse(said))
  }

  /** Takes back what this editor said, unless another one has spoken since. */
  #hush(): void {
    const said: unknown = this.#awareness.getLocalState()?.[CURSOR_FIELD]
    if (typeof said !== "object" || said === null || (said as { readonly text?: unknown }).text !== nameOf(this.#text)) return
    this.#awareness.setLocalStateField(CURSOR_FIELD, null)
  }

  #draw(view: EditorView): DecorationSet {
    const { doc } = view.state
    const ranges: Range<Decoration>[] = []
    const byLine = new Map<number, RemoteCursor[]>()
    for (const cursor of cursorsIn(this.#text, this.#awareness, this.#others())) {
      const [anchor, head] = [Math.min(cursor.anchor, doc.length), Math.min(cursor.head, doc.length)]
      if (anchor !== head)
        ranges.push(
          Decoration.mark({ class: `remote-selection remote-${cursor.other.colour}` }).range(
            Math.min(anchor, head),
            Math.max(anchor, head),
          ),
        )
      const line = doc.lineAt(head).number
      byLine.set(line, [...(byLine.get(line) ?? []), { ...cursor, anchor, head }])
    }
    for (const cursors of byLine.values()) {
      cursors.forEach(({ other, anchor, head }, place) => {
        const widget = new CaretWidget(
          other.colour,
          place === 0 ? labelOf(cursors) : "",
          cursors.map((cursor) => cursor.other.name).join(", "),
        )
        ranges.push(Decoration.widget({ widget, side: head > anchor ? -1 : 1 }).range(head))
      })
    }
    return Decoration.set(ranges, true)
  }
}

/** A caret in the text, and in the margin beside its line who it is: nothing lies over the words. */
class CaretWidget extends WidgetType {
  readonly #colour: number
  readonly #label: string
  readonly #names: string

  constructor(colour: number, label: string, names: string) {
    super()
    this.#colour = colour
    this.#label = label
    this.#names = names
  }

  override eq(other: CaretWidget): boolean {
    return other.#colour === this.#colour && other.#label === this.#label && other.#names === this.#names
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement("span")
    caret.className = `remote-caret remote-${this.#colour}`
    caret.ariaHidden = "true"
    if (this.#label !== "") {
      const label = caret.appendChild(document.createElement("span"))
      label.className = "remote-label"
      label.textContent = this.#label
      label.title = this.#names
    }
    return caret
  }

  override ignoreEvent(): boolean {
    return true
  }
}

function labelOf(cursors: readonly RemoteCursor[]): string {
  return cursors.length === 1 ? initials(cursors[0]?.other.name ?? "") : `${cursors.length}`
}

function nameOf(text: Y.Text): string {
  return Y.findRootTypeKey(text)
}

function positionAt(text: Y.Text, index: number): unknown {
  return Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index))
}

/** Where a position from outside stands in `text`; undefined unless it is one of this text. */
function indexIn(text: Y.Text, value: unknown): number | undefined {
  const { doc } = text
  if (doc === null || typeof value !== "object" || value === null) return undefined
  try {
    const position = Y.createRelativePositionFromJSON(value)
    // A name that is not this text's would make Yjs keep a type of that name.
    if (position.item === null && position.tname !== nameOf(text)) return undefined
    const found = Y.createAbsolutePositionFromRelativePosition(position, doc)
    return found?.type === text ? found.index : undefined
  } catch {
    return undefined
  }
}
