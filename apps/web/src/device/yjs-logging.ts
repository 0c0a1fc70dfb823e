/*
 * Stands in for `lib0/logging` in the built page. Yjs uses it for three warnings; the original styles its lines through a library of schemas that
 * weighs more than all of them.
 */

export const ORANGE = ""
export const BOLD = ""
export const UNBOLD = ""
export const RED = ""

/** Prints what Yjs has to say. */
export function print(...words: readonly unknown[]): void {
  // oxlint-disable-next-line no-console -- reason: it is Yjs' own word to a developer, and where it always was.
  console.warn(...words.filter((word) => word !== ""))
}

/** As {@link print}; Yjs tells the two apart. */
export const warn = print
