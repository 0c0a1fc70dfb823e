/*
 * One word in the forms by which it is found. Everything is made of compatibility-composed lower case (NFKC): full-width letters, ligatures and
 * circled digits are what they stand for.
 */

/** Longer words are cut for comparing, in UTF-16 units: nobody searches for the thousandth letter of encoded bytes. */
export const MAX_TERM_LENGTH = 64

/** Words whose forms are remembered; when there are more, all are forgotten. */
const MAX_REMEMBERED = 20_000

/** Any of the characters in `ranges`: marks, which nobody can read where they are written out. */
function anyOf(...ranges: readonly (readonly [from: number, to: number])[]): RegExp {
  return new RegExp(`[${ranges.map(([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`).join("")}]`, "gu")
}

/** Soft hyphens, joiners, marks of direction and of how an emoji is drawn. */
const INVISIBLE = anyOf(
  [0xad, 0xad],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x2060],
  [0x2066, 0x2069],
  [0xfe0e, 0xfe0f],
  [0xfeff, 0xfeff],
)
/** Vowel points of Hebrew and of Arabic, which are written or not as one likes, and the stroke that lengthens an Arabic word. */
const POINTS = anyOf(
  [0x591, 0x5bd],
  [0x5bf, 0x5bf],
  [0x5c1, 0x5c2],
  [0x5c4, 0x5c5],
  [0x5c7, 0x5c7],
  [0x610, 0x61a],
  [0x640, 0x640],
  [0x64b, 0x65f],
  [0x670, 0x670],
  [0x6d6, 0x6dc],
  [0x6df, 0x6e8],
  [0x6ea, 0x6ed],
)
/** Accents, beside the marks that are letters in all but name, as those of Hindi. */
const ACCENTS = anyOf([0x300, 0x36f], [0x1ab0, 0x1aff], [0x1dc0, 0x1dff], [0x20d0, 0x20ff], [0xfe20, 0xfe2f])
const LOWER_ASCII = /^[a-z]+$/
const SEVERAL_PARTS = /[_'’]|\p{Ll}\p{Lu}|\p{Lu}\p{Lu}\p{Ll}|\p{L}\p{N}|\p{N}\p{L}/u
const PARTS = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{Lm}\p{Lt}\p{M}]+|\p{N}+/gu

/** Letters that have no accent to take away and are typed as others where a keyboard lacks them. */
const REPLACED: Readonly<Record<string, string>> = {
  ø: "o",
  ł: "l",
  đ: "d",
  ı: "i",
  æ: "ae",
  œ: "oe",
  ß: "ss",
  أ: "ا",
  إ: "ا",
  آ: "ا",
  ٱ: "ا",
  ى: "ي",
  ی: "ي",
  ک: "ك",
  ة: "ه",
}
const REPLACEABLE = new RegExp(`[${Object.keys(REPLACED).join("")}]`, "gu")

/** A word as texts are compared, accents kept: its first form. */
export function plainForm(word: string): string {
  if (LOWER_ASCII.test(word)) return word.slice(0, MAX_TERM_LENGTH)
  const plain = word
    .normalize("NFKC")
    .toLowerCase()
    .normalize("NFKC")
    .replace(INVISIBLE, "")
    .replace(POINTS, "")
    .replaceAll("ς", "σ")
    .replaceAll("’", "'")
  return cut(plain, MAX_TERM_LENGTH)
}

/** A plain form without accents, and with the letters that stand for others replaced; often the same. */
export function foldedForm(plain: string): string {
  if (LOWER_ASCII.test(plain)) return plain
  const bare = plain
    .normalize("NFD")
    .replace(ACCENTS, "")
    .normalize("NFC")
    .replace(REPLACEABLE, (letter) => REPLACED[letter] ?? letter)
  return cut(bare, MAX_TERM_LENGTH)
}

const remembered = new Map<string, readonly string[]>()

/**
 * All forms by which `word` is found, its plain form first: without accents, the parts of an identifier (`camelCase`, `snake_case`, `utf8`) and
 * of a contraction, an emoji without the colour of its skin, `c` of `c++`.
 */
export function formsOf(word: string): readonly string[] {
  const known = remembered.get(word)
  if (known !== undefined) return known
  const forms = new Set<string>()
  addForms(forms, plainForm(word))
  if (SEVERAL_PARTS.test(word)) for (const [part] of word.matchAll(PARTS)) addForms(forms, plainForm(part))
  const bare = word.replace(/(?:\+\+|#)$/u, "")
  if (bare !== word) addForms(forms, plainForm(bare))
  const colourless = word.replace(/\p{Emoji_Modifier}/gu, "")
  if (colourless !== word) addForms(forms, plainForm(colourless))
  forms.delete("")
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  const list = [...forms]
  remembered.set(word, list)
  return list
}

function addForms(forms: Set<string>, plain: string): void {
  forms.add(plain)
  forms.add(foldedForm(plain))
}

/** The beginning of `text`, never half a character. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\uD800-\uDBFF]$/u, "")
}
