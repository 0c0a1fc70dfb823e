import { type EditorState, type Extension, StateEffect, StateField } from "@codemirror/state"
import { EditorView, showTooltip, type Tooltip } from "@codemirror/view"
import { keyNames } from "../palette/keys.ts"
import type { CommentActions, CommentMark } from "./comment-marks.ts"

/** Keys that begin a comment, or open the one at the caret. */
export const COMMENT_KEYS = "Mod+Alt+m"

interface OfferOptions {
  readonly slotId: string
  readonly actions: CommentActions
  readonly mayWrite: boolean
  readonly markAt: (state: EditorState, position: number) => CommentMark | undefined
}

const setFocused = StateEffect.define<boolean>()

const focusField = StateField.define<boolean>({
  create: () => false,
  update: (focused, { effects }) => effects.findLast((effect) => effect.is(setFocused))?.value ?? focused,
})

/**
 * A button at the words that are chosen, to comment on them; and where the margin would cover the text, one at a caret in marked words, to show what is said of
 * them. It is for fingers and mice and takes no focus: keys have a key of their own.
 */
export function commentOffer({ slotId, actions, mayWrite, markAt }: OfferOptions): Extension {
  const comment = buttonOf("Comment", `Comment on these words (${keyNames(COMMENT_KEYS).join(" ")})`, ({ state }) => {
    const { from, to } = state.selection.main
    actions.begin(slotId, { from, to })
  })
  const show = buttonOf("Show comment", "Show what is said of these words", ({ state }) => {
    const mark = markAt(state, state.selection.main.head)
    if (mark?.threadId !== undefined) actions.open(mark.threadId, true)
  })
  const offer = (state: EditorState): Tooltip | null => {
    const { empty, head, to } = state.selection.main
    if (!state.field(focusField)) return null
    if (!empty) return mayWrite ? { pos: head, end: to, above: true, create: comment } : null
    return actions.isCovered() && markAt(state, head) !== undefined ? { pos: head, above: true, create: show } : null
  }
  return [
    focusField,
    EditorView.focusChangeEffect.of((_state, focusing) => setFocused.of(focusing)),
    showTooltip.compute([focusField, "selection"], offer),
  ]
}

function buttonOf(label: string, title: string, run: (view: EditorView) => void): Tooltip["create"] {
  return (view) => {
    const dom = document.createElement("div")
    dom.className = "comment-offer"
    const button = dom.appendChild(document.createElement("button"))
    button.type = "button"
    button.className = "button"
    button.tabIndex = -1
    button.textContent = label
    button.title = title
    // The words stay chosen, and the keyboard of a phone where it is.
    button.addEventListener("pointerdown", (event) => event.preventDefault())
    button.addEventListener("mousedown", (event) => event.preventDefault())
    button.addEventListener("click", () => run(view))
    return { dom }
  }
}
