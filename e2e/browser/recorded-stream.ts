/** One step of a model's answer, as it came. */
export type StreamStep =
  | { readonly kind: "text" | "reasoning" | "code"; readonly delta: string }
  | { readonly kind: "tool"; readonly id: string; readonly name: string; readonly input: unknown }
  | { readonly kind: "tool-input"; readonly id: string; readonly delta: string }
  | { readonly kind: "tool-end"; readonly id: string; readonly output: unknown }
  | { readonly kind: "source"; readonly url: string; readonly title: string }

type Json = Readonly<Record<string, unknown>>

/** The steps in the events of a provider, one JSON object a line: OpenAI's chat completions and responses (xAI's are the same), Anthropic's messages. */
export function streamSteps(lines: string): StreamStep[] {
  const blocks = new Map<unknown, string>()
  return lines
    .split("\n")
    .filter((line) => line.trim() !== "")
    .flatMap((line) => {
      const event = JSON.parse(line) as Json
      return "choices" in event ? completionSteps(event) : (responseSteps(event) ?? messageSteps(event, blocks))
    })
}

function completionSteps({ choices }: Json): StreamStep[] {
  const [choice] = choices as readonly { readonly delta?: { readonly content?: string | null } }[]
  return textStep("text", choice?.delta?.content)
}

function responseSteps(event: Json): StreamStep[] | undefined {
  const { type, delta } = event
  if (type === "response.output_text.delta") return textStep("text", delta)
  if (type === "response.reasoning_summary_text.delta") return textStep("reasoning", delta)
  if (type === "response.code_interpreter_call_code.delta") return textStep("code", delta)
  if (type === "response.output_text.annotation.added") return sourceStep(event["annotation"] as Json)
  const item = event["item"] as Json | undefined
  if (item !== undefined && text(item["type"]).endsWith("_call")) {
    const id = text(item["id"])
    if (type === "response.output_item.added") return [{ kind: "tool", id, name: text(item["type"]), input: item["arguments"] ?? {} }]
    if (type === "response.output_item.done")
      return [{ kind: "tool-end", id, output: item["action"] ?? item["results"] ?? item["outputs"] ?? null }]
  }
  return typeof type === "string" && type.startsWith("response.") ? [] : undefined
}

function messageSteps(event: Json, blocks: Map<unknown, string>): StreamStep[] {
  const block = event["content_block"] as Json | undefined
  if (event["type"] === "content_block_start" && block !== undefined) {
    const type = text(block["type"])
    if (type.endsWith("tool_use")) {
      blocks.set(event["index"], text(block["id"]))
      return [{ kind: "tool", id: text(block["id"]), name: text(block["name"]), input: undefined }]
    }
    if (type.endsWith("_result")) return [{ kind: "tool-end", id: text(block["tool_use_id"]), output: block["content"] ?? null }]
    return textStep("text", block["text"])
  }
  const delta = event["delta"] as Json | undefined
  if (event["type"] !== "content_block_delta" || delta === undefined) return []
  if (delta["type"] === "input_json_delta") {
    const id = blocks.get(event["index"])
    return id === undefined || delta["partial_json"] === "" ? [] : [{ kind: "tool-input", id, delta: text(delta["partial_json"]) }]
  }
  if (delta["type"] === "citations_delta") return sourceStep(delta["citation"] as Json)
  return [...textStep("text", delta["text"]), ...textStep("reasoning", delta["thinking"])]
}

function textStep(kind: "text" | "reasoning" | "code", delta: unknown): StreamStep[] {
  return typeof delta === "string" && delta !== "" ? [{ kind, delta }] : []
}

function sourceStep(citation: Json): StreamStep[] {
  return typeof citation["url"] === "string" ? [{ kind: "source", url: citation["url"], title: text(citation["title"]) }] : []
}

function text(value: unknown): string {
  return typeof value === "string" ? value : ""
}
