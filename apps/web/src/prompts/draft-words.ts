import { MAIN_DRAFT, type PromptDraft } from "@polylogue/conversation"

/** What a draft is called on screen. */
export function draftName({ id, name }: Pick<PromptDraft, "id" | "name">): string {
  if (name.trim() !== "" && id !== MAIN_DRAFT) return name.trim()
  return id === MAIN_DRAFT ? "Main draft" : "Unnamed draft"
}
