/**
 * Yjs sends strings as UTF-8, where a lone surrogate cannot stand: the writer keeps it, every reader gets U+FFFD, and the
 * copies differ for good (measured). So nothing ill-formed is ever written; what was ill-formed keeps an escaped twin.
 */
const LONE_SURROGATE = /\p{Surrogate}/gu

/** `text` with U+FFFD for each lone surrogate; `text` itself when there is none. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, "\ufffd")
}

/** Whether `text` has no lone surrogate and thus arrives at other devices as it is. */
export function isWellFormed(text: string): boolean {
  return text.search(LONE_SURROGATE) === -1
}

/**
 * Splits a chunk of a stream where it is safe: a high surrogate at its end waits for its other half, for each insertion is
 * encoded by itself and half an emoji would become U+FFFD twice.
 */
export function splitAtPair(text: string): { readonly whole: string; readonly rest: string } {
  const last = text.charCodeAt(text.length - 1)
  const cut = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length
  return { whole: wellFormed(text.slice(0, cut)), rest: text.slice(cut) }
}
