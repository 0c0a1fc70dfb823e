import * as Y from "yjs"
import { ConversationError } from "./conversation-error.ts"
import { Conversation, partsOf, setState } from "./conversation.ts"
import { streamingPart } from "./new-part.ts"
import { type ReplySink, ReplyWriter } from "./reply-writer.ts"
import type { SegmentStore } from "./segment-store.ts"
import type { Author } from "./stored-message.ts"
import { ToolWriter } from "./tool-writer.ts"

/** A reply that is about to be streamed: where it stands and who writes it. */
export interface NewReply {
  readonly parentId: string | null
  /** The reply that this one is an alternative to, when it is generated again. */
  readonly alternativeOf?: string
  /** Who replies: a model, usually. */
  readonly author: Author
  readonly model?: string
  readonly generationId?: string
  /** Type of the first part; default `text`. */
  readonly partType?: string
}

// A message's first part is made with it by its one writer; later ones may come from several devices and get random ids.
const FIRST_PART = "0"

/** A conversation for who answers in it, word by word: a model's program. Who only reads and writes does without. */
export class AnsweringConversation extends Conversation {
  /** Starts a reply of a model. It shows at once, empty and `streaming`, on every device. */
  startReply(reply: NewReply): ReplyWriter {
    const { parentId, alternativeOf, author, model, generationId, partType = "text" } = reply
    const fields = {
      parentId,
      role: "assistant",
      ...(alternativeOf === undefined ? {} : { alternativeOf }),
      ...(model === undefined ? {} : { model }),
      ...(generationId === undefined ? {} : { generationId }),
    }
    const core = this.newCore(fields, author)
    const { part, pid, text } = streamingPart(FIRST_PART, partType)
    const store = this.addMessage("start-reply", core, [part])
    return new ReplyWriter(core.id, this.#sink(store, core.id), pid, text)
  }

  /**
   * Goes on with message `id` in a new part: after a stop, or when its writer went away.
   * @throws ConversationError `unknown-message`; `not-writable` for an imported message.
   */
  continueReply(id: string, partType = "text"): ReplyWriter {
    if (this.known(id).imported) throw new ConversationError("not-writable", `message ${id} is imported: answer it or edit it instead`)
    const { part, pid, text } = streamingPart(this.mintPid(), partType)
    const store = this.#liveStoreOf(id)
    this.transact(store, "continue-reply", () => partsOf(store, id)?.push([part]))
    return new ReplyWriter(id, this.#sink(store, id), pid, text)
  }

  /**
   * Goes on with the call of a tool that another writer began and that has not ended: after people were asked, or a restart.
   * @throws ConversationError `unknown-message`; `not-writable` for an imported message; `not-waiting` when there is no such call, or it has ended.
   */
  resumeTool(id: string, pid: string): ToolWriter {
    if (this.known(id).imported) throw new ConversationError("not-writable", `message ${id} is imported: its tools do not run here`)
    const part = this.getMessage(id)?.parts.find((part) => part.pid === pid && part.type === "tool")
    const known = part?.state === "approval-responded" ? "approval-requested" : part?.state
    if (known !== "input-streaming" && known !== "input-available" && known !== "approval-requested")
      throw new ConversationError("not-waiting", `part ${pid} of message ${id} is no call of a tool that goes on`)
    const store = this.#liveStoreOf(id)
    const stored = (): Y.Map<unknown> | undefined =>
      partsOf(store, id)
        ?.toArray()
        .find((item) => item instanceof Y.Map && item.get("pid") === pid) as Y.Map<unknown> | undefined
    return new ToolWriter(this.#sink(store, id), pid, known, stored)
  }

  #sink(store: SegmentStore, id: string): ReplySink {
    return {
      transact: (operation: string, write: () => void): void => this.transact(store, operation, write),
      parts: (): Y.Array<unknown> | undefined => partsOf(store, id),
      setState: (part: string, state: string, details: unknown): void => setState(store, id, part, state, details),
      mintPid: (): string => this.mintPid(),
    }
  }

  /** Where the living message `id` stands. */
  #liveStoreOf(id: string): SegmentStore {
    return this.segments.holdersOf(id).find(({ maps }) => maps.messages.has(id)) ?? this.storeOf(id)
  }
}
