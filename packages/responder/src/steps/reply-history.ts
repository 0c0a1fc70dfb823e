import type { MessagePart } from "@polylogue/conversation"
import type { AssistantContent, ModelMessage, ToolResult } from "../models/model-message.ts"

/** A call that people were asked about and that has not ended. */
export interface OpenCall {
  readonly pid: string
  readonly toolCallId: string
  readonly name: string
  readonly input: unknown
  readonly approvals: MessagePart["approvals"]
}

/** What an answer has come to in the runs before this one. */
export interface ReplyHistory {
  /** As the model is told of it; the results of `open` calls are missing at the end. */
  readonly messages: readonly ModelMessage[]
  readonly open: readonly OpenCall[]
  /** Names of all calls in the reply: another one has to have another name. */
  readonly callIds: ReadonlySet<string>
}

/** Why a call that was begun by somebody who went away gave nothing, for the model. */
const BROKE_OFF = "It broke off."

/**
 * What the model of an answer has said and called so far, from the parts of its reply: of the runs that ended by asking people. What a run left that broke off was written by somebody who went away in
 * the middle; the answer is given anew, and none of those words are the model's.
 * @param isKnown - whether a tool of this name is ours. Calls that a provider ran itself are left out: it cannot be told of them in our words.
 */
export function replyHistory(parts: readonly MessagePart[], slot: string, isKnown: (name: string) => boolean): ReplyHistory {
  const own = parts.filter(({ fields }) => fields["slot"] === slot)
  const waited = new Set(own.filter(hasAsked).map(runOf))
  const messages: ModelMessage[] = []
  const open: OpenCall[] = []
  let content: AssistantContent[] = []
  let results: ToolResult[] = []
  const endStep = (): void => {
    if (content.length > 0) messages.push({ role: "assistant", content })
    if (results.length > 0) messages.push({ role: "tool", results })
    content = []
    results = []
  }
  for (const part of own.filter((part) => waited.has(runOf(part)))) {
    const call = part.type === "tool" ? readCall(part) : undefined
    if (call !== undefined && isKnown(call.name)) {
      const { toolCallId, name, input } = call
      content.push({ type: "tool-call", toolCallId, name, input })
      if (isOpen(part)) open.push(call)
      else results.push({ toolCallId, name, ...outcomeOf(part) })
    } else if (part.type === "text" && part.text !== null && part.text !== "") {
      if (content.some(({ type }) => type === "tool-call")) endStep()
      content.push({ type: "text", text: part.text })
    }
  }
  endStep()
  return { messages, open, callIds: new Set(parts.flatMap((part) => readCall(part)?.toolCallId ?? [])) }
}

/** The history with what has become of its open calls. */
export function withResults(messages: readonly ModelMessage[], results: readonly ToolResult[]): readonly ModelMessage[] {
  const last = messages.at(-1)
  if (results.length === 0) return messages
  if (last?.role !== "tool") return [...messages, { role: "tool", results }]
  return [...messages.slice(0, -1), { role: "tool", results: [...last.results, ...results] }]
}

function readCall({ pid, type, fields, approvals }: MessagePart): OpenCall | undefined {
  const { toolCallId, name, input } = fields
  if (type !== "tool" || typeof toolCallId !== "string" || typeof name !== "string") return undefined
  return { pid, toolCallId, name, input: input ?? {}, approvals }
}

/** A writer names its parts by its token: `<token>.<n>`. */
function runOf({ pid }: MessagePart): string {
  return pid.slice(0, Math.max(0, pid.lastIndexOf(".")))
}

function hasAsked({ type, state, approvals }: MessagePart): boolean {
  return type === "tool" && (approvals.length > 0 || state === "output-denied" || state.startsWith("approval-"))
}

function isOpen({ state }: MessagePart): boolean {
  return state === "approval-requested" || state === "approval-responded"
}

function outcomeOf({ state, fields }: MessagePart): { output: unknown } | { failed: string } | { denied: string } {
  const reason = typeof fields["errorText"] === "string" ? fields["errorText"] : BROKE_OFF
  if (state === "output-available") return { output: fields["output"] ?? null }
  return state === "output-denied" ? { denied: reason } : { failed: reason }
}
