import { type EditorState, type Extension, StateEffect, StateField } from "@codemirror/state"
import { Decoration, type DecorationSet, EditorView, keymap, ViewPlugin } from "@codemirror/view"
import type { CommentBoard } from "./comment-board.ts"
import { commentOffer } from "./comment-offer.ts"

/** Words in a text that a comment is about. */
export interface CommentMark {
  /** Of the thread; undefined for the comment that is being written. */
  readonly threadId: string | undefined
  readonly from: number
  readonly to: number
  readonly chosen: boolean
}

/** What is done with comments from within a text. */
export interface CommentActions {
  /** Shows a thread in the margin; with the focus, unless somebody goes on writing. */
  readonly open: (threadId: string, focus: boolean) => void
  /** Begins a comment on a range of a slot, or on all of it. */
  readonly begin: (slotId: string, range: { readonly from: number; readonly to: number } | null) => void
  /** Whether the margin lies over the text: a tap in marked words then offers their comments, and opens nothing. */
  readonly isCovered: () => boolean
}

const setMarks = StateEffect.define<readonly CommentMark[]>()

const markField = StateField.define<readonly CommentMark[]>({
  create: () => [],
  update(marks, { effects, changes, docChanged }) {
    const set = effects.findLast((effect) => effect.is(setMarks))?.value
    if (set !== undefined) return set
    if (!docChanged || marks.length === 0) return marks
    // What is typed at an edge is outside, as it is for the anchor.
    return marks.flatMap((mark) => {
      const [from, to] = [changes.mapPos(mark.from, 1), changes.mapPos(mark.to, -1)]
      return from < to ? [{ ...mark, from, to }] : []
    })
  },
  provide: (field) => EditorView.decorations.from(field, draw),
})

/** The innermost mark at a position; its edges count. */
function markAt(state: EditorState, position: number): CommentMark | undefined {
  return state
    .field(markField)
    .filter(({ from, to, threadId }) => threadId !== undefined && from <= position && position <= to)
    .toSorted((left, right) => left.to - left.from - (right.to - right.from))[0]
}

/** Marks what comments are about in the text of a slot, follows it, opens threads from there, and lets who may write begin one. */
export function commentMarks(board: CommentBoard, slotId: string, actions: CommentActions, mayWrite: boolean): Extension {
  return [
    markField,
    ViewPlugin.define((view) => follow(view, board, slotId)),
    EditorView.domEventHandlers({ click: (event, view) => clicked(event, view, actions) }),
    keymap.of([{ key: "Mod-Alt-m", run: (view) => keyed(view, slotId, actions, mayWrite) }]),
    commentOffer({ slotId, actions, mayWrite, markAt }),
  ]
}

function follow(view: EditorView, board: CommentBoard, slotId: string): { readonly destroy: () => void } {
  let shown = ""
  const show = (): void => {
    const marks = marksOf(board, slotId, view.state.doc.length)
    const said = JSON.stringify(marks)
    if (said === shown) return
    shown = said
    view.dispatch({ effects: setMarks.of(marks) })
  }
  const leave = board.subscribe(() => {
    // The text has changed under the marks since they were set, and they have followed it: what is the same as then may not be the same as now.
    if (view.state.field(markField).length > 0) shown = JSON.stringify(view.state.field(markField))
    show()
  })
  const forget = board.onLead((asked, range) => {
    if (asked !== slotId) return
    if (range === undefined) return view.dom.closest("[data-slot], .slot-card")?.scrollIntoView({ block: "nearest" })
    const { length } = view.state.doc
    const place = EditorView.scrollIntoView(Math.min(range.from, length), { y: "center" })
    view.dispatch({ effects: place })
  })
  // The view is being made: it takes no change before it is.
  let made = true
  queueMicrotask(() => made && show())
  return {
    destroy: () => {
      made = false
      leave()
      forget()
    },
  }
}

function marksOf({ state }: CommentBoard, slotId: string, length: number): readonly CommentMark[] {
  const places = state.threads
    .filter((thread) => thread.slotId === slotId && (thread.resolvedBy === null || thread.id === state.chosenId))
    .map(({ id, place }) => ({ threadId: id as string | undefined, place, chosen: id === state.chosenId }))
  if (state.begun?.slotId === slotId) places.push({ threadId: undefined, place: state.begun.place, chosen: true })
  return places.flatMap(({ threadId, place, chosen }) => {
    if (place === null || place.state === "orphan") return []
    const [from, to] = [Math.min(place.from, length), Math.min(place.to, length)]
    return from < to ? [{ threadId, from, to, chosen }] : []
  })
}

function draw(marks: readonly CommentMark[]): DecorationSet {
  return Decoration.set(
    marks.map(({ from, to, chosen, threadId }) =>
      Decoration.mark({
        class: chosen ? "comment-mark comment-mark-chosen" : "comment-mark",
        ...(threadId === undefined ? {} : { attributes: { "data-thread": threadId } }),
      }).range(from, to),
    ),
    true,
  )
}

/** A click in marked words shows their thread; the focus stays where the click has put it. */
function clicked(event: MouseEvent, view: EditorView, actions: CommentActions): boolean {
  if (actions.isCovered() || !view.state.selection.main.empty || !(event.target as Element).closest(".comment-mark")) return false
  const position = view.posAtCoords(event)
  const mark = position === null ? undefined : markAt(view.state, position)
  if (mark?.threadId !== undefined) actions.open(mark.threadId, false)
  return false
}

function keyed(view: EditorView, slotId: string, actions: CommentActions, mayWrite: boolean): boolean {
  const { from, to, empty, head } = view.state.selection.main
  const here = empty ? markAt(view.state, head)?.threadId : undefined
  if (here !== undefined) actions.open(here, true)
  else if (mayWrite) actions.begin(slotId, empty ? null : { from, to })
  return here !== undefined || mayWrite
}
