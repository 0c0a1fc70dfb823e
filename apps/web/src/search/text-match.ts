import { type Token, tokensOf, unitForm } from "@polylogue/retrieval/words"
import type { Atom, Clause } from "./query.ts"

/** A place in a text, in UTF-16 units. */
export interface Mark {
  readonly start: number
  readonly end: number
}

/** A text cut into tokens once, for several clauses. */
export interface CutText {
  readonly text: string
  readonly tokens: readonly Token[]
}

/** Cuts `text`. */
export function cutIntoTokens(text: string): CutText {
  return { text, tokens: tokensOf(text) }
}

/** Where `clause` stands in the text, in order and without overlaps. */
export function marksOf({ tokens }: CutText, clause: Pick<Clause, "atoms">): Mark[] {
  const marks: Mark[] = []
  const { atoms } = clause
  for (let at = 0; at + atoms.length <= tokens.length; at++) {
    if (!standsAt(tokens, at, atoms)) continue
    const first = tokens[at]
    const last = tokens[at + atoms.length - 1]
    if (first === undefined || last === undefined) continue
    marks.push({ start: first.start, end: last.end })
    at += atoms.length - 1
  }
  return marks
}

/** Whether `clause` stands somewhere in one of the texts. */
export function standsIn(texts: readonly CutText[], clause: Clause): boolean {
  return texts.some(({ tokens }) => tokens.some((_, at) => at + clause.atoms.length <= tokens.length && standsAt(tokens, at, clause.atoms)))
}

function standsAt(tokens: readonly Token[], at: number, atoms: readonly Atom[]): boolean {
  return atoms.every((atom, index) => {
    const token = tokens[at + index]
    if (token === undefined || token.kind !== atom.kind || !answers(token, atom)) return false
    return !atom.glued || tokens[at + index - 1]?.end === token.start
  })
}

function answers(token: Token, { kind, forms, match }: Atom): boolean {
  if (kind === "unit") return unitForm(token) === forms[0]
  return token.forms.some((form) => forms.some((wanted) => holds(form, wanted, match)))
}

function holds(form: string, wanted: string, match: Atom["match"]): boolean {
  switch (match) {
    case "whole":
      return form === wanted
    case "begin":
      return form.startsWith(wanted)
    case "end":
      return form.endsWith(wanted)
    case "part":
      return form.includes(wanted)
  }
}

/** The marks of all clauses together, in order, those that overlap as one. */
export function joinMarks(marks: readonly Mark[]): Mark[] {
  const joined: Mark[] = []
  for (const mark of marks.toSorted((left, right) => left.start - right.start || right.end - left.end)) {
    const last = joined.at(-1)
    if (last !== undefined && mark.start < last.end) joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, mark.end) }
    else joined.push(mark)
  }
  return joined
}
