import * as Y from "yjs"
import { ConversationError } from "./conversation-error.ts"
import { Conversation, partsOf, setState } from "./conversation.ts"
import type { MessagePart } from "./message.ts"
import { streamingPart } from "./new-part.ts"
import type { ReplySink } from "./reply-sink.ts"
import { ReplyWriter } from "./reply-writer.ts"
import type { SegmentStore } from "./segment-store.ts"
import { type Author, readStoredCore } from "./stored-message.ts"
import { SLOT, UNENDED_STATES } from "./superseded-parts.ts"
import { ToolWriter } from "./tool-writer.ts"

/** For whom a reply is written, by one of several that may write it. */
export interface ReplyRun {
  /** The fencing token of its writer, given to no other: its parts are `<token>.<n>`. Without one they get random ids. */
  readonly token?: string
  /** The slot whose answer it is; each part says so. An end of the reply is then noted as the end of the answer. */
  readonly slot?: string
  /** What was used for the answer, plain JSON; stands in the first part of this run. */
  readonly about?: Readonly<Record<string, unknown>>
  /** Type of the first part; default `text`. */
  readonly partType?: string
}

/** A reply that is about to be streamed: where it stands and who writes it. */
export interface NewReply extends ReplyRun {
  readonly parentId: string | null
  /** The reply that this one is an alternative to, when it is generated again. */
  readonly alternativeOf?: string
  /** Who replies: a model, usually. */
  readonly author: Author
  readonly model?: string
  /** Of an answer that was asked for: see `generationIdOf`. */
  readonly generationId?: string
}

// A message's first part is made with it by its one writer; later ones may come from several devices and get random ids.
const FIRST_PART = "0"

/** A conversation for who answers in it, word by word: a model's program. Who only reads and writes does without. */
export class AnsweringConversation extends Conversation {
  /** Starts a reply of a model. It shows at once, empty and `streaming`, on every device. */
  startReply(reply: NewReply): ReplyWriter {
    const { parentId, alternativeOf, author, model, generationId, ...run } = reply
    const fields = {
      parentId,
      role: "assistant",
      ...(alternativeOf === undefined ? {} : { alternativeOf }),
      ...(model === undefined ? {} : { model }),
      ...(generationId === undefined ? {} : { generationId }),
    }
    const core = this.newCore(fields, author)
    const { part, pid } = firstPart(run.token === undefined ? FIRST_PART : partName(run.token, 0), run)
    const { segment } = this.addMessage("start-reply", core, [part])
    return new ReplyWriter(core.id, this.#sink(segment, core.id, run), pid)
  }

  /**
   * Goes on with message `id` in a new part: after a stop, or when its writer went away.
   * @throws ConversationError `unknown-message`; `not-writable` for an imported message.
   */
  continueReply(id: string, run: ReplyRun = {}): ReplyWriter {
    if (this.known(id).imported) throw new ConversationError("not-writable", `message ${id} is imported: answer it or edit it instead`)
    const { segment } = this.#liveStoreOf(id)
    const sink = this.#sink(segment, id, run)
    const { part, pid } = firstPart(sink.mintPid(), run)
    sink.transact("continue-reply", () => sink.parts()?.push([part]))
    return new ReplyWriter(id, sink, pid)
  }

  /**
   * Notes that a writer of the answer of `slot` in message `id` is gone: what it was still writing is `interrupted`, calls of tools included that it did not end. Calls that ask people stay.
   * One transaction; none where nothing is open. To be called by who has taken the slot over, before it writes.
   * @throws ConversationError `unknown-message`.
   */
  interruptReply(id: string, slot: string): void {
    this.known(id)
    const open = (this.getMessage(id)?.parts ?? []).filter((part) => part.fields[SLOT] === slot && UNENDED_STATES.has(part.state))
    if (open.length === 0) return
    const sink = this.#sink(this.#liveStoreOf(id).segment, id, {})
    sink.transact("interrupted", () => {
      for (const { pid } of open) sink.setState(pid, "interrupted", null)
    })
  }

  /**
   * Goes on with the call of a tool that another writer began and that has not ended: after people were asked, or a restart.
   * @throws ConversationError `unknown-message`; `not-writable` for an imported message; `not-waiting` when there is no such call, or it has ended.
   */
  resumeTool(id: string, pid: string): ToolWriter {
    if (this.known(id).imported) throw new ConversationError("not-writable", `message ${id} is imported: its tools do not run here`)
    const part = this.getMessage(id)?.parts.find((part) => part.pid === pid && part.type === "tool")
    const known = resumable(part)
    if (known === undefined) throw new ConversationError("not-waiting", `part ${pid} of message ${id} is no call of a tool that goes on`)
    return new ToolWriter(this.#sink(this.#liveStoreOf(id).segment, id, {}), pid, known)
  }

  #sink(segment: number, id: string, { token, slot }: ReplyRun): ReplySink {
    // A document that was erased in gives way to another one under the same number.
    const store = (): SegmentStore => this.segments.attached(segment) ?? this.segments.first
    const parts = (): Y.Array<unknown> | undefined => writableParts(store(), id)
    return {
      transact: (operation: string, write: () => void): void => this.transact(store(), operation, write),
      parts,
      setState: (pid: string, state: string, details: unknown): void => {
        if (parts() !== undefined) setState(store(), id, pid, state, details)
      },
      mintPid: (): string => (token === undefined ? this.mintPid() : partName(token, countNamed(parts(), token))),
      fields: slot === undefined ? {} : { [SLOT]: slot },
      now: () => this.now(),
    }
  }

  /** Where the living message `id` stands. */
  #liveStoreOf(id: string): SegmentStore {
    return this.segments.holdersOf(id).find(({ maps }) => maps.messages.has(id)) ?? this.storeOf(id)
  }
}

function firstPart(pid: string, { slot, about, partType = "text" }: ReplyRun): ReturnType<typeof streamingPart> {
  return streamingPart(pid, partType, { ...(slot === undefined ? {} : { [SLOT]: slot }), ...(about === undefined ? {} : { about }) })
}

function partName(token: string, number: number): string {
  return `${token}.${number}`
}

/** How many parts a writer has named: none is ever taken away. */
function countNamed(parts: Y.Array<unknown> | undefined, token: string): number {
  const pids = (parts?.toArray() ?? []).map((part) => (part instanceof Y.Map ? part.get("pid") : undefined))
  return pids.filter((pid) => typeof pid === "string" && pid.startsWith(`${token}.`)).length
}

/** The parts of a message to which words may be added: not those of one that was erased. */
function writableParts(store: SegmentStore, id: string): Y.Array<unknown> | undefined {
  const parts = partsOf(store, id)
  return parts === undefined || readStoredCore(id, store.maps.messages.get(id)).erased === true ? undefined : parts
}

function resumable(part: MessagePart | undefined): "input-streaming" | "input-available" | "approval-requested" | undefined {
  switch (part?.state) {
    case "input-streaming":
    case "input-available":
    case "approval-requested":
      return part.state
    case "approval-responded":
      return "approval-requested"
    default:
      return undefined
  }
}
