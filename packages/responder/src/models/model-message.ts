/** What a model is told, in a form that has nothing of any provider. Plain JSON. */
export type ModelMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage

/** What the model is to be; comes before all others. */
export interface SystemMessage {
  readonly role: "system"
  readonly text: string
}

/** What people said. Neighbours of this role become one, with a blank line between them: some models take turns only. */
export interface UserMessage {
  readonly role: "user"
  readonly text: string
}

/** What a model said before: of an earlier answer its text is enough; of an earlier step of the same one, `StepEnd.message` as it came. */
export interface AssistantMessage {
  readonly role: "assistant"
  readonly content: readonly AssistantContent[]
}

/** What its tools gave, in the message that follows the calls. */
export interface ToolMessage {
  readonly role: "tool"
  readonly results: readonly ToolResult[]
}

/** What a message of a model is made of. `noted` is what its provider wants back, word for word, such as signatures; of no meaning here. */
export type AssistantContent = (
  | { readonly type: "text" | "reasoning"; readonly text: string }
  | {
      readonly type: "tool-call"
      readonly toolCallId: string
      readonly name: string
      readonly input: unknown
      /** The provider ran it itself; its output follows in the same message. */
      readonly byProvider?: boolean
    }
  | { readonly type: "tool-output"; readonly toolCallId: string; readonly name: string; readonly output: unknown }
) & { readonly noted?: Readonly<Record<string, unknown>> }

/** How a call ended. */
export type ToolResult = { readonly toolCallId: string; readonly name: string } & (
  | { readonly output: unknown }
  | { readonly failed: string }
  | { readonly denied: string }
)

/** A tool as a model sees it. */
export interface ModelTool {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: string
  /** When to use it, in words for the model. */
  readonly description: string
  /** JSON Schema of its input, an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>
}
