import { ImportProblem } from "../formats/import-item.ts"

// What is wrong with a file, or with a place in it, in words for people.
export const NOT_JSON: ImportProblem = new ImportProblem("not-json", "this is no JSON")
export const BREAKS_OFF: ImportProblem = new ImportProblem("not-json", "this breaks off before its end: export it again")
export const NOT_TOLD_APART: ImportProblem = new ImportProblem("not-json", "a bracket is wrong here: what follows cannot be read")
export const FOLLOWED: ImportProblem = new ImportProblem("not-json", "something follows after the end: it was not read")

export function tooLarge(maxBytes: number): ImportProblem {
  return new ImportProblem("too-large", `one record has more than ${Math.floor(maxBytes / 1024 / 1024)} MB`)
}
