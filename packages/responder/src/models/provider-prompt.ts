import type { AssistantContent, ModelMessage, ModelTool, ToolResult } from "./model-message.ts"
import type { ProviderOptions } from "./provider-model.ts"

type Prompt = ProviderOptions["prompt"]
type AssistantPart = Extract<Prompt[number], { role: "assistant" }>["content"][number]
type ToolPart = Extract<Prompt[number], { role: "tool" }>["content"][number]
type Noted = NonNullable<AssistantPart["providerOptions"]>
type Json = Extract<Extract<ToolPart, { type: "tool-result" }>["output"], { type: "json" }>["value"]

/** Messages in the form of the SDK. */
export function providerPrompt(messages: readonly ModelMessage[]): Prompt {
  const prompt: Prompt = []
  for (const message of messages) {
    switch (message.role) {
      case "system":
        prompt.push({ role: "system", content: message.text })
        break
      case "user": {
        const last = prompt.at(-1)
        const [said] = last?.role === "user" ? last.content : []
        if (said?.type === "text") said.text += `\n\n${message.text}`
        else prompt.push({ role: "user", content: [{ type: "text", text: message.text }] })
        break
      }
      case "assistant":
        prompt.push({ role: "assistant", content: message.content.map(assistantPart) })
        break
      case "tool":
        prompt.push({ role: "tool", content: message.results.map(toolPart) })
        break
    }
  }
  return prompt
}

/** Tools in the form of the SDK. */
export function providerTools(tools: readonly ModelTool[]): NonNullable<ProviderOptions["tools"]> {
  return tools.map(({ name, description, inputSchema }) => ({ type: "function", name, description, inputSchema }))
}

function assistantPart(content: AssistantContent): AssistantPart {
  const providerOptions = content.noted === undefined ? {} : { providerOptions: content.noted as Noted }
  switch (content.type) {
    case "text":
    case "reasoning":
      return { type: content.type, text: content.text, ...providerOptions }
    case "tool-call": {
      const { toolCallId, name, input, byProvider = false } = content
      return { type: "tool-call", toolCallId, toolName: name, input, ...(byProvider ? { providerExecuted: true } : {}), ...providerOptions }
    }
    case "tool-output": {
      const { toolCallId, name, output } = content
      return { type: "tool-result", toolCallId, toolName: name, output: { type: "json", value: output as Json }, ...providerOptions }
    }
  }
}

function toolPart(result: ToolResult): ToolPart {
  return { type: "tool-result", toolCallId: result.toolCallId, toolName: result.name, output: resultOutput(result) }
}

function resultOutput(result: ToolResult): Extract<ToolPart, { type: "tool-result" }>["output"] {
  if ("failed" in result) return { type: "error-text", value: result.failed }
  if ("denied" in result) return { type: "execution-denied", reason: result.denied }
  const { output } = result
  return typeof output === "string" ? { type: "text", value: output } : { type: "json", value: (output ?? null) as Json }
}
