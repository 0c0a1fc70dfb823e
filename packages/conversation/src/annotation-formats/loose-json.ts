/** JSON text as people write it: a value, and what has to be forgiven to read it. */
export interface LooseJson {
  readonly value: unknown
  /** For people; null for what is JSON. */
  readonly problem: string | null
}

/**
 * The value of JSON text, also where commas stand before closing brackets: then what else is wrong with it can be told too.
 * Undefined for what is not JSON either way; then `problem` says why.
 */
export function looseJson(text: string): LooseJson {
  try {
    return { value: JSON.parse(text), problem: null }
  } catch (error) {
    const { mended, lines } = withoutLastCommas(text)
    const problem =
      lines.length > 0
        ? `it is no JSON: a comma before a closing bracket (line ${lines.slice(0, 5).join(", ")})`
        : `it is no JSON: ${error instanceof Error ? error.message : String(error)}`
    try {
      return { value: lines.length > 0 ? JSON.parse(mended) : undefined, problem }
    } catch {
      // The commas were not all that is wrong.
      return { value: undefined, problem: `it is no JSON: ${error instanceof Error ? error.message : String(error)}` }
    }
  }
}

function withoutLastCommas(text: string): { readonly mended: string; readonly lines: readonly number[] } {
  const lines: number[] = []
  let mended = ""
  let kept = 0
  let line = 1
  let comma: { readonly at: number; readonly line: number } | undefined
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === "\n") line++
    if (/\s/u.test(character)) continue
    if (comma !== undefined && (character === "}" || character === "]")) {
      lines.push(comma.line)
      mended += text.slice(kept, comma.at)
      kept = comma.at + 1
    }
    comma = character === "," ? { at, line } : undefined
    if (character === '"') at = endOfString(text, at)
  }
  return { mended: mended + text.slice(kept), lines }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++
    else if (text[at] === '"') return at
  }
  return text.length
}
