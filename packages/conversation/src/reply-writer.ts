import * as Y from "yjs"
import { splitAtPair, wellFormed } from "./well-formed.ts"

/** How the writer of a part reaches the document; given by `Conversation`. */
export interface ReplySink {
  /** Runs `write` in one transaction. */
  readonly transact: (operation: string, write: () => void) => void
  /** The parts of the message, or undefined when it is gone. */
  readonly parts: () => Y.Array<unknown> | undefined
  /** Notes that part `pid` reached `state`. To be called in a transaction. */
  readonly setState: (pid: string, state: string, details: unknown) => void
  readonly mintPid: () => string
}

/**
 * Writes a reply as it arrives. Each call is one transaction: collect tokens for 50 to 100 ms before `append`, which costs
 * a quarter of the bytes of token by token.
 *
 * A chunk may end in the middle of a surrogate pair; the first half waits for the second, for Yjs encodes each insertion by
 * itself and would make U+FFFD of both.
 */
export class ReplyWriter {
  /** The message being written. */
  readonly messageId: string
  readonly #sink: ReplySink
  #pid: string
  #text: Y.Text | undefined
  #rest = ""
  #open = true

  constructor(messageId: string, sink: ReplySink, pid: string, text: Y.Text | undefined) {
    this.messageId = messageId
    this.#sink = sink
    this.#pid = pid
    this.#text = text
  }

  /** Whether it can still be written: not after `done`, `stop` or `fail`. */
  get open(): boolean {
    return this.#open
  }

  /** The part that `append` writes to. */
  get pid(): string {
    return this.#pid
  }

  /** Appends to the current part. Empty chunks write nothing. */
  append(chunk: string): void {
    this.#checkOpen()
    const { whole, rest } = splitAtPair(this.#rest + chunk)
    this.#rest = rest
    if (whole !== "") this.#sink.transact("append", () => this.#insert(whole))
  }

  /** Finishes the current part and goes on in a new one, for example from `reasoning` to `text`. Returns its id. */
  startPart(type: string, fields: Readonly<Record<string, unknown>> = {}): string {
    this.#checkOpen()
    this.#sink.transact("start-part", () => {
      this.#finish("done", null)
      const parts = this.#sink.parts()
      const { part, pid, text } = newPart(this.#sink.mintPid(), type, { ...fields, streams: true })
      parts?.push([part])
      this.#pid = pid
      this.#text = parts === undefined ? undefined : text
    })
    return this.#pid
  }

  /** Marks the reply complete; `details` (usage, finish reason; plain JSON) are kept with the mark. */
  done(details: unknown = null): void {
    this.#end("done", details)
  }

  /** Marks the reply as stopped by a person; the text so far stays. */
  stop(details: unknown = null): void {
    this.#end("stopped", details)
  }

  /** Marks the reply as failed, with the reason people shall read; the text so far stays. */
  fail(reason: string): void {
    this.#end("failed", { reason: wellFormed(reason) })
  }

  #end(state: string, details: unknown): void {
    this.#checkOpen()
    this.#sink.transact(state, () => this.#finish(state, details))
    this.#open = false
  }

  #finish(state: string, details: unknown): void {
    // A half pair that never got its other half is not text; it stands as the mark that something was there.
    if (this.#rest !== "") this.#insert(wellFormed(this.#rest))
    this.#rest = ""
    this.#sink.setState(this.#pid, state, details)
  }

  #insert(chunk: string): void {
    this.#text?.insert(this.#text.length, chunk)
  }

  #checkOpen(): void {
    if (!this.#open) throw new TypeError("the reply was finished before")
  }
}

/** A part with its text, not yet in a document; with the field `streams: true` it counts as `streaming` until a state is noted. */
export function newPart(
  pid: string,
  type: string,
  fields: Readonly<Record<string, unknown>>,
): { part: Y.Map<unknown>; pid: string; text: Y.Text } {
  const part = new Y.Map<unknown>()
  const text = new Y.Text()
  for (const [key, value] of Object.entries(fields)) part.set(key, value)
  part.set("pid", pid)
  part.set("type", type)
  part.set("text", text)
  return { part, pid, text }
}
