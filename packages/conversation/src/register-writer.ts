import type * as Y from "yjs"
import { nextClock } from "./hybrid-clock.ts"
import { ConversationOrigin } from "./origin.ts"
import type { KeyIndex } from "./record-key.ts"
import { checkWriter, readRegister, writeRegister } from "./register.ts"

/** Who sets registers, and its clocks. */
export interface RegisterWriterOptions {
  /** Name of this device in the keys of what it sets. */
  readonly writer: string
  /** Wall time in ms since 1970. */
  readonly now: () => number
  /** The relay's time in ms since 1970 as far as known; default `now`. */
  readonly relayNow?: () => number
}

/** Sets registers in the maps of one Y.Doc: each operation is one transaction with a tagged origin, or part of the one that is open. */
export class RegisterWriter {
  readonly writer: string
  readonly #ydoc: Y.Doc
  readonly #options: RegisterWriterOptions

  /** @throws TypeError when `options.writer` is not the name of a writer. */
  constructor(ydoc: Y.Doc, options: RegisterWriterOptions) {
    this.writer = checkWriter(options.writer)
    this.#ydoc = ydoc
    this.#options = options
  }

  /** Sets the register at `path` above all that is known of it. */
  set(operation: string, index: KeyIndex, path: readonly string[], value: unknown): void {
    const [owner = "", ...field] = path
    const clock = this.clock(readRegister(index, owner, ...field).map((entry) => entry.clock))
    this.transact(operation, () => writeRegister(index, path, this.writer, clock, value))
  }

  /** The clock of the next thing written, after the clocks seen. */
  clock(seen: Iterable<number> = []): number {
    const { now, relayNow = now } = this.#options
    return nextClock(now(), relayNow(), seen)
  }

  transact(operation: string, write: () => void): void {
    this.#ydoc.transact(write, new ConversationOrigin(operation))
  }
}
