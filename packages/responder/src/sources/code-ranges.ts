import type { TextRange } from "@polylogue/conversation"

const FENCE = /^[ \t>]*(?<fence>`{3,}|~{3,})/u
const TICKS = /`+/gu

/** Where code stands in a text in Markdown: blocks in fences, the last one also when nothing ends it, and words between backticks. */
export function codeRanges(text: string): readonly TextRange[] {
  const ranges: TextRange[] = []
  let [at, prose] = [0, 0]
  let open: { readonly fence: string; readonly from: number } | undefined
  for (const line of text.split(/(?<=\n)/u)) {
    const fence = FENCE.exec(line)?.groups?.["fence"]
    if (open === undefined && fence !== undefined) {
      addTicked(ranges, text, { from: prose, to: at })
      open = { fence, from: at }
    } else if (open !== undefined && fence !== undefined && fence.startsWith(open.fence) && line.trim().endsWith(fence)) {
      ranges.push({ from: open.from, to: at + line.length })
      prose = at + line.length
      open = undefined
    }
    at += line.length
  }
  if (open === undefined) addTicked(ranges, text, { from: prose, to: text.length })
  else ranges.push({ from: open.from, to: text.length })
  return ranges
}

/** Words between as many backticks on both sides; backticks without an end are text. */
function addTicked(ranges: TextRange[], text: string, { from, to }: TextRange): void {
  const runs = [...text.slice(from, to).matchAll(TICKS)]
  const places = new Map<number, number[]>()
  for (const [place, [{ length }]] of runs.entries()) {
    const list = places.get(length)
    if (list === undefined) places.set(length, [place])
    else list.push(place)
  }
  for (const list of places.values()) list.reverse()
  for (let place = 0; place < runs.length; place++) {
    const run = runs[place]!
    const same = places.get(run[0].length) ?? []
    while (same.length > 0 && same.at(-1)! <= place) same.pop()
    const end = same.pop()
    if (end === undefined) continue
    ranges.push({ from: from + run.index, to: from + runs[end]!.index + run[0].length })
    place = end
  }
}
