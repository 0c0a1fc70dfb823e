import {
  addCitations,
  type AnsweringConversation,
  type Ask,
  type Author,
  ConversationOrigin,
  type ConversationOptions,
  generationIdOf,
  type NewCitation,
  type ReplyWriter,
  type ToolWriter,
} from "@polylogue/conversation"
import { AnswerError, type AnswerErrorCode, type AnswerEvent, type WrittenPart } from "./answer.ts"

/** What an answer is written with. */
export interface AnswerWriterOptions {
  readonly conversation: AnsweringConversation
  /** As which the conversation is written; its author is who answers. */
  readonly as: ConversationOptions
  readonly ask: Ask
  /** The fencing token: names each part. */
  readonly token: string
  readonly author: Author
  readonly model: string
  /** The reply that is there already; absent: one is begun. */
  readonly replyId: string | undefined
  readonly maxAnswerLength: number
  /** The citations of an end cannot be written. */
  readonly badCitation: (error: unknown) => void
}

type Words = Extract<AnswerEvent, { type: "text" | "reasoning" | "tool-input" }>
type Finish = Extract<AnswerEvent, { type: "finish" }>

/** What people read at such a call. */
const GAVE_NOTHING = "Nothing came back of it."

/**
 * Writes what an answerer yields into the conversation: collects it, and writes all that came in one transaction. Each part is named by the token of this
 * run.
 */
export class AnswerWriter {
  readonly #options: AnswerWriterOptions
  readonly #tools = new Map<string, ToolWriter>()
  readonly #written: { -readonly [Field in keyof WrittenPart]: WrittenPart[Field] }[] = []
  #pending: Exclude<AnswerEvent, Finish>[] = []
  #reply: ReplyWriter | undefined
  /** Type of the part to which words are appended; undefined when the next ones go into a part of their own. */
  #current: string | undefined
  #length = 0
  #unwritten = 0
  /** Tools that ask people. */
  readonly #asking = new Set<string>()

  constructor(options: AnswerWriterOptions) {
    this.#options = options
  }

  /** The reply. */
  get replyId(): string {
    return this.#begun.messageId
  }

  /** UTF-16 units that were given and are not written. */
  get unwritten(): number {
    return this.#unwritten
  }

  /** Whether anything waits to be written. */
  get waits(): boolean {
    return this.#pending.length > 0
  }

  /** Whether a word of the answer has come, written or not: what came cannot be asked for again. */
  get hasWords(): boolean {
    return this.#length > 0 || this.#tools.size > 0
  }

  /**
   * Takes what comes next; it is written with `flush`.
   * @throws AnswerError `failed` when the answer is too long.
   */
  take(event: Exclude<AnswerEvent, Finish>): void {
    if (isWords(event)) {
      if (event.text === "") return
      this.#length += event.text.length
      this.#unwritten += event.text.length
      if (this.#length > this.#options.maxAnswerLength) throw new AnswerError("failed", "The answer became too long and was ended.")
    }
    const last = this.#pending.at(-1)
    if (last !== undefined && isWords(last) && isWords(event) && isSame(last, event))
      this.#pending[this.#pending.length - 1] = { ...last, text: last.text + event.text }
    else this.#pending.push(event)
  }

  /** Writes all that came, in one transaction. */
  flush(): void {
    if (this.#pending.length > 0) this.#transact(() => this.#writePending())
  }

  /** Drops what came and is not written. */
  drop(): void {
    this.#pending = []
    this.#unwritten = 0
  }

  /** Writes the rest and the end, in one transaction. Returns whether the answer is over: it is not while a tool asks people. */
  finish({ finishReason, usage, citations }: Finish): "done" | "waiting" {
    const reply = this.#begun
    const details = { finishReason, ...(usage === undefined ? {} : { usage }) }
    const cite = (): void => this.#cite(reply.messageId, citations?.(this.#written) ?? [])
    this.#transact(() => {
      this.#writePending()
      this.#endCalls()
      if (!this.#asks()) return reply.end("done", details, cite)
      reply.pause(details)
      cite()
    })
    return this.#asks() ? "waiting" : "done"
  }

  /** Somebody stopped it: what was not written is not written any more. */
  stop(): void {
    this.drop()
    if (this.#reply?.open === true) this.#reply.stop()
  }

  /** It failed: what came is written, and why it goes no further. */
  fail(code: AnswerErrorCode, reason: string, retryAfterMs: number | undefined): void {
    const reply = this.#begun
    this.#transact(() => {
      this.#writeWhatGoes()
      reply.fail(reason, { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
    })
  }

  /** Another is to go on: what is written stays, as what broke off. */
  interrupt(): void {
    this.drop()
    if (this.#reply?.open === true) this.#reply.interrupt()
  }

  /**
   * Shows that somebody writes: begins the reply, or goes on in it.
   * @throws ConversationError `not-writable`, `unknown-message` when there is nothing to go on in.
   */
  begin(): void {
    const { conversation, ask, token, author, model, replyId } = this.#options
    const run = { token, slot: ask.slot, partType: "text" }
    const generation = { parentId: ask.messageId, author, model, generationId: generationIdOf(ask) }
    const alternative = ask.kind === "answer" && ask.replyId !== null ? { alternativeOf: ask.replyId } : {}
    this.#reply =
      replyId === undefined ? conversation.startReply({ ...generation, ...alternative, ...run }) : conversation.continueReply(replyId, run)
    this.#current = "text"
    this.#written.push({ pid: this.#reply.pid, type: "text", text: "" })
  }

  get #begun(): ReplyWriter {
    if (this.#reply === undefined) throw new TypeError("the answer was not begun")
    return this.#reply
  }

  #writePending(): void {
    const events = this.#pending
    this.drop()
    for (const [at, event] of events.entries()) {
      try {
        this.#write(event)
      } catch (error) {
        // What nobody can write takes nothing with it that came behind.
        this.#pending = events.slice(at + 1)
        throw error
      }
    }
  }

  /** The same, but for what nobody can write: the answer fails in any case, and is to end. */
  #writeWhatGoes(): void {
    while (this.#pending.length > 0) {
      try {
        this.#writePending()
      } catch {
        // The next turn begins behind it.
      }
    }
  }

  #write(event: Exclude<AnswerEvent, Finish>): void {
    switch (event.type) {
      case "about":
        return this.#begun.describe(event.about)
      case "text":
      case "reasoning":
        return this.#append(event.type, event.text)
      case "tool-input-start":
      case "tool-call":
      case "tool-input":
        return this.#call(event)
      case "tool-asks":
        this.#asking.add(event.toolCallId)
        return this.#tool(event.toolCallId)?.requestApproval(event.details)
      case "tool-output":
        return this.#endTool(event.toolCallId)?.succeed(event.output)
      case "tool-failed":
        return this.#endTool(event.toolCallId)?.fail(event.reason)
      case "tool-denied":
        return this.#endTool(event.toolCallId)?.refuse(event.reason)
      case "part":
        this.#begun.addPart(event.part)
    }
  }

  #append(type: string, text: string): void {
    const reply = this.#begun
    if (this.#current !== type && reply.beginWith(type)) {
      this.#current = type
      this.#written.at(-1)!.type = type
    } else if (this.#current !== type) {
      reply.startPart(type)
      this.#current = type
      this.#written.push({ pid: reply.pid, type, text: "" })
    }
    reply.append(text)
    this.#written.at(-1)!.text += text
  }

  #call(event: Extract<AnswerEvent, { type: "tool-input-start" | "tool-input" | "tool-call" }>): void {
    const { toolCallId } = event
    // What is said after a call stands behind it.
    this.#current = undefined
    if (event.type === "tool-input-start") {
      this.#tools.set(toolCallId, this.#begun.startTool({ toolCallId, name: event.name }))
    } else if (event.type === "tool-input") {
      this.#tools.get(toolCallId)?.appendInput(event.text)
    } else {
      const begun = this.#tools.get(toolCallId)
      if (begun === undefined) this.#tools.set(toolCallId, this.#begun.startTool({ toolCallId, name: event.name, input: event.input }))
      else begun.setInput(event.input)
    }
  }

  #endTool(toolCallId: string): ToolWriter | undefined {
    this.#asking.delete(toolCallId)
    return this.#tool(toolCallId)
  }

  /** What is called and gave nothing is over with the run, but for what asks people: providers run calls of their own, and some say nothing of what came of them. An open one would look like a run that broke off. */
  #endCalls(): void {
    for (const [toolCallId, tool] of this.#tools) if (tool.open && !tool.streaming && !this.#asking.has(toolCallId)) tool.fail(GAVE_NOTHING)
  }

  /** Whether a tool waits for people: one of this run, or one of a run before it that this one has left alone. */
  #asks(): boolean {
    if (this.#asking.size > 0) return true
    const { conversation, ask, replyId } = this.#options
    const parts = replyId === undefined ? [] : (conversation.getMessage(replyId)?.parts ?? [])
    return parts.some(
      ({ state, fields }) =>
        state === "approval-requested" && fields["slot"] === ask.slot && !this.#tools.has(String(fields["toolCallId"])),
    )
  }

  /** The call, of this run or of one before it that people were asked about. */
  #tool(toolCallId: string): ToolWriter | undefined {
    const known = this.#tools.get(toolCallId)
    if (known !== undefined || this.#options.replyId === undefined) return known
    const { conversation, ask, replyId } = this.#options
    const part = conversation
      .getMessage(replyId)
      ?.parts.find(({ fields }) => fields["toolCallId"] === toolCallId && fields["slot"] === ask.slot)
    const resumed = part === undefined ? undefined : conversation.resumeTool(replyId, part.pid)
    if (resumed !== undefined) this.#tools.set(toolCallId, resumed)
    return resumed
  }

  #cite(messageId: string, citations: readonly Omit<NewCitation, "messageId">[]): void {
    const ydoc = this.#ydoc(messageId)
    if (ydoc === undefined) return
    for (const citation of citations) {
      try {
        addCitations(ydoc, this.#options.as, [{ ...citation, messageId }])
      } catch (error) {
        // One that does not fit its text takes neither the others nor the answer with it.
        this.#options.badCitation(error)
      }
    }
  }

  #transact(write: () => void): void {
    const ydoc = this.#ydoc(this.#begun.messageId)
    if (ydoc === undefined) write()
    else ydoc.transact(write, new ConversationOrigin("answer"))
  }

  /** Where the reply stands. */
  #ydoc(messageId: string): ReturnType<AnsweringConversation["documents"]["get"]> {
    const { conversation } = this.#options
    const [segment] = conversation.segmentsOf(messageId)
    return segment === undefined ? undefined : conversation.documents.get(segment)
  }
}

function isWords(event: AnswerEvent): event is Words {
  return event.type === "text" || event.type === "reasoning" || event.type === "tool-input"
}

/** Whether `next` goes on where `last` ended. */
function isSame(last: Words, next: Words): boolean {
  return last.type === "tool-input" ? next.type === "tool-input" && last.toolCallId === next.toolCallId : last.type === next.type
}
