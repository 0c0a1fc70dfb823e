import {
  AnsweringConversation,
  type Ask,
  asksOf,
  askState,
  type AskState,
  type AuthorityRegister,
  type ConversationOptions,
  findReply,
  type Generation,
  generationKey,
  generationValue,
  type Message,
  subscribeAsks,
  tokenOfPart,
} from "@polylogue/conversation"
import { type Clock, MAX_REGISTER_TTL_MS, type RandomBytes } from "@polylogue/protocol"
import { isLacking, type Replica, type ReplicaDocument, tokenOf, waitFor } from "@polylogue/replica"
import type * as Y from "yjs"
import type { Answerer, OfferedModel, Question } from "./answer.ts"
import { AnswerEnded, AnswerRun, type EndCause, type RunEnd } from "./answer-run.ts"
import { AnswerWriter } from "./answer-writer.ts"
import { Lease } from "./lease.ts"
import type { ResponderLimits } from "./limits.ts"
import { type NotOpened, openConversation, type OpenedConversation } from "./open-conversation.ts"
import { isToBeDone } from "./open-asks.ts"
import { pause } from "./pause.ts"
import type { EventPlace, ResponderEvent, WritingOutcome } from "./responder-events.ts"

/** What the writing of answers needs of its responder. */
export interface GenerationHost {
  readonly replica: Replica
  readonly id: string
  readonly name: string
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly limits: ResponderLimits
  readonly events: (event: ResponderEvent) => void
}

/** An ask whose turn it is. */
export interface GenerationTask {
  readonly ask: Ask
  readonly workspace: string
  readonly conversationId: string
  /** Undefined: nobody offers what was asked for. */
  readonly answerer: Answerer | undefined
  readonly model: OfferedModel
  /** What was last heard of a holder, also one whose lease has run out. */
  readonly former: Generation | undefined
  /** Revision of the register as far as it is known; null for nothing. */
  readonly expected: string | null
  /** Aborted when the responder closes. */
  readonly closing: AbortSignal
}

/** What came of it. `settled`: there is nothing to answer any more. `taken`: something else stands in the register. */
export type GenerationOutcome =
  | { readonly outcome: WritingOutcome | "settled" }
  | { readonly outcome: "taken"; readonly register: AuthorityRegister }
  | NotOpened

/** Longest session token that a register says; without one the next holder begins with what its relay has. */
const MAX_STORED_LENGTH = 32 * 1024

/**
 * One answer, by one holder of its lease:
 *
 *   open ─▶ claim ─▶ catch up with the former holder ─▶ write ─▶ end, in one transaction ─▶ stored at a relay ─▶ the register says so
 *
 * What ends it before: a record of somebody who does not want it, the loss of the lease, a document that is replaced, the end of the responder. Whatever happens in between, what is
 * written is named by the token of this holder, and the next one finds in the document whether the answer had ended.
 */
export async function generate(host: GenerationHost, task: GenerationTask): Promise<GenerationOutcome> {
  const opened = await openConversation(host.replica, task, { clock: host.clock, openMs: host.limits.openMs })
  if ("outcome" in opened) return opened
  const writing = new Writing(host, task, opened)
  try {
    return await writing.run()
  } finally {
    writing.close()
    await opened.close()
  }
}

class Writing {
  readonly #host: GenerationHost
  readonly #task: GenerationTask
  readonly #opened: OpenedConversation
  readonly #conversation: AnsweringConversation
  readonly #as: ConversationOptions
  readonly #abort = new AbortController()
  readonly #cleanups: (() => void)[] = []
  #writer: AnswerWriter | undefined

  constructor(host: GenerationHost, task: GenerationTask, opened: OpenedConversation) {
    const { replica, clock, randomBytes } = host
    this.#host = host
    this.#task = task
    this.#opened = opened
    const now = (): number => clock.now()
    const relayNow = (): number => clock.now() + replica.status.relayTimeOffsetMs
    const { id, label } = task.model
    this.#as = { writer: host.id, author: { id, kind: "model", name: label }, now, relayNow, randomBytes }
    this.#conversation = new AnsweringConversation(opened.documents(), this.#as)
  }

  async run(): Promise<GenerationOutcome> {
    const before = this.#look()
    if (!before.isOpen) return await this.#sayOver(before.state)
    const claim = await this.#claim()
    if (claim.outcome === "unavailable") return { outcome: "unavailable", code: "no-authority" }
    if (claim.outcome !== "held") return claim
    const { lease } = claim
    void lease.whenLost.then(() => this.#end("lost"))
    try {
      return await this.#hold(lease)
    } catch (error) {
      // Whatever it was: it is not to keep others from it.
      await lease.giveBack(this.#host.limits.drainMs)
      throw error
    }
  }

  /** From the claim to the end. */
  async #hold(lease: Lease): Promise<GenerationOutcome> {
    this.#follow()
    const { former } = this.#task
    if (former !== undefined && former.stored !== null) await this.#catchUp(former.stored)
    const { isOpen, state } = this.#look()
    if (!isOpen) return await this.#wasOver(lease, state)
    const { signal } = this.#abort
    if (signal.aborted || !lease.holds) return await this.#giveUp(lease)
    return await this.#write(lease)
  }

  close(): void {
    this.#end("closed")
    for (const cleanup of this.#cleanups.splice(0)) cleanup()
    this.#conversation.destroy()
  }

  #end(cause: EndCause): void {
    this.#abort.abort(new AnswerEnded(cause))
  }

  /** How the answer stands, and whether there is anything to be done about it. */
  #look(): { readonly isOpen: boolean; readonly state: AskState | undefined } {
    const ask = this.#ask()
    // What goes on has to be here, to be of this program's making, and no person's words.
    const isLost = ask?.kind === "continue" && !isAnswer(this.#reply())
    if (ask === undefined || isLost) return { isOpen: false, state: undefined }
    return { isOpen: isToBeDone(ask, this.#conversation), state: askState(ask, this.#conversation, null) }
  }

  /** The ask as it stands now. */
  #ask(): Ask | undefined {
    const { messageId, slot } = this.#task.ask
    const ydoc = this.#askedDoc()
    return ydoc === undefined ? undefined : asksOf(ydoc, messageId).find((one) => one.slot === slot)
  }

  #claim(): ReturnType<typeof Lease.claim> {
    const { replica, clock, randomBytes, limits } = this.#host
    const { leaseMs, heartbeatMs } = limits
    const key = this.#key
    const value = (): Promise<string> => this.#value("writing")
    const { closing, expected } = this.#task
    const options = { registers: replica.registers, key, clock, randomBytes, leaseMs, heartbeatMs, value, signal: closing }
    return Lease.claim(options, expected)
  }

  get #key(): string {
    return generationKey(this.#opened.segments.get(0)!.documentId, this.#task.ask)
  }

  async #value(state: Generation["state"]): Promise<string> {
    const { id, name } = this.#host
    const replyId = this.#writer?.replyId ?? this.#reply()?.id ?? null
    return generationValue({ holder: id, holderName: name, state, replyId, stored: await this.#stored() })
  }

  async #stored(): Promise<string | null> {
    const document = this.#replyDocument()
    if (document === undefined) return this.#task.former?.stored ?? null
    try {
      const token = await tokenOf(document)
      return token.length > MAX_STORED_LENGTH ? null : token
    } catch {
      // It is being replaced, or its store cannot be read: what follows finds that out.
      return null
    }
  }

  /** Who has written before this holder may have stored what has not come here yet. */
  async #catchUp(stored: string): Promise<void> {
    const { signal } = this.#abort
    try {
      await waitFor(this.#host.replica, stored, { deadlineMs: this.#host.limits.catchUpMs, signal })
    } catch (error) {
      if (!isLacking(error) && !signal.aborted) this.#problem("open", error)
    }
  }

  /** Whatever ends it from outside. */
  #follow(): void {
    const { closing, ask } = this.#task
    const close = (): void => this.#end("closed")
    closing.addEventListener("abort", close)
    this.#cleanups.push(() => closing.removeEventListener("abort", close))
    if (closing.aborted) close()
    const look = (): void => {
      if (this.#ask()?.stopped !== null) this.#end("stopped")
    }
    this.#cleanups.push(subscribeAsks(this.#askedDoc()!, ask.messageId, look))
    look()
    for (const [segment, document] of this.#opened.segments) {
      const reset = (fresh: Y.Doc): void => {
        this.#conversation.attach(segment, fresh)
        this.#end("reset")
      }
      this.#cleanups.push(document.onReset(reset))
    }
  }

  async #write(lease: Lease): Promise<GenerationOutcome> {
    const { clock, events, limits } = this.#host
    const { ask, model, former, workspace, conversationId, answerer } = this.#task
    const began = clock.monotonic()
    const place = { workspace, conversationId, messageId: ask.messageId, slot: ask.slot }
    const reply = this.#reply()
    events({ type: "writing", place, model: model.id, takesOver: former?.state === "writing" })
    const writer = this.#makeWriter(lease, reply?.id)
    this.#writer = writer
    const resumes = reply?.parts.some(({ type, fields }) => type === "tool" && fields["slot"] === ask.slot) === true
    if (reply !== undefined) this.#conversation.interruptReply(reply.id, ask.slot)
    const brokenOff = countBrokenOff(this.#reply(), ask.slot)
    writer.begin()
    if (brokenOff >= limits.maxBrokenOff) return await this.#giveAnswerUp(lease, writer, { place, brokenOff, began })
    const question = this.#question(writer.replyId, resumes)
    const { signal } = this.#abort
    const held: ConstructorParameters<typeof AnswerRun>[0]["held"] = (code, forMs) => events({ type: "held", place, code, forMs })
    const failed = (error: unknown): void => this.#problem("answer", error)
    const run = new AnswerRun({ clock, limits, answerer, question, lease, writer, signal, held, failed })
    const { outcome: ended, ...facts } = await run.run()
    const outcome = await this.#close(lease, ended)
    events({ type: "written", place, model: model.id, outcome, tookMs: clock.monotonic() - began, ...facts })
    return { outcome }
  }

  /** Whatever ends those who write it may be in the question itself, and each try may cost money. */
  async #giveAnswerUp(
    lease: Lease,
    writer: AnswerWriter,
    { place, brokenOff, began }: { readonly place: EventPlace; readonly brokenOff: number; readonly began: number },
  ): Promise<GenerationOutcome> {
    const { clock, events } = this.#host
    writer.fail("failed", `The answer was begun ${brokenOff} times and broke off each time. Try again.`, undefined)
    const outcome = await this.#close(lease, "failed")
    events({ type: "written", place, model: this.#task.model.id, outcome, code: "failed", tookMs: clock.monotonic() - began })
    return { outcome }
  }

  #makeWriter(lease: Lease, replyId: string | undefined): AnswerWriter {
    const { ask, model } = this.#task
    return new AnswerWriter({
      conversation: this.#conversation,
      as: this.#as,
      ask,
      token: lease.token,
      author: this.#as.author,
      model: model.id,
      replyId,
      maxAnswerLength: this.#host.limits.maxAnswerLength,
      badCitation: (error) => this.#problem("citations", error),
    })
  }

  #question(replyId: string, resumes: boolean): Question {
    const { ask, workspace, conversationId } = this.#task
    const conversation = this.#conversation
    return { ask, workspace, conversationId, ydoc: this.#askedDoc()!, conversation, options: this.#as, replyId, resumes }
  }

  /** Others took it for open, as this responder did, and may have less of the conversation: where nothing stands in the register, it says how the answer ended. */
  async #sayOver(state: AskState | undefined): Promise<GenerationOutcome> {
    const phase = state?.phase
    if (this.#task.expected === null && (phase === "done" || phase === "stopped" || phase === "failed")) {
      const { clock, limits } = this.#host
      // The end may be one of this device's own that no relay has yet.
      const isStored = await this.#whenStored(pause(clock, limits.openMs, this.#task.closing))
      if (!isStored) return { outcome: "unavailable", code: "not-stored" }
      const value = await this.#value(phase)
      await this.#host.replica.registers.cas(this.#key, { expected: null, value, ttlMs: MAX_REGISTER_TTL_MS })
    }
    return { outcome: "settled" }
  }

  /** The document says how it ended, or there is nothing to be answered any more. */
  async #wasOver(lease: Lease, state: AskState | undefined): Promise<GenerationOutcome> {
    const phase = state?.phase
    if (phase !== undefined && !(await this.#whenStored(lease.whenLost))) {
      await lease.giveBack(this.#host.limits.drainMs)
      return { outcome: "lost" }
    }
    if (phase === "done" || phase === "stopped" || phase === "failed") await lease.end(await this.#value(phase), MAX_REGISTER_TTL_MS)
    else if (phase === "asks") await lease.end(await this.#value("waiting"), MAX_REGISTER_TTL_MS)
    else await lease.giveBack(this.#host.limits.drainMs)
    return { outcome: "settled" }
  }

  /** Something came between before a word was written. */
  async #giveUp(lease: Lease): Promise<GenerationOutcome> {
    if (this.#ask()?.stopped === null || !lease.holds) {
      await lease.giveBack(this.#host.limits.drainMs)
      return { outcome: this.#task.closing.aborted ? "interrupted" : "lost" }
    }
    const reply = this.#reply()
    // What a writer before left in the middle is written by nobody any more.
    if (reply !== undefined) this.#conversation.interruptReply(reply.id, this.#task.ask.slot)
    return { outcome: (await this.#close(lease, "stopped")) === "stopped" ? "settled" : "lost" }
  }

  /** Sees to it that the next one may rely on how it ended. */
  async #close(lease: Lease, ended: RunEnd["outcome"]): Promise<WritingOutcome> {
    if (ended === "lost") {
      if (lease.mayLeave) this.#writer!.interrupt()
      return "lost"
    }
    if (ended === "closed" || ended === "reset") {
      if (lease.holds) this.#leave()
      await this.#whenStored(pause(this.#host.clock, this.#host.limits.drainMs))
      await lease.giveBack(this.#host.limits.drainMs)
      return ended === "reset" ? "lost" : "interrupted"
    }
    // A register that says how it ended must not be ahead of what the relay has.
    if (!(await this.#whenStored(lease.whenLost))) {
      await lease.giveBack(this.#host.limits.drainMs)
      return "lost"
    }
    await lease.end(await this.#value(ended), MAX_REGISTER_TTL_MS)
    return ended
  }

  /** Leaves the answer to another. In a document that took the place of another one stands what the relay had, perhaps without the last words. */
  #leave(): void {
    this.#writer!.interrupt()
    const reply = this.#reply()
    if (reply !== undefined) this.#conversation.interruptReply(reply.id, this.#task.ask.slot)
  }

  /** Resolves with whether the relay has all that was written: false when the document is refused, or when `given` resolves before. */
  #whenStored(given: Promise<void>): Promise<boolean> {
    const document = this.#replyDocument()
    if (document === undefined) return Promise.resolve(true)
    const stored = document.whenDurable("stored").then(
      () => true,
      () => false,
    )
    return Promise.race([stored, given.then(() => false)])
  }

  #reply(): ReturnType<typeof findReply> {
    return findReply(this.#task.ask, this.#conversation)
  }

  #replyDocument(): ReplicaDocument | undefined {
    const replyId = this.#writer?.replyId ?? this.#reply()?.id
    const [segment] = replyId === undefined ? [] : this.#conversation.segmentsOf(replyId)
    return segment === undefined ? undefined : this.#opened.segments.get(segment)
  }

  /** Of the segment in which the message asked about stands. */
  #askedDoc(): Y.Doc | undefined {
    const [segment] = this.#conversation.segmentsOf(this.#task.ask.messageId)
    return segment === undefined ? undefined : this.#conversation.documents.get(segment)
  }

  #problem(where: "open" | "citations" | "answer", error: unknown): void {
    this.#host.events({ type: "problem", where, documentId: this.#opened.segments.get(0)?.documentId, error })
  }
}

/** Whether a message is one that models write. */
function isAnswer(reply: Message | undefined): boolean {
  return reply?.imported === false && reply.role === "assistant"
}

/** How many writers of the answer of `slot` broke off. */
function countBrokenOff(reply: Message | undefined, slot: string): number {
  const broken = (reply?.parts ?? []).filter(({ state, fields }) => state === "interrupted" && fields["slot"] === slot)
  return new Set(broken.map(tokenOfPart)).size
}
