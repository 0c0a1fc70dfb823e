import { foldedForm, formsOf } from "./word-forms.ts"

/*
 * Words in the form in which a question and its answer are likely to share them: herons and heron, waiting and waits, الكتاب and كتاب. Endings are cut off by
 * rule, without a dictionary, and little enough that other languages of the same script lose nothing that tells their words apart. What is measured
 * of it stands in the decision about ranking.
 */

/** Words whose roots are remembered; when there are more, all are forgotten. */
const MAX_REMEMBERED = 20_000
const remembered = new Map<string, readonly string[]>()

/** The roots of a word: one, and for an identifier or a word with an apostrophe those of its parts as well. */
export function rootsOf(word: string): readonly string[] {
  const known = remembered.get(word)
  if (known !== undefined) return known
  const roots = [...new Set(formsOf(word).map((form) => rootOf(foldedForm(form))))]
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(word, roots)
  return roots
}

const LATIN = /^[a-z]{4,}$/
const ARABIC = /^[\u0621-\u064A]{3,}$/
const DEVANAGARI = /^[\u0900-\u097F]{3,}$/

function rootOf(form: string): string {
  if (LATIN.test(form)) return latinRoot(form)
  if (ARABIC.test(form)) return arabicRoot(form)
  return DEVANAGARI.test(form) ? withoutEnding(form, DEVANAGARI_ENDINGS, 2) : form
}

/** English plurals, and what verbs and adverbs end with. */
function latinRoot(form: string): string {
  const singular = form.replace(/ies$/, "y").replace(/([^sui])s$/, "$1")
  const stem = singular.replace(/(?:ing|(?<!e)ed|ly)$/, "")
  const root = stem !== singular && stem.length >= 3 && /[aeiouy]/.test(stem) ? stem.replace(/([bdgklmnprt])\1$/, "$1") : singular
  return root.replace(/e$/, "")
}

/** "and", "then"; prepositions and the article; longest first where one begins another. */
const ARABIC_PREFIXES = ["بال", "كال", "لل", "ال", "ب", "ل", "ك"]
const ARABIC_ENDINGS = ["ها", "هم", "ان", "ات", "ون", "ين", "وا", "يه", "ه", "ي", "ا"]

function arabicRoot(form: string): string {
  let root = form.replace(/^[وف](?=...)/, "")
  const prefix = ARABIC_PREFIXES.find((some) => root.startsWith(some) && root.length - some.length >= 3)
  if (prefix !== undefined) root = root.slice(prefix.length)
  for (const ending of ARABIC_ENDINGS) if (root.endsWith(ending) && root.length - ending.length >= 3) root = root.slice(0, -ending.length)
  return root
}

/** Cases, genders and numbers of nouns, and forms of verbs in Hindi. */
const DEVANAGARI_ENDINGS = "ियाँ ियों ाओं ाएं ाएँ ियां ुओं ुएं ाने ाना ाते ाती ाता तीं ने ना ते ती ता ों ें ो े ी ि ा ु ू".split(" ")

function withoutEnding(form: string, endings: readonly string[], minLength: number): string {
  const ending = endings.find((some) => form.endsWith(some) && form.length - some.length >= minLength)
  return ending === undefined ? form : form.slice(0, -ending.length)
}
