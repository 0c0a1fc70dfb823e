import type { Recording } from "./recordings.ts"

/** What a recording says, read from its events without anything of ours. */
export interface RecordedAnswer {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly { readonly id: string; readonly byProvider: boolean; readonly input?: unknown }[]
  /** Ids of calls that the provider ran, and that have ended. */
  readonly ended: readonly string[]
  /** Annotations as they came, each with the words that it is about, where they are told. */
  readonly annotations: readonly { readonly raw: unknown; readonly words?: string }[]
  /** Addresses that were cited or found. */
  readonly pages: ReadonlySet<string>
  readonly outputTokens: number
}

interface Event {
  readonly type?: string
  readonly [field: string]: unknown
}

/** Loose JSON: recordings are read here as they are. */
// oxlint-disable-next-line typescript/no-explicit-any -- reason: each provider's events have fields of their own, and this reads all of them.
type Loose = any

export function recordedAnswer({ api, events }: Recording): RecordedAnswer {
  return { chat, responses, anthropic }[api](events)
}

function chat(events: readonly Event[]): RecordedAnswer {
  const deltas = events.map((event: Loose) => event.choices[0]?.delta?.content ?? "")
  const outputTokens: number = (events.at(-1) as Loose).usage.completion_tokens
  return { text: deltas.join(""), reasoning: "", calls: [], ended: [], annotations: [], pages: new Set(), outputTokens }
}

function responses(events: readonly Event[]): RecordedAnswer {
  const { output, usage }: Loose = (events.at(-1) as Loose).response
  const items = output as Loose[]
  const texts = items.filter(({ type }) => type === "message").flatMap(({ content }) => content as Loose[])
  const text = texts.map((part) => part.text as string).join("")
  const noted = events.filter(({ type }) => type === "response.output_text.annotation.added").map((event) => event["annotation"] as Loose)
  const calls = items.filter(({ type }) => (type as string).endsWith("_call"))
  return {
    text,
    reasoning: items
      .filter(({ type }) => type === "reasoning")
      .flatMap(({ summary }) => summary as Loose[])
      .map((part) => part.text as string)
      .join("\n\n"),
    calls: calls.map(({ id, code, container_id }) => ({
      id,
      byProvider: true,
      ...(code === undefined ? {} : { input: { code, containerId: container_id } }),
    })),
    ended: calls.map(({ id }) => id as string),
    annotations: noted.map((raw) => ({
      raw,
      ...(raw.type === "url_citation" && raw.end_index > 0 ? { words: text.slice(raw.start_index, raw.end_index) } : {}),
    })),
    pages: new Set(noted.map(({ url }) => url as string).filter((url) => url !== undefined)),
    outputTokens: usage.output_tokens,
  }
}

function anthropic(events: readonly Event[]): RecordedAnswer {
  const message: Loose = (events[0] as Loose).message
  const blocks: Loose[] = (message.content as Loose[]).map((block) => ({ ...block, json: JSON.stringify(block.input), citations: [] }))
  let outputTokens: number = message.usage.output_tokens
  for (const event of events as readonly Loose[]) {
    if (event.type === "content_block_start") blocks[event.index] = { ...event.content_block, json: "", citations: [] }
    if (event.type === "message_delta") outputTokens = event.usage.output_tokens
    if (event.type !== "content_block_delta") continue
    const block = blocks[event.index]
    if (event.delta.type === "text_delta") block.text += event.delta.text
    if (event.delta.type === "input_json_delta") block.json += event.delta.partial_json
    if (event.delta.type === "citations_delta") block.citations.push(event.delta.citation)
  }
  const calls = blocks.filter(({ type }) => type === "tool_use" || type === "server_tool_use")
  const results = blocks.filter(({ tool_use_id }) => tool_use_id !== undefined)
  const found = results.flatMap(({ content }) => (Array.isArray(content) ? content : []))
  const annotations = blocks.flatMap(({ text, citations }) =>
    (citations as Loose[]).map((raw) => ({ raw: raw as unknown, words: text as string })),
  )
  return {
    text: blocks.map(({ text }) => text ?? "").join(""),
    reasoning: "",
    calls: calls.map(({ id, type, json }) => ({ id, byProvider: type === "server_tool_use", input: JSON.parse(json || "{}") as unknown })),
    ended: results.map(({ tool_use_id }) => tool_use_id as string),
    annotations,
    pages: new Set([...annotations.map(({ raw }) => (raw as Loose).url as string), ...found.map(({ url }) => url as string)]),
    outputTokens,
  }
}
