import { type PromptCard, promptCards } from "@polylogue/conversation"
import { useShelfCard, useShelfList } from "./use-shelf.ts"
import type { WorkspaceState } from "./use-workspace.ts"

/** The cards of the workspace's prompts, pinned ones first, then the latest; deleted ones with `deleted`. The same array until a card changes. */
export function usePromptList(workspace: WorkspaceState, which: "alive" | "deleted" = "alive"): readonly PromptCard[] {
  return useShelfList(workspace, promptCards, which)
}

/** The card of one prompt; renders again only when this card changes. */
export function usePromptCard(workspace: WorkspaceState, id: string | undefined): PromptCard | undefined {
  return useShelfCard(workspace, promptCards, id)
}
