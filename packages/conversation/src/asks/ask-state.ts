import type { ConversationView } from "../conversation-view.ts"
import type { Message } from "../message.ts"
import { answerEnd } from "../answer-end.ts"
import { SLOT, supersededParts } from "../superseded-parts.ts"
import type { Ask } from "./ask-records.ts"
import type { Generation } from "./generation.ts"

/**
 * How far the answer of a slot is:
 *
 *     waiting ─▶ writing ─▶ done | stopped | failed
 *        ▲        │  ▲ │
 *        │        │  │ └──▶ asks (people, about a tool) ─▶ waiting
 *        └────────┼──┘
 *                 └──▶ interrupted ─▶ writing (by another)
 */
export type AskPhase = "waiting" | "writing" | "asks" | "interrupted" | "done" | "stopped" | "failed"

/** The answer of an ask as a device has it. */
export interface AskState {
  readonly phase: AskPhase
  /** The reply in which the answer stands; null while there is none here. */
  readonly replyId: string | null
}

/** The `generationId` of the replies that answer an ask: `<message>/<slot>`. */
export function generationIdOf({ messageId, slot }: Pick<Ask, "messageId" | "slot">): string {
  return `${messageId}/${slot}`
}

/**
 * The reply in which the answer of a slot stands, or is to go on; undefined while it is not here. Of several that writers began without knowing of each other, the one that the tree
 * shows: the last one that ended, else the last.
 */
export function findReply(ask: Pick<Ask, "kind" | "messageId" | "slot" | "replyId">, view: ConversationView): Message | undefined {
  if (ask.kind === "continue") return ask.replyId === null ? undefined : view.getMessage(ask.replyId)
  const { nodes, turnsAfter } = view.getTree()
  const generationId = generationIdOf(ask)
  for (const { members } of turnsAfter(ask.messageId)) {
    const found = members.find((id) => nodes.get(id)?.generationId === generationId && nodes.get(id)?.superseded === false)
    if (found !== undefined) return view.getMessage(found)
  }
  return undefined
}

/**
 * How far the answer of `ask` is. What the document says of an end goes before all else, then that somebody stopped it.
 * @param generation - what the authority's register of the slot says (`readGeneration`); null: that no lease runs; undefined: nothing was heard, and whoever was writing is taken to be.
 */
export function askState(ask: Ask, view: ConversationView, generation?: Generation | null): AskState {
  const reply = findReply(ask, view)
  return { phase: phaseOf(ask, reply, generation), replyId: reply?.id ?? null }
}

function phaseOf(ask: Ask, reply: Message | undefined, generation: Generation | null | undefined): AskPhase {
  // What was erased is not written again.
  if (reply?.erased === true) return "done"
  const parts = reply?.parts.filter((part) => part.fields[SLOT] === ask.slot) ?? []
  const end = answerEnd(parts)
  if (end !== null) return end
  if (ask.stopped !== null) return "stopped"
  const isWriting = parts.some(({ state }) => UNENDED.has(state))
  if (!isWriting && parts.some(({ state }) => state === "approval-requested")) return "asks"
  // An end that the authority knows and this device does not is on its way, as is the reply of a lease that runs.
  if (generation !== undefined && generation !== null && generation.state !== "waiting") return "writing"
  if (isWriting) return generation === undefined ? "writing" : "interrupted"
  const superseded = supersededParts(parts)
  return parts.some(({ pid, state }) => state === "interrupted" && !superseded.has(pid)) ? "interrupted" : "waiting"
}

const UNENDED: ReadonlySet<string> = new Set(["streaming", "input-streaming"])
