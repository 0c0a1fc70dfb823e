import { type Extension, type Range, StateEffect, StateField } from "@codemirror/state"
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view"
import { findVariables } from "@polylogue/conversation"
import { likelyMeant } from "./variable-checks.ts"

/** The names of the variables that are set up; dispatch one when they change. */
export const setKnownNames = StateEffect.define<readonly string[]>()

const knownNames = StateField.define<readonly string[]>({
  create: () => [],
  update(names, { effects }) {
    return effects.findLast((effect) => effect.is(setKnownNames))?.value ?? names
  },
})

/** Shows variables in a text as chips. Those that nobody set up, or that are likely misspelt, differ by their border and say so when pointed at. */
export function variableMarks(): Extension {
  return [knownNames, ViewPlugin.define((view) => new Marks(view), { decorations: (marks) => marks.decorations })]
}

class Marks {
  decorations: DecorationSet

  constructor(view: EditorView) {
    this.decorations = draw(view)
  }

  update(update: ViewUpdate): void {
    const changed = update.startState.field(knownNames) !== update.state.field(knownNames)
    if (update.docChanged || update.viewportChanged || changed) this.decorations = draw(update.view)
  }
}

function draw(view: EditorView): DecorationSet {
  const names = view.state.field(knownNames)
  const ranges: Range<Decoration>[] = []
  for (const { from, to } of view.visibleRanges) {
    const start = view.state.doc.lineAt(from).from
    for (const found of findVariables(view.state.sliceDoc(start, view.state.doc.lineAt(to).to))) {
      ranges.push(markOf(found.name, names).range(start + found.from, start + found.to))
    }
  }
  return Decoration.set(ranges, true)
}

function markOf(name: string, names: readonly string[]): Decoration {
  if (names.includes(name)) return Decoration.mark({ class: "variable-mark" })
  const meant = likelyMeant(name, names)
  return meant === undefined
    ? Decoration.mark({ class: "variable-mark variable-mark-new", attributes: { title: `${name} is not set up yet` } })
    : Decoration.mark({ class: "variable-mark variable-mark-misspelt", attributes: { title: `${name}: did you mean ${meant}?` } })
}
