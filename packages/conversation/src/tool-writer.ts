import * as Y from "yjs"
import { plainJson } from "./new-part.ts"
import { findPart, type ReplyEnd, type ReplySink } from "./reply-sink.ts"
import { splitAtPair, wellFormed } from "./well-formed.ts"

/** How a tool call begins. */
export interface NewTool {
  /** The model's name for this call; unique in the message. */
  readonly toolCallId: string
  /** Name of the tool. */
  readonly name: string
  /** What it is called with, plain JSON, where that is known at once; else it streams by `appendInput`. */
  readonly input?: unknown
}

/**
 * Writes one call of a tool: its input as it streams, what it asks, and how it ends.
 *
 *     input-streaming ─▶ input-available ─▶ approval-requested ─▶ output-available | output-error | output-denied
 *                               └────────────────────────────────────▲
 *
 * Each call is one transaction, and each state a key of its own, so a device that hears of them in another order shows the furthest. The answers
 * of people come through `Conversation.approve` and `deny`; whoever runs the tool reads them from the message, and claims the run elsewhere:
 * of two writers that end one call at the same time, all devices show the same one's output.
 */
export class ToolWriter {
  /** The part it writes. */
  readonly pid: string
  readonly #sink: ReplySink
  #rest = ""
  #state: "input-streaming" | "input-available" | "approval-requested" | "ended"

  constructor(sink: ReplySink, pid: string, state: "input-streaming" | "input-available" | "approval-requested") {
    this.pid = pid
    this.#sink = sink
    this.#state = state
  }

  /** Whether it has not ended. */
  get open(): boolean {
    return this.#state !== "ended"
  }

  /** Whether its input still streams. */
  get streaming(): boolean {
    return this.#state === "input-streaming"
  }

  /** Appends to the text of the input as it streams; collect what comes for 50 to 100 ms. Empty chunks write nothing. */
  appendInput(chunk: string): void {
    this.#check(this.#state === "input-streaming", "its input is complete")
    const { whole, rest } = splitAtPair(this.#rest + chunk)
    this.#rest = rest
    if (whole !== "") this.#sink.transact("append-input", () => this.#insert(whole))
  }

  /**
   * Gives the whole input, plain JSON; readers show it in place of what streamed.
   * @throws ConversationError `too-large` when it nests deeper than 100.
   */
  setInput(input: unknown): void {
    this.#check(this.#state === "input-streaming", "its input is complete")
    const value = plainJson(input, "the input of a tool")
    this.#sink.transact("tool-input", () => {
      this.#finishInput()
      this.#part()?.set("input", value)
      this.#reach("input-available")
    })
    this.#state = "input-available"
  }

  /** Asks people before it runs; `details` (plain JSON) say what they should know. */
  requestApproval(details: unknown = null): void {
    this.#check(this.#state === "input-available", "it has no input, or has asked already")
    const value = plainJson(details, "the details of a request")
    this.#sink.transact("tool-request", () => this.#reach("approval-requested", value))
    this.#state = "approval-requested"
  }

  /**
   * Ends it with what it gave, plain JSON. More than some 32 KB belongs into a blob, with a `file` part that names it.
   * @throws ConversationError `too-large` when it nests deeper than 100.
   */
  succeed(output: unknown): void {
    const value = plainJson(output, "the output of a tool")
    this.#end("output-available", (part) => part?.set("output", value))
  }

  /** Ends it with the reason why it gave nothing, in words for people. */
  fail(errorText: string): void {
    this.#end("output-error", (part) => part?.set("errorText", wellFormed(errorText)))
  }

  /** Ends it without having run, because somebody denied it. */
  refuse(reason = ""): void {
    this.#end("output-denied", (part) => {
      if (reason !== "") part?.set("errorText", wellFormed(reason))
    })
  }

  /** Ends it because the reply was stopped, failed or broke off, where it has not ended. To be called in a transaction. */
  abandon(state: Exclude<ReplyEnd, "done">): void {
    if (this.#state === "ended") return
    this.#finishInput()
    this.#reach(state)
    this.#state = "ended"
  }

  #end(state: string, write: (part: Y.Map<unknown> | undefined) => void): void {
    this.#check(this.#state !== "ended", "it has ended")
    this.#sink.transact(state, () => {
      this.#finishInput()
      write(this.#part())
      this.#reach(state)
    })
    this.#state = "ended"
  }

  #part(): Y.Map<unknown> | undefined {
    return findPart(this.#sink.parts(), this.pid)
  }

  #finishInput(): void {
    if (this.#rest !== "") this.#insert(wellFormed(this.#rest))
    this.#rest = ""
  }

  #insert(chunk: string): void {
    const text = this.#part()?.get("inputText")
    if (text instanceof Y.Text) text.insert(text.length, chunk)
  }

  #reach(state: string, details: unknown = null): void {
    this.#sink.setState(this.pid, state, details)
  }

  #check(fine: boolean, problem: string): void {
    if (!fine) throw new TypeError(`the call of a tool cannot go on so: ${problem}`)
  }
}

/** The fields of a new call; its input streams where none is given. */
export function toolFields({ toolCallId, name, input }: NewTool): {
  readonly fields: Readonly<Record<string, unknown>>
  readonly streams: boolean
} {
  const about = { toolCallId: wellFormed(toolCallId), name: wellFormed(name) }
  if (input === undefined) return { fields: about, streams: true }
  return { fields: { ...about, input: plainJson(input, "the input of a tool") }, streams: false }
}
