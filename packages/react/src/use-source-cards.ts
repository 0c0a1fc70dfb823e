import { type SourceCard, sourceCards } from "@polylogue/conversation"
import { useShelfCard, useShelfList } from "./use-shelf.ts"
import type { WorkspaceState } from "./use-workspace.ts"

/** The cards of the workspace's sources, pinned ones first, then the latest; deleted ones with `deleted`. The same array until a card changes. */
export function useSourceList(workspace: WorkspaceState, which: "alive" | "deleted" = "alive"): readonly SourceCard[] {
  return useShelfList(workspace, sourceCards, which)
}

/** The card of one source; renders again only when this card changes. */
export function useSourceCard(workspace: WorkspaceState, id: string | undefined): SourceCard | undefined {
  return useShelfCard(workspace, sourceCards, id)
}
