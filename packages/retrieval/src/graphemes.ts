/*
 * Where one character, as a reader counts them, ends and the next begins. A careful part of UAX #29: where it is unsure it says that a character goes on, so a text is never cut inside of
 * one that some engine draws as a whole. Engines' own segmenters differ between versions, and passages must not.
 */

const EXTENDS = /^(?:[\u200C\u200D]|\p{M}|\p{Emoji_Modifier}|[\u{E0020}-\u{E007F}]|[\uFF9E\uFF9F])/u
/** Marks that take the letter after them into the one before (viramas), those that do so visibly or not, and joiners. */
const JOINS = /(?:\u200D|[\u094D\u09CD\u0A4D\u0ACD\u0B4D\u0BCD\u0C4D\u0CCD\u0D4D\u0DCA\u1039\u17D2])$/u
const PREPENDS = /[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u0D4E]$/u
const REGIONAL = /^[\u{1F1E6}-\u{1F1FF}]/u
const JAMO = /^[\u1160-\u11FF\uD7B0-\uD7FF]/
const HANGUL = /[\u1100-\u11FF\uA960-\uA97F\uAC00-\uD7FF]$/

/** Flags before a place are counted so far back, in UTF-16 units; two make a flag. */
const MAX_FLAGS = 400

/** Whether a character begins at `at`, which is neither the beginning of the text nor its end. */
export function beginsCharacter(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  const before = text.charCodeAt(at - 1)
  if (code < 0x80 && before < 0x80) return !(code === 0x0a && before === 0x0d)
  if ((code & 0xfc00) === 0xdc00 && (before & 0xfc00) === 0xd800) return false
  const following = text.slice(at, at + 2)
  const preceding = text.slice(Math.max(0, at - 2), at)
  if (EXTENDS.test(following) || JOINS.test(preceding) || PREPENDS.test(preceding)) return false
  if (JAMO.test(following) && HANGUL.test(preceding)) return false
  if (/^[\u1100-\u115F\uA960-\uA97F\uAC00-\uD7A3]/.test(following) && /[\u1100-\u115F\uA960-\uA97F]$/.test(preceding)) return false
  return !REGIONAL.test(following) || flagsBefore(text, at) % 2 === 0
}

function flagsBefore(text: string, at: number): number {
  let count = 0
  while (count * 2 < MAX_FLAGS && REGIONAL.test(text.slice(Math.max(0, at - 2 * count - 2), at - 2 * count))) count++
  return count
}
