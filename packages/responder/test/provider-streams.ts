import type { ProviderApi } from "./provider-server.ts"

/** What a model says, in a form that has nothing of any provider. */
export type SpokenStep =
  | { readonly text: string }
  | { readonly reasoning: string }
  | { readonly tool: string; readonly id: string; readonly input: unknown }

export interface SpokenEnd {
  /** Default `tool-calls` after a tool, else `stop`. */
  readonly reason?: "stop" | "length" | "tool-calls" | "content-filter"
  readonly inputTokens?: number
  readonly outputTokens?: number
}

/** Events of a stream that says `steps`, a token each few characters, in the wire format of `api`. */
export function spokenStream(api: ProviderApi, steps: readonly SpokenStep[], end: SpokenEnd = {}): readonly unknown[] {
  const reason = end.reason ?? (steps.some((step) => "tool" in step) ? "tool-calls" : "stop")
  const told = { reason, input: end.inputTokens ?? 12, output: end.outputTokens ?? 34 }
  return STREAMS[api](steps, told)
}

interface Told {
  readonly reason: NonNullable<SpokenEnd["reason"]>
  readonly input: number
  readonly output: number
}

const STREAMS: Readonly<Record<ProviderApi, (steps: readonly SpokenStep[], told: Told) => unknown[]>> = { chat, responses, anthropic }

/** Words with what follows them: about as models stream. */
function tokens(text: string): readonly string[] {
  return text.match(/\S+\s*|\s+/gu) ?? []
}

function chat(steps: readonly SpokenStep[], { reason, input, output }: Told): unknown[] {
  const chunk = (delta: object, finish: string | null = null): object => ({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "spoken-1",
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  const events: unknown[] = [chunk({ role: "assistant", content: "" })]
  let calls = 0
  for (const step of steps) {
    if ("text" in step) events.push(...tokens(step.text).map((content) => chunk({ content })))
    else if ("reasoning" in step) events.push(...tokens(step.reasoning).map((reasoning_content) => chunk({ reasoning_content })))
    else {
      const index = calls++
      events.push(chunk({ tool_calls: [{ index, id: step.id, type: "function", function: { name: step.tool, arguments: "" } }] }))
      const json = JSON.stringify(step.input)
      for (let from = 0; from < json.length; from += 5)
        events.push(chunk({ tool_calls: [{ index, function: { arguments: json.slice(from, from + 5) } }] }))
    }
  }
  const finish = { stop: "stop", length: "length", "tool-calls": "tool_calls", "content-filter": "content_filter" }[reason]
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
  return [...events, chunk({}, finish), { ...chunk({}), choices: [], usage }]
}

function responses(steps: readonly SpokenStep[], { reason, input, output }: Told): unknown[] {
  const response = { id: "resp_1", object: "response", created_at: 1_700_000_000, model: "spoken-1", status: "in_progress" }
  const events: Record<string, unknown>[] = [{ type: "response.created", response }]
  steps.forEach((step, output_index) => {
    const id = `item_${output_index}`
    const at = { output_index, item_id: id }
    if ("text" in step) {
      const item = { type: "message", id, role: "assistant", status: "in_progress", content: [] }
      events.push({ type: "response.output_item.added", output_index, item })
      for (const delta of tokens(step.text))
        events.push({ type: "response.output_text.delta", ...at, content_index: 0, delta, logprobs: [] })
      const content = [{ type: "output_text", text: step.text, annotations: [], logprobs: [] }]
      events.push({ type: "response.output_item.done", output_index, item: { ...item, status: "completed", content } })
    } else if ("reasoning" in step) {
      const item = { type: "reasoning", id, summary: [], encrypted_content: null }
      events.push({ type: "response.output_item.added", output_index, item })
      events.push({ type: "response.reasoning_summary_part.added", ...at, summary_index: 0, part: { type: "summary_text", text: "" } })
      for (const delta of tokens(step.reasoning))
        events.push({ type: "response.reasoning_summary_text.delta", ...at, summary_index: 0, delta })
      events.push({ type: "response.output_item.done", output_index, item })
    } else {
      const item = { type: "function_call", id, call_id: step.id, name: step.tool, arguments: "", status: "in_progress" }
      events.push({ type: "response.output_item.added", output_index, item })
      const json = JSON.stringify(step.input)
      for (let from = 0; from < json.length; from += 5)
        events.push({ type: "response.function_call_arguments.delta", ...at, delta: json.slice(from, from + 5) })
      events.push({ type: "response.output_item.done", output_index, item: { ...item, arguments: json, status: "completed" } })
    }
  })
  const cut = { length: "max_output_tokens", "content-filter": "content_filter", stop: undefined, "tool-calls": undefined }[reason]
  const usage = { input_tokens: input, output_tokens: output, total_tokens: input + output }
  const ended = {
    ...response,
    status: cut === undefined ? "completed" : "incomplete",
    incomplete_details: cut === undefined ? null : { reason: cut },
  }
  events.push({ type: cut === undefined ? "response.completed" : "response.incomplete", response: { ...ended, output: [], usage } })
  return events.map((event, sequence_number) => ({ ...event, sequence_number }))
}

function anthropic(steps: readonly SpokenStep[], { reason, input, output }: Told): unknown[] {
  const usage = { input_tokens: input, output_tokens: 1 }
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "spoken-1",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  }
  const events: unknown[] = [{ type: "message_start", message }, { type: "ping" }]
  steps.forEach((step, index) => {
    const start = (content_block: object): unknown => events.push({ type: "content_block_start", index, content_block })
    const delta = (delta: object): unknown => events.push({ type: "content_block_delta", index, delta })
    if ("text" in step) {
      start({ type: "text", text: "" })
      for (const text of tokens(step.text)) delta({ type: "text_delta", text })
    } else if ("reasoning" in step) {
      start({ type: "thinking", thinking: "", signature: "" })
      for (const thinking of tokens(step.reasoning)) delta({ type: "thinking_delta", thinking })
      delta({ type: "signature_delta", signature: `signed-${index}` })
    } else {
      start({ type: "tool_use", id: step.id, name: step.tool, input: {} })
      const json = JSON.stringify(step.input)
      for (let from = 0; from < json.length; from += 5) delta({ type: "input_json_delta", partial_json: json.slice(from, from + 5) })
    }
    events.push({ type: "content_block_stop", index })
  })
  const stop_reason = { stop: "end_turn", length: "max_tokens", "tool-calls": "tool_use", "content-filter": "refusal" }[reason]
  return [
    ...events,
    { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: output } },
    { type: "message_stop" },
  ]
}
