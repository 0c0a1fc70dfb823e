/*
 * How many tokens a text takes, without the tokenizer of any model: of hundreds of models each has its own, and a context has to be the same on every
 * responder. Counted by kinds of characters, in hundredths of a token, with weights that lie a little above what common tokenizers take.
 *
 * Measured against the vocabularies o200k and cl100k, in ratios of the estimate to the count: English, German, Markdown, code and JSON 1.0 to 1.3 of both (German 0.86 of cl100k);
 * Chinese, Japanese and Korean 1.5 to 1.7 and 1.0 to 1.2; Arabic, Hindi, Russian and Thai 2.1 to 3.5 and 1.0 to 1.3, for newer vocabularies know their words; Greek and Hebrew 1.7 to
 * 1.8 and 0.7 to 0.8; emoji 1.8 and 1.0. Bytes in base64 come out a third too low: nothing in them is a word. So a budget needs some room above it, a tenth for most.
 */

/** A run of one kind of characters, and what it takes. */
const RUN =
  /(?<word>[A-Za-z]+)|(?<digits> ?[0-9]+)|(?<blank> +(?=\S)|[ \t]+)|(?<lines>[\r\n]+)|(?<latin>[\u00c0-\u024f\u1e00-\u1eff]+)|(?<letters>[\u0370-\u07ff]+)|(?<indic>[\u0900-\u0fff\u1000-\u137f\u1780-\u17ff]+)|(?<wide>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+)|(?<signs>[!-/:-@[-`{-~]+)|(?<other>[^])/gu

/** How many tokens `text` takes about; never less than 1 for a text that is not empty. The same for equal texts on every engine. */
export function estimateTokens(text: string): number {
  let hundredths = 0
  for (const match of text.matchAll(RUN)) {
    const { word, digits, blank, lines, latin, letters, indic, wide, signs, other } = match.groups as Readonly<
      Record<string, string | undefined>
    >
    if (word !== undefined) hundredths += wordWeight(word)
    else if (blank !== undefined) hundredths += blank.length === 1 ? 0 : 100
    else if (signs !== undefined) hundredths += signs.length === 1 ? 90 : 65 * signs.length
    else if (digits !== undefined)
      hundredths += digits.startsWith(" ") ? 80 + 100 * Math.ceil((digits.length - 1) / 3) : 100 * Math.ceil(digits.length / 3)
    else if (lines !== undefined) hundredths += 100
    else if (latin !== undefined) hundredths += 90 * latin.length
    else if (letters !== undefined) hundredths += 60 + 70 * letters.length
    else if (indic !== undefined) hundredths += 50 + 110 * indic.length
    else if (wide !== undefined) hundredths += 130 * wide.length
    else if (other !== undefined) hundredths += other.length === 2 ? 300 : 150
  }
  return Math.ceil(hundredths / 100)
}

/** Common words are one token however long; rare ones and names one for every four letters or so. */
function wordWeight(word: string): number {
  const humps = word.slice(1).match(/(?<=[a-z])[A-Z]|(?<=[A-Z])[a-z]/gu)?.length ?? 0
  return 105 + 20 * Math.max(0, word.length - 7) + 45 * humps
}

/** The beginning of `text` that takes about `tokens` at most, never half a character. */
export function cutToTokens(text: string, tokens: number): string {
  // No character takes less than a hundredth of a token but a single blank.
  let [low, high] = [0, Math.min(text.length, Math.max(0, tokens) * MAX_TOKEN_LENGTH)]
  if (high === text.length && estimateTokens(text) <= tokens) return text
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (estimateTokens(text.slice(0, middle)) <= tokens) low = middle
    else high = middle - 1
  }
  return text.slice(0, low).replace(/[\uD800-\uDBFF]$/u, "")
}

/** Longer than any token of text that says something, in UTF-16 units: a bound on what is looked at. */
const MAX_TOKEN_LENGTH = 32
