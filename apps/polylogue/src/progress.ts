/** Milliseconds between two words about how a command goes on. */
const TELL_MS = 2_000

/** Says on standard error now and then how a command goes on; nothing of one that is done at once. */
export class Progress {
  readonly #doing: string
  #toldMs = Date.now()

  /** @param doing - what is being done, such as `checking`. */
  constructor(doing: string) {
    this.#doing = doing
  }

  /** @param done - how far it is, such as `12 documents`; asked only when it is told. */
  tell(done: () => string): void {
    const now = Date.now()
    if (now - this.#toldMs < TELL_MS) return
    this.#toldMs = now
    console.error(`polylogue: ${this.#doing}: ${done()}`)
  }
}

/** So many of something, for a person to read; the word is given in the singular. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`
}

/** Bytes for a person to read. */
export function bytesText(bytes: number): string {
  return bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}
