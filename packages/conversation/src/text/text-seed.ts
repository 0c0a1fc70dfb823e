import * as Y from "yjs"
import { wellFormed } from "../well-formed.ts"
import { textDigest } from "./text-digest.ts"
import type { TextRange } from "./text-anchor.ts"

/*
 * Two devices that begin the same prompt with the same words, by importing one file, both write them, and a text keeps what both wrote: the words stand there twice.
 * So whoever begins a text notes which of its characters those are, by their Yjs ids, and with the next operation on the prompt the copies of others go that nobody
 * has touched. One copy stays whatever became of it: that of the lowest writer, which is the same one for all devices. Were it given up for a copy in which somebody wrote,
 * another device might at that moment give up that copy for this one, in which somebody wrote there, and all the words would be gone. A copy in which somebody has written
 * or deleted stays as well: what they did there would make no sense elsewhere.
 */

/** The characters with which a device began a text. */
export interface TextSeed {
  readonly client: number
  readonly clock: number
  readonly length: number
  readonly digest: string
}

/** Begins an empty text. To be called within a transaction. */
export function seedText(text: Y.Text, words: string): TextSeed | undefined {
  const { doc } = text
  const said = wellFormed(words)
  if (doc === null || said === "") return undefined
  const seed = { client: doc.clientID, clock: Y.getState(doc.store, doc.clientID), length: said.length, digest: textDigest(said) }
  text.insert(0, said)
  return seed
}

/** The copies in `text` that can go, last one first: untouched ones of the same words as that of the lowest writer, which stays. */
export function spareCopies(text: Y.Text, seeds: ReadonlyMap<string, TextSeed>): readonly TextRange[] {
  const words = text.toJSON()
  const kept = new Map<string, TextRange[]>()
  const spare: TextRange[] = []
  for (const [, seed] of [...seeds].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const range = seedRange(text, seed)
    if (range === undefined || range.from >= range.to) continue
    const others = kept.get(seed.digest)
    const untouched = range.to - range.from === seed.length && textDigest(words.slice(range.from, range.to)) === seed.digest
    // A record that names the characters of another one names no copy of them.
    const apart = [...(others ?? []), ...spare].every(({ from, to }) => range.to <= from || to <= range.from)
    if (others !== undefined && untouched && apart) spare.push(range)
    else kept.set(seed.digest, [...(others ?? []), range])
  }
  return spare.sort((left, right) => right.from - left.from)
}

/** The seed in a stored value; undefined when it is none. */
export function readSeed(value: unknown): TextSeed | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const { client, clock, length, digest } = value as Partial<Record<keyof TextSeed, unknown>>
  const isCount = (number: unknown): number is number => Number.isSafeInteger(number) && (number as number) >= 0
  return isCount(client) && isCount(clock) && isCount(length) && length > 0 && typeof digest === "string"
    ? { client, clock, length, digest }
    : undefined
}

/** Where the character of a seed that was at `offset` in it is now, or what stood behind it; undefined when the seed is not in this text. */
export function seedPlace(text: Y.Text, { client, clock, length }: TextSeed, offset: number): number | undefined {
  if (text.doc === null || offset < 0 || offset > length || clock + length > Y.getState(text.doc.store, client)) return undefined
  // One past its last character is behind that one.
  return offset === length ? indexOf(text, client, clock + length - 1, -1) : indexOf(text, client, clock + offset, 0)
}

/** Where the characters of a seed begin and end now; undefined when they are not in this text, or gone for good. */
export function seedRange(text: Y.Text, seed: TextSeed): TextRange | undefined {
  const [from, to] = [seedPlace(text, seed, 0), seedPlace(text, seed, seed.length)]
  return from === undefined || to === undefined ? undefined : { from, to }
}

function indexOf(text: Y.Text, client: number, clock: number, assoc: number): number | undefined {
  if (text.doc === null) return undefined
  const position = Y.createRelativePositionFromJSON({ item: { client, clock }, assoc })
  const found = Y.createAbsolutePositionFromRelativePosition(position, text.doc)
  return found?.type === text ? found.index : undefined
}
