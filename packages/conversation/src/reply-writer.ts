import * as Y from "yjs"
import { ENDS } from "./answer-end.ts"
import { isObject } from "./formats/json-value.ts"
import { type NewPart, plainJson, storedPart, streamingPart } from "./new-part.ts"
import { findPart, type ReplyEnd, type ReplySink } from "./reply-sink.ts"
import { SLOT } from "./superseded-parts.ts"
import { type NewTool, toolFields, ToolWriter } from "./tool-writer.ts"
import { splitAtPair, wellFormed } from "./well-formed.ts"

/** Why a reply failed, for programs. */
export interface FailureDetails {
  readonly code?: string
  /** After how many milliseconds, counted from now, it may be tried again. */
  readonly retryAfterMs?: number
}

/**
 * Writes a reply as it arrives. Each call is one transaction: collect tokens for 50 to 100 ms before `append`, which costs
 * a quarter of the bytes of token by token.
 *
 * A chunk may end in the middle of a surrogate pair; the first half waits for the second, for Yjs encodes each insertion by
 * itself and would make U+FFFD of both. When the message is erased while it is written, nothing more is: the calls stay harmless.
 */
export class ReplyWriter {
  /** The message being written. */
  readonly messageId: string
  readonly #sink: ReplySink
  readonly #tools: ToolWriter[] = []
  #pid: string
  readonly #firstPid: string
  #rest = ""
  #open = true
  /** Whether the current part has no words and nothing stands behind it. */
  #isBlank = true

  constructor(messageId: string, sink: ReplySink, pid: string) {
    this.messageId = messageId
    this.#sink = sink
    this.#pid = pid
    this.#firstPid = pid
  }

  /** Whether it can still be written: not after an end. */
  get open(): boolean {
    return this.#open
  }

  /** Whether the message is gone, so that what is written goes nowhere. */
  get gone(): boolean {
    return this.#sink.parts() === undefined
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
    if (chunk !== "") this.#isBlank = false
    if (whole !== "") this.#sink.transact("append", () => this.#insert(whole))
  }

  /** Says what is used for the answer, plain JSON, in the first part of this run: for who knows that only after it has begun. */
  describe(about: Readonly<Record<string, unknown>>): void {
    this.#checkOpen()
    const kept = plainJson(about, "what an answer says of itself")
    this.#sink.transact("describe", () => findPart(this.#sink.parts(), this.#firstPid)?.set("about", kept))
  }

  /**
   * Makes `type` of the first part as long as nothing was written, and nothing stands behind it: an answer turns out to begin with reasoning, of which its writer
   * did not know when it showed that it writes. Returns whether it did.
   */
  beginWith(type: string): boolean {
    this.#checkOpen()
    if (!this.#isBlank) return false
    this.#sink.transact("begin-with", () => findPart(this.#sink.parts(), this.#pid)?.set("type", wellFormed(type)))
    return true
  }

  /** Finishes the current part and goes on in a new one, for example from `reasoning` to `text`. Returns its id. */
  startPart(type: string, fields: Readonly<Record<string, unknown>> = {}): string {
    this.#checkOpen()
    this.#isBlank = false
    this.#sink.transact("start-part", () => {
      this.#finish("done", null)
      const { part, pid } = streamingPart(this.#sink.mintPid(), type, { ...fields, ...this.#sink.fields })
      this.#sink.parts()?.push([part])
      this.#pid = pid
    })
    return this.#pid
  }

  /** Adds a complete part behind all others: a source, a file, data. The current part goes on. Returns its id. */
  addPart(part: NewPart): string {
    this.#checkOpen()
    const pid = this.#sink.mintPid()
    const stored = storedPart(pid, { ...part, ...this.#sink.fields })
    this.#isBlank = false
    this.#sink.transact("add-part", () => this.#sink.parts()?.push([stored]))
    return pid
  }

  /**
   * Begins the call of a tool, in a part of its own behind all others. The current part goes on: what is said after the call belongs into a new
   * one (`startPart`). Its writer may be used after this reply is done, while people are asked; every other end ends it with the reply.
   */
  startTool(tool: NewTool): ToolWriter {
    this.#checkOpen()
    const pid = this.#sink.mintPid()
    const { fields, streams } = toolFields(tool)
    const part = storedPart(pid, { ...fields, ...this.#sink.fields, type: "tool" })
    if (streams) part.set("inputText", new Y.Text())
    const state = streams ? "input-streaming" : "input-available"
    this.#isBlank = false
    this.#sink.transact("start-tool", () => {
      this.#sink.parts()?.push([part])
      this.#sink.setState(pid, state, null)
    })
    const writer = new ToolWriter(this.#sink, pid, state)
    this.#tools.push(writer)
    return writer
  }

  /**
   * Marks the reply complete; `details` (usage, finish reason; plain JSON) are kept with the mark.
   * @param more - writes what belongs to the end, citations for example, in the same transaction, after the last of the text.
   */
  done(details: unknown = null, more?: () => void): void {
    this.end("done", details, more)
  }

  /** Marks the reply as stopped by a person; the text so far stays. */
  stop(details: unknown = null, more?: () => void): void {
    this.end("stopped", details, more)
  }

  /** Marks the reply as failed, with the reason people shall read; the text so far stays. */
  fail(reason: string, details: FailureDetails = {}): void {
    this.end("failed", { reason: wellFormed(reason), at: this.#sink.now(), ...details })
  }

  /** Leaves the reply for another to write it anew, or to go on: it is not over. The text so far stays. */
  interrupt(): void {
    this.end("interrupted")
  }

  /** Ends this run of the reply without ending the answer: its tools wait for people, or for who runs them, and another run goes on. `details` as of `done`. */
  pause(details: unknown = null): void {
    this.#close("done", details)
  }

  /**
   * Ends the reply: the rest of the text, the states of all that is open, and what `more` writes, in one transaction.
   * @throws TypeError when it has ended.
   */
  end(state: ReplyEnd, details: unknown = null, more?: () => void): void {
    const isOver = state !== "interrupted" && this.#sink.fields[SLOT] !== undefined
    this.#close(state, isOver ? { ...asObject(details), [ENDS]: true } : details, more)
  }

  #close(state: ReplyEnd, details: unknown, more?: () => void): void {
    this.#checkOpen()
    const kept = plainJson(details, "the details of an end")
    this.#open = false
    this.#sink.transact(state, () => {
      this.#finish(state, kept)
      for (const tool of this.#tools) {
        if (state !== "done") tool.abandon(state)
        // The model went without finishing what it wanted to call.
        else if (tool.streaming) tool.abandon("stopped")
      }
      more?.()
    })
  }

  #finish(state: string, details: unknown): void {
    // A half pair that never got its other half is not text; it stands as the mark that something was there.
    if (this.#rest !== "") this.#insert(wellFormed(this.#rest))
    this.#rest = ""
    this.#sink.setState(this.#pid, state, details)
  }

  #insert(chunk: string): void {
    const text = findPart(this.#sink.parts(), this.#pid)?.get("text")
    if (text instanceof Y.Text) text.insert(text.length, chunk)
  }

  #checkOpen(): void {
    if (!this.#open) throw new TypeError("the reply was finished before")
  }
}

function asObject(details: unknown): Readonly<Record<string, unknown>> {
  return isObject(details) ? details : details === null ? {} : { details }
}
