import type { Message } from "@polylogue/conversation"
import { plainName } from "./parts/plain-name.ts"

/** A message in one line: its text, or the names of what it brings. */
export function messageSummary({ text, parts }: Pick<Message, "text" | "parts">): string {
  if (text.trim() !== "") return text
  const names = parts.filter(({ type }) => type === "file").map(({ fields }) => plainName(fields["name"]))
  return names.length > 0 ? names.join(", ") : (parts.find(({ type }) => type === "quote")?.text ?? "")
}
