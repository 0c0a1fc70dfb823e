import { type FolderForest, type Tag, workspaceFolders } from "@polylogue/conversation"
import { useCallback, useSyncExternalStore } from "react"
import type { WorkspaceState } from "./use-workspace.ts"

const NO_TAGS: readonly Tag[] = Object.freeze([])
const NOTHING = (): void => {}

/** The folders of the workspace; the same object until one of them changes, `undefined` while the index opens. */
export function useFolders(workspace: WorkspaceState): FolderForest | undefined {
  const folders = workspace.state === "open" ? workspaceFolders(workspace.index) : undefined
  const subscribe = useCallback((listener: () => void) => folders?.subscribe(listener) ?? NOTHING, [folders])
  return useSyncExternalStore(subscribe, () => folders?.getForest())
}

/** The tags of the workspace's conversations with their counts; the same array until a card changes. */
export function useTags(workspace: WorkspaceState): readonly Tag[] {
  const index = workspace.state === "open" ? workspace.index : undefined
  const subscribe = useCallback((listener: () => void) => index?.subscribe(listener) ?? NOTHING, [index])
  return useSyncExternalStore(subscribe, () => index?.getTags() ?? NO_TAGS)
}
