import type { MessagePart } from "@polylogue/conversation"

/** The parts in order, neighbouring sources together: they are one numbered list. */
export function partGroups(parts: readonly MessagePart[]): readonly (readonly MessagePart[])[] {
  const groups: MessagePart[][] = []
  for (const part of parts) {
    const last = groups.at(-1)
    if (part.type === "source" && last?.[0]?.type === "source") last.push(part)
    else groups.push([part])
  }
  return groups
}
