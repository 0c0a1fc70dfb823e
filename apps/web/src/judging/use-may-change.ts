import type { OpenWorkspace } from "@polylogue/react"
import { useCallback, useSyncExternalStore } from "react"
import { mayChangeRounds } from "./round-words.ts"

/** {@link mayChangeRounds}; renders again when a relay says otherwise. */
export function useMayChange(workspace: OpenWorkspace | undefined): boolean {
  const document = workspace?.open.document
  const subscribe = useCallback((listener: () => void) => document?.subscribe(listener) ?? NOTHING, [document])
  return useSyncExternalStore(subscribe, () => mayChangeRounds(workspace))
}

const NOTHING = (): void => {}
