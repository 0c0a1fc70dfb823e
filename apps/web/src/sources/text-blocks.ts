/** A piece of a text that is laid out by itself. All of them, one after the other, are the text. */
export interface TextBlock {
  /** Names it as long as it says the same. */
  readonly key: number
  /** Where it begins, in UTF-16 units of the text. */
  readonly start: number
  readonly text: string
  /** The page that begins with it. */
  readonly page: number | undefined
}

/** A block ends at the first line end after so many characters: few enough blocks for a megabyte, each quickly laid out. */
const BLOCK_LENGTH = 2_000
/** A line without an end is cut at a blank after so many characters, and without a blank so many later. */
const LONG_LINE_LENGTH = 8_000

interface Page {
  readonly page: number
  readonly start: number
}

/**
 * Cuts a text into blocks, at line ends and where pages begin. Of `before`, what stands at the beginning and at the end of the text as it stood is the same block
 * again: an edit lays out what is near it anew, and nothing else.
 */
export function cutBlocks(text: string, pages: readonly Page[], before: readonly TextBlock[] = []): readonly TextBlock[] {
  const pageOf = new Map(pages.map(({ page, start }) => [start, page]))
  const isSame = (block: TextBlock, start: number): boolean => text.startsWith(block.text, start) && pageOf.get(start) === block.page
  let head = 0
  for (let start = 0; head < before.length && isSame(before[head]!, start); head++) start += before[head]!.text.length
  // The last of them may go on now, where it ended with the text and not with a line.
  if (head > 0 && head === before.length && !before[head - 1]!.text.endsWith("\n")) head--
  const from = before.slice(0, head).reduce((sum, block) => sum + block.text.length, 0)
  let tail = before.length
  let to = text.length
  while (tail > head && to - before[tail - 1]!.text.length >= from && isSame(before[tail - 1]!, to - before[tail - 1]!.text.length)) {
    tail--
    to -= before[tail]!.text.length
  }
  let key = before.reduce((most, block) => Math.max(most, block.key), 0)
  const stops = pages.map(({ start }) => start).filter((start) => start > from && start < to)
  const blocks = before.slice(0, head)
  let start = from
  for (const stop of [...stops, to]) {
    while (start < stop) {
      const end = blockEnd(text, start, stop)
      blocks.push({ key: ++key, start, text: text.slice(start, end), page: pageOf.get(start) })
      start = end
    }
  }
  for (const block of before.slice(tail)) {
    blocks.push(block.start === start ? block : { ...block, start })
    start += block.text.length
  }
  return blocks
}

/** The block in which the character at `offset` stands; the last one for the end of the text. */
export function blockAt(blocks: readonly TextBlock[], offset: number): TextBlock | undefined {
  let [low, high] = [0, blocks.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (blocks[middle]!.start <= offset) low = middle + 1
    else high = middle
  }
  return blocks[low - 1]
}

function blockEnd(text: string, start: number, stop: number): number {
  const line = text.indexOf("\n", start + BLOCK_LENGTH)
  const end = line === -1 ? stop : Math.min(line + 1, stop)
  if (end - start <= LONG_LINE_LENGTH + BLOCK_LENGTH) return end
  const near = text.lastIndexOf("\n", start + LONG_LINE_LENGTH)
  if (near > start) return near + 1
  const blank = text.indexOf(" ", start + LONG_LINE_LENGTH)
  const cut = blank === -1 || blank >= start + 2 * LONG_LINE_LENGTH ? start + LONG_LINE_LENGTH : blank + 1
  return Math.min(isWithinPair(text, cut) ? cut + 1 : cut, end)
}

function isWithinPair(text: string, index: number): boolean {
  const [before, after] = [text.charCodeAt(index - 1), text.charCodeAt(index)]
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff
}
