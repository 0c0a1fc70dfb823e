import { AnswerError, type AnswerUsage } from "../answer.ts"
import type { AssistantContent } from "./model-message.ts"
import type { ModelApi } from "./model-settings.ts"
import { CitationCollector } from "./provider-citations.ts"
import type { Asked } from "./provider-error.ts"
import { brokenStream, streamError } from "./provider-error.ts"
import type { StreamPart } from "./provider-model.ts"
import type { StepCall, StepEnd, StepEvent } from "./step-event.ts"

type Part<Type extends StreamPart["type"]> = Extract<StreamPart, { type: Type }>
type Source = Extract<StepEvent, { type: "part" }>

/** A text or a thought that grows. */
interface Streamed {
  readonly type: "text" | "reasoning"
  text: string
  noted?: Readonly<Record<string, unknown>>
}

/** Between texts that a provider gives as messages of their own, and between thoughts. */
const SEPARATOR = "\n\n"

/** Makes events of a step from the parts of the SDK's stream, and remembers what the model has to be told again. */
export class StepReader {
  readonly #api: ModelApi
  readonly #asked: Asked
  readonly #cited: CitationCollector
  readonly #content: AssistantContent[] = []
  /** Texts and thoughts that are being streamed, by the provider's name for them. */
  readonly #open = new Map<string, Streamed>()
  readonly #sources = new Map<string, Source>()
  /** Of the provider's last event, whether it noted where words are from and did nothing else. */
  #isNote = false
  /** How the provider itself said that its answer ended, where the SDK could not read one of its notes and takes the answer for one that failed. */
  #ended: StepEnd["finishReason"] | undefined
  #overlooked = false
  /** Whether what comes next stands behind a thought. */
  #thinking = false

  constructor(api: ModelApi, asked: Asked) {
    this.#api = api
    this.#asked = asked
    this.#cited = new CitationCollector(api)
  }

  /** The events of one part. @throws AnswerError for one that says that the step has failed. */
  take(part: StreamPart): readonly StepEvent[] {
    switch (part.type) {
      case "text-start":
      case "reasoning-start":
        return this.#start(part)
      case "text-delta":
      case "reasoning-delta":
        return this.#append(part)
      case "text-end":
      case "reasoning-end":
        this.#note(part)
        this.#open.delete(openKey(part))
        return []
      case "tool-input-start":
        this.#breakRun()
        return [{ type: "tool-input-start", toolCallId: part.id, name: part.toolName }]
      case "tool-input-delta":
        return part.delta === "" ? [] : [{ type: "tool-input", toolCallId: part.id, text: part.delta }]
      case "tool-call":
        return [this.#call(part)]
      case "tool-result":
        return this.#result(part)
      case "source":
        this.#source(part)
        return []
      case "raw":
        this.#isNote = this.#cited.takeEvent(part.rawValue) && this.#api !== "chat"
        this.#ended = endOf(part.rawValue) ?? this.#ended
        return []
      case "error":
        // Providers that follow others leave fields out of their notes, which cost no word of the answer, and were read from the event itself.
        this.#overlooked ||= this.#isNote
        if (this.#isNote) return []
        throw streamError(this.#asked, part.error)
      case "finish": {
        const end = this.#end(part)
        return [...this.#sources.values(), end]
      }
      default:
        // Beginnings and ends of inputs, what the response is called, files and questions that no tool of ours makes.
        return []
    }
  }

  #start(part: Part<"text-start" | "reasoning-start">): readonly StepEvent[] {
    const type = part.type === "text-start" ? "text" : "reasoning"
    const content: Streamed = { type, text: "" }
    this.#content.push(content)
    this.#open.set(openKey(part), content)
    this.#note(part)
    if (type === "reasoning") return []
    const separates = this.#api === "responses" && this.#cited.goesOn
    this.#cited.startBlock(separates ? SEPARATOR : "")
    return separates ? [{ type: "text", text: SEPARATOR }] : []
  }

  #append(part: Part<"text-delta" | "reasoning-delta">): readonly StepEvent[] {
    this.#note(part)
    const content = this.#open.get(openKey(part))
    if (part.delta === "") return []
    const isFirst = content?.text === ""
    if (content !== undefined) content.text += part.delta
    if (part.type === "text-delta") {
      this.#thinking = false
      this.#cited.append(part.delta)
      return [{ type: "text", text: part.delta }]
    }
    const separates = isFirst && this.#thinking
    this.#breakRun()
    this.#thinking = true
    return [{ type: "reasoning", text: separates ? SEPARATOR + part.delta : part.delta }]
  }

  #call({ toolCallId, toolName: name, input: text, providerExecuted, providerMetadata }: Part<"tool-call">): StepCall {
    this.#breakRun()
    const input = parsed(text)
    const byProvider = providerExecuted === true
    const noted = providerMetadata === undefined ? {} : { noted: providerMetadata }
    // A model that is told again what it said is told it as JSON, whatever it was.
    this.#content.push({ type: "tool-call", toolCallId, name, input: input ?? {}, ...(byProvider ? { byProvider } : {}), ...noted })
    const call = { type: "tool-call", toolCallId, name, byProvider } as const
    return input === undefined
      ? { ...call, input: text, problem: "The input of this call is no JSON. Call the tool again." }
      : { ...call, input }
  }

  #result({ toolCallId, toolName: name, result, isError, preliminary, providerMetadata }: Part<"tool-result">): readonly StepEvent[] {
    if (preliminary === true) return []
    this.#breakRun()
    const noted = providerMetadata === undefined ? {} : { noted: providerMetadata }
    this.#content.push({ type: "tool-output", toolCallId, name, output: result, ...noted })
    if (isError === true) return [{ type: "tool-failed", toolCallId, reason: `${name} failed at ${this.#asked.host}.` }]
    return [{ type: "tool-output", toolCallId, output: readable(result) }]
  }

  #source(part: Part<"source">): void {
    if (part.sourceType === "url") {
      this.#addPage(part.url, part.title)
      return
    }
    const key = `${part.filename ?? ""} ${part.title}`
    const title = part.title === "" ? {} : { title: part.title }
    if (!this.#sources.has(key)) this.#sources.set(key, { type: "part", part: { type: "source", ...title, mediaType: part.mediaType } })
  }

  /** A page that was found or cited, once. */
  #addPage(url: string, title = ""): void {
    const titled = title === "" ? {} : { title }
    if (!this.#sources.has(url)) this.#sources.set(url, { type: "part", part: { type: "source", url, ...titled } })
  }

  #end({ finishReason: { unified: told, raw }, usage }: Part<"finish">): StepEnd {
    const unified = told === "error" && this.#overlooked ? this.#overlookedEnd() : told
    if (unified === "content-filter") {
      throw new AnswerError("refused", `${this.#asked.model} did not want to answer this. Ask in other words, or choose another model.`)
    }
    // The SDK ends a stream that broke off as one that ended for a reason of its own, and names none.
    if (unified === "error" || (unified === "other" && raw === undefined)) throw brokenStream(this.#asked)
    const message = { role: "assistant", content: this.#content } as const
    const cited = this.#cited.end()
    for (const { source } of cited.citations) if (source.kind === "url") this.#addPage(source.url, source.title)
    return { type: "finish", finishReason: unified, usage: answerUsage(usage), message, cited }
  }

  #overlookedEnd(): StepEnd["finishReason"] | "error" {
    const calls = this.#content.some((content) => content.type === "tool-call" && content.byProvider !== true)
    return this.#ended === "stop" && calls ? "tool-calls" : (this.#ended ?? "error")
  }

  #note(part: Part<"text-start" | "text-delta" | "text-end" | "reasoning-start" | "reasoning-delta" | "reasoning-end">): void {
    const content = this.#open.get(openKey(part))
    if (content !== undefined && part.providerMetadata !== undefined) content.noted = part.providerMetadata
  }

  #breakRun(): void {
    this.#cited.breakRun()
    this.#thinking = false
  }
}

function openKey({ type, id }: { readonly type: string; readonly id: string }): string {
  return `${type.slice(0, type.indexOf("-"))} ${id}`
}

/** How an event of OpenAI's Responses, or of those who follow them, ends an answer; undefined for others. */
function endOf(event: unknown): "stop" | "length" | undefined {
  const { type, response } = (typeof event === "object" && event !== null ? event : {}) as { type?: unknown; response?: unknown }
  if (type === "response.completed") return "stop"
  const { incomplete_details } = (typeof response === "object" && response !== null ? response : {}) as {
    incomplete_details?: { reason?: unknown } | null
  }
  return type === "response.incomplete" && incomplete_details?.reason === "max_output_tokens" ? "length" : undefined
}

/** Undefined for what is no JSON. A call without any input has an empty one. */
function parsed(text: string): unknown {
  if (text.trim() === "") return {}
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** A result without what only its provider can read. */
function readable(result: unknown): unknown {
  if (Array.isArray(result)) return (result as unknown[]).map(readable)
  if (typeof result !== "object" || result === null) return result
  return Object.fromEntries(
    Object.entries(result)
      .filter(([key]) => key !== "encryptedContent")
      .map(([key, value]) => [key, readable(value)]),
  )
}

function answerUsage({ inputTokens, outputTokens }: Part<"finish">["usage"]): AnswerUsage {
  const told = {
    inputTokens: inputTokens.total,
    outputTokens: outputTokens.total,
    reasoningTokens: outputTokens.reasoning,
    cachedInputTokens: inputTokens.cacheRead,
  }
  return Object.fromEntries(Object.entries(told).filter(([, count]) => typeof count === "number" && Number.isFinite(count)))
}
