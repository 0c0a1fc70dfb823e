import * as Y from "yjs"
import { type NewPart, storedPart, streamingPart } from "./new-part.ts"
import { type NewTool, toolFields, ToolWriter } from "./tool-writer.ts"
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
  readonly #tools: ToolWriter[] = []
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
      const { part, pid, text } = streamingPart(this.#sink.mintPid(), type, fields)
      parts?.push([part])
      this.#pid = pid
      this.#text = parts === undefined ? undefined : text
    })
    return this.#pid
  }

  /** Adds a complete part behind all others: a source, a file, data. The current part goes on. Returns its id. */
  addPart(part: NewPart): string {
    this.#checkOpen()
    const pid = this.#sink.mintPid()
    const stored = storedPart(pid, part)
    this.#sink.transact("add-part", () => this.#sink.parts()?.push([stored]))
    return pid
  }

  /**
   * Begins the call of a tool, in a part of its own behind all others. The current part goes on: what is said after the call belongs into a new
   * one (`startPart`). Its writer may be used after this reply is done, while people are asked; `stop` and `fail` end it with the reply.
   */
  startTool(tool: NewTool): ToolWriter {
    this.#checkOpen()
    const pid = this.#sink.mintPid()
    const { fields, streams } = toolFields(tool)
    const part = storedPart(pid, { ...fields, type: "tool" })
    if (streams) part.set("inputText", new Y.Text())
    const state = streams ? "input-streaming" : "input-available"
    this.#sink.transact("start-tool", () => {
      this.#sink.parts()?.push([part])
      this.#sink.setState(pid, state, null)
    })
    const writer = new ToolWriter(this.#sink, pid, state, () => part)
    this.#tools.push(writer)
    return writer
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

  #end(state: "done" | "stopped" | "failed", details: unknown): void {
    this.#checkOpen()
    this.#sink.transact(state, () => {
      this.#finish(state, details)
      for (const tool of this.#tools) {
        if (state !== "done") tool.abandon(state)
        // The model went without finishing what it wanted to call.
        else if (tool.streaming) tool.abandon("stopped")
      }
    })
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
