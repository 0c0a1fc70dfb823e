import { useCallback } from "react"
import { useToast } from "../frame/toast.tsx"

/** Runs an operation on a prompt; where the prompt would become too large for it, says so instead. */
export function useAttempt(): (operation: () => void) => void {
  const toast = useToast()
  return useCallback(
    (operation) => {
      try {
        operation()
      } catch (error) {
        if ((error as { readonly code?: unknown } | null)?.code !== "too-large") throw error
        toast({ text: "The prompt is full: it takes no more of these. Nothing was changed." })
      }
    },
    [toast],
  )
}
