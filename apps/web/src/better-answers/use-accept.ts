import { type Correction, correctionValue, decide } from "@polylogue/conversation"
import { usePolylogue } from "@polylogue/react"
import { useCallback, useRef } from "react"
import { useToast } from "../frame/toast.tsx"

const WORDS = {
  done: "Accepted. Everybody who may read this sees it.",
  conflict: "Somebody accepted another answer first. That one stands; this one is kept. Press again to accept this one instead.",
  unavailable: "Accepting needs a relay, and none is in reach. Nothing was changed; try again when one is.",
  refused: "The relay does not let you accept answers here. Nothing was changed.",
} as const

/**
 * Accepts a suggestion through the authority's register `key`: one wins, however many are accepted at once, and the others keep their words. Says what came of it. A try that
 * nobody answered is tried again as the same one.
 */
export function useAccept(key: string): (correction: Correction) => Promise<void> {
  const { replica, randomBytes } = usePolylogue()
  const toast = useToast()
  const tried = useRef<{ readonly value: string; readonly base: string | null; readonly attempt: string }>(undefined)
  return useCallback(
    async ({ id, digest }) => {
      const { registers } = replica
      const value = correctionValue(id, digest)
      const base = registers.cached(key)?.revision ?? null
      const before = tried.current
      const attempt = before?.value === value && before.base === base ? before.attempt : hex(randomBytes(8))
      tried.current = { value, base, attempt }
      const { outcome } = await decide({ registers, key, value, base, attempt })
      if (outcome !== "unavailable") tried.current = undefined
      toast({ text: WORDS[outcome] })
    },
    [replica, randomBytes, key, toast],
  )
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}
