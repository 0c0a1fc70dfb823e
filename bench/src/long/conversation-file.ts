import { writeFile } from "node:fs/promises"

const WORDS = "a conversation among many voices that never loses a word however long it becomes and wherever it was written".split(" ")

/** The text of message `place`: of a line to some paragraphs, as in a chat with a model. The last one is told from all others. */
function textOf(place: number, count: number): string {
  if (place === count - 1) return "the last message"
  const words = place % 2 === 0 ? 12 : 90
  const text = Array.from({ length: words }, (_, step) => WORDS[(place * 7 + step * 5) % WORDS.length])
  if (place % 2 === 1) text.splice(45, 0, "\n\n")
  return `${place}: ${text.join(" ")}`
}

/** Writes a conversation of `count` messages in one chain as a native file, which an import cuts into segments. */
export async function writeConversation(file: string, id: string, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, place) => ({
    core: {
      id: messageId(place),
      parentId: place === 0 ? null : messageId(place - 1),
      role: place % 2 === 0 ? "user" : "assistant",
      authorId: place % 2 === 0 ? "ana" : "model:sky",
      authorKind: place % 2 === 0 ? "person" : "model",
      clock: 1_700_000_000_000 + place * 60_000,
      createdAt: 1_700_000_000_000 + place * 60_000,
    },
    parts: [{ pid: "0", type: "text", text: textOf(place, count) }],
  }))
  const conversation = { id, messages, records: { meta: { schema: 1 } } }
  await writeFile(file, JSON.stringify({ format: "polylogue", version: 1, conversations: [conversation] }))
}

function messageId(place: number): string {
  return `00000000-0000-4000-8000-${place.toString(16).padStart(12, "0")}`
}
