import { autocompletion, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete"
import type { Extension } from "@codemirror/state"
import type { EditorView } from "@codemirror/view"

/** A variable that can be put into a text. */
export interface OfferedVariable {
  readonly name: string
  readonly description?: string | undefined
}

const OPEN = /\{\{[ \t]*[\w.-]*$/
const WORD = /^[\w.-]*$/

/** Offers the variables of the draft once two braces are opened. */
export function variableCompletion(offered: () => readonly OfferedVariable[]): Extension {
  const complete = (context: CompletionContext): CompletionResult | null => {
    const open = context.matchBefore(OPEN)
    if (open === null) return null
    const options = offered().map(({ name, description }): Completion => ({
      label: name,
      apply: insertName,
      ...(description === undefined ? {} : { detail: description }),
    }))
    const typed = /[\w.-]*$/.exec(open.text)?.[0].length ?? 0
    return options.length === 0 ? null : { from: open.to - typed, options, validFor: WORD }
  }
  return autocompletion({ override: [complete], icons: false, selectOnOpen: true })
}

/** Writes the name and closes the braces, or steps over the ones that are there. */
function insertName(view: EditorView, { label }: Completion, from: number, to: number): void {
  const closing = /^[ \t]*\}\}/.exec(view.state.sliceDoc(to, to + 16))?.[0]
  const insert = closing === undefined ? `${label}}}` : label
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: from + label.length + (closing?.length ?? 2) },
    userEvent: "input.complete",
    scrollIntoView: true,
  })
}
