import { isEmpty, isObject, type JsonObject, without } from "../formats/json-value.ts"
import type { PortablePrompt, PortableSlot, PortableVersion } from "./prompt-item.ts"
import type { PromptLeft } from "./prompt-left.ts"
import { note } from "./prompt-text.ts"

/**
 * Writes prompts as Langfuse's API answers them, a record for each version, oldest first: what its import reads, in an order in which it
 * gives the same numbers. What it cannot hold is put into `left`.
 */
export function* writeLangfusePrompts(prompts: Iterable<PortablePrompt>, left: PromptLeft[]): IterableIterator<string> {
  let open = "[\n"
  for (const prompt of prompts) {
    noteLeft(prompt, left)
    for (const version of prompt.versions) {
      yield open + JSON.stringify(langfuseRecord(prompt, version), null, 2)
      open = ",\n"
    }
  }
  yield open === "[\n" ? "[]\n" : "\n]\n"
}

/** One version as Langfuse writes it. */
function langfuseRecord({ name, tags }: PortablePrompt, version: PortableVersion): JsonObject {
  const { kind, slots, config, labels, message, number, createdAt, author, extra } = version
  const fields = extra?.of === "langfuse" ? extra.fields : {}
  const rests = isObject(fields["messages"]) ? fields["messages"] : {}
  return {
    name,
    ...(number === null ? {} : { version: number }),
    type: kind,
    prompt: langfusePrompt(version, (index) => (isObject(rests[index]) ? rests[index] : {})),
    config,
    labels,
    tags,
    ...(message === "" ? {} : { commitMessage: message }),
    ...(createdAt === null ? {} : { createdAt: new Date(createdAt).toISOString() }),
    ...(author === null ? {} : { createdBy: author }),
    ...(slots.length > 0 && !isEmpty(rests) ? without(fields, "messages") : fields),
  }
}

/** What Langfuse calls the prompt: a text, or a list of messages and placeholders. */
export function langfusePrompt(
  { kind, slots }: Pick<PortableVersion, "kind" | "slots">,
  rest: (index: number) => JsonObject = () => ({}),
): string | readonly JsonObject[] {
  if (kind === "text") return slots.map(({ text }) => text).join("\n\n")
  return slots.map((slot, index) => ({ ...langfuseMessage(slot), ...rest(index) }))
}

function langfuseMessage({ role, name, text }: PortableSlot): JsonObject {
  return role === "placeholder" ? { type: "placeholder", name: name ?? "" } : { role, content: text }
}

function noteLeft({ name, description, versions }: PortablePrompt, left: PromptLeft[]): void {
  if (description !== "") note(left, name, "description", "its description")
  const some = (holds: (version: PortableVersion) => boolean): boolean => versions.some(holds)
  if (some(({ variables }) => Object.keys(variables).length > 0))
    note(left, name, "variables", "types, defaults and descriptions of its variables")
  if (some(({ extra }) => extra !== null && extra.of !== "langfuse")) note(left, name, "extra", "fields that came with it from elsewhere")
  if (some(({ kind, slots }) => kind === "text" && slots.length > 1)) note(left, name, "roles", "where one of its texts ends")
  if (some(({ kind, slots }) => kind === "chat" && slots.some(({ role, text }) => role === "placeholder" && text !== "")))
    note(left, name, "roles", "what stands at a placeholder")
}
