import type { Message } from "@polylogue/conversation"
import { endingWords } from "./part-ending.tsx"

/** A message that somebody else wrote or writes, as far as it was said already. */
export interface SpokenMessage {
  readonly author: string
  /** Its text, as it stands. */
  readonly text: string
  readonly streaming: boolean
  /** UTF-16 units of the text that were said; -1 before its author was. */
  readonly said: number
}

/** What to say next, if anything, and how far each message is said then; those that are done with are gone. */
export interface NextAnnouncement {
  readonly words: string | undefined
  readonly rest: ReadonlyMap<string, SpokenMessage>
}

/** Longest announcement in UTF-16 units: some twenty seconds of speech. */
export const MAX_ANNOUNCED_LENGTH = 300
/** UTF-16 units of a text that are looked at for one announcement. */
const MAX_LOOKED_AT = 4_000
/** Messages at once above which they are counted, not read. */
export const MAX_READ_MESSAGES = 2

/**
 * What a screen reader is told next of the messages that came in: whole sentences, never more at once than one listens to. A text that grows
 * faster than it is read out is not caught up with: its end is told instead, since it can be read where it stands. Somebody who reads elsewhere
 * (`along` is false) hears of the end only.
 */
export function nextAnnouncement(waiting: ReadonlyMap<string, SpokenMessage>, along: boolean): NextAnnouncement {
  const fresh = [...waiting].filter(([, { said }]) => said < 0)
  if (fresh.length > MAX_READ_MESSAGES) {
    const authors = [...new Set(fresh.map(([, { author }]) => author))].slice(0, 3).join(", ")
    const rest = new Map(waiting)
    for (const [id, message] of fresh) keep(rest, id, message, message.text.length)
    return { words: `${fresh.length} new messages from ${authors}`, rest }
  }
  for (const [id, message] of waiting) {
    const { author, text, streaming, said } = message
    if (streaming && !along) continue
    const name = said < 0 ? `${author}: ` : ""
    const from = Math.max(0, said)
    const whole = streaming ? sentencesEnd(text) : text.length
    const words = spoken(text.slice(from, Math.min(whole, from + MAX_LOOKED_AT)))
    const rest = new Map(waiting)
    if (words === "") {
      if (streaming) continue
      keep(rest, id, message, text.length)
      return { words: said < 0 ? `${author}: a message without text` : `${author} has finished.`, rest }
    }
    keep(rest, id, message, whole)
    if (words.length <= MAX_ANNOUNCED_LENGTH && (along || said < 0)) return { words: `${name}${words}`, rest }
    if (streaming) return { words: `${name}${beginning(words)}`, rest }
    return { words: said < 0 ? `${name}${beginning(words)}` : `${author} has finished.`, rest }
  }
  return { words: undefined, rest: waiting }
}

/** What is read out of a message: its text, and in the end that it stopped or failed, and why. */
export function spokenText({ text, parts, streaming }: Pick<Message, "text" | "parts" | "streaming">): string {
  const last = streaming ? undefined : parts.at(-1)
  const ending = last === undefined ? undefined : endingWords(last)
  return ending === undefined ? text : `${text}\n\n${ending}`
}

function keep(rest: Map<string, SpokenMessage>, id: string, message: SpokenMessage, said: number): void {
  if (message.streaming) rest.set(id, { ...message, said })
  else rest.delete(id)
}

/** Where the last whole sentence of a growing text ends: at a line break or a full stop with something behind it. */
function sentencesEnd(text: string): number {
  let end = 0
  for (const { 0: found, index } of text.matchAll(/[.!?…](?=\s)|[。！？]|\n/g)) end = index + found.length
  return end
}

/** The beginning of what is too long to be said, up to a sentence or at least a word. */
function beginning(words: string): string {
  const cut = words.slice(0, MAX_ANNOUNCED_LENGTH)
  const sentence = sentencesEnd(`${cut} `)
  const end = sentence > MAX_ANNOUNCED_LENGTH / 3 ? sentence : Math.max(cut.lastIndexOf(" "), MAX_ANNOUNCED_LENGTH / 2)
  return `${cut
    .slice(0, end)
    .replace(/[\ud800-\udbff]$/, "")
    .trim()} …`
}

/** Markdown as one reads it out: without its marks, code by name only. */
function spoken(text: string): string {
  return text
    .replace(/^ {0,3}(`{3,}|~{3,})[^]*?(?:^ {0,3}\1|$(?![^]))/gm, " Code. ")
    .replace(/!?\[([^\]\n]*)\]\([^)\n]*\)/g, "$1")
    .replace(/^[ \t]*(?:#{1,6}|>|[-*+]|\|?[\s:|-]+\|)[ \t]+/gm, "")
    .replace(/[*_~`|]+/g, " ")
    .replace(/\s+/g, " ")
    .trim()
}
