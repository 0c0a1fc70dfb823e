import { decide, type DecisionOutcome, type Disagreement, goldKey, goldValue, type Gold, readGold } from "@polylogue/conversation"
import { usePolylogue } from "@polylogue/react"
import { useCallback, useRef, useState } from "react"
import { disagreementKey } from "./judge-steps.ts"

/** What came of somebody's try to decide, where that is not to be seen by itself. */
export type DecisionNews =
  | { readonly kind: "working" }
  /** Somebody decided first: `theirs` stands, and `mine` was not taken. */
  | { readonly kind: "conflict"; readonly mine: number | null; readonly theirs: Gold | undefined }
  | { readonly kind: "unavailable"; readonly mine: number | null }
  | { readonly kind: "refused"; readonly code: string }

type Target = Pick<Disagreement, "itemId" | "chunkId">
type Document = Parameters<typeof goldKey>[0]

/** Decides where people differ, in registers of the relay: the first who decides has decided, and others are told. */
export function useDecisions(roundDocument: Document): {
  /** @param base - the revision that whoever decides has seen; null for none. */
  readonly decide: (target: Target, grade: number | null, base: string | null) => Promise<void>
  readonly newsOf: (key: string) => DecisionNews | undefined
} {
  const { replica, randomBytes } = usePolylogue()
  const [news, setNews] = useState<ReadonlyMap<string, DecisionNews>>(new Map())
  const attempts = useRef(new Map<string, string>())
  const tell = useCallback((key: string, what: DecisionNews | undefined) => {
    setNews((before) => {
      const next = new Map(before)
      if (what === undefined) next.delete(key)
      else next.set(key, what)
      return next
    })
  }, [])
  const run = useCallback(
    async (target: Target, grade: number | null, base: string | null) => {
      const key = disagreementKey(target)
      const wish = JSON.stringify([key, grade, base])
      // The same wish said again is the same attempt: if its answer was lost, it takes effect once.
      const attempt = attempts.current.get(wish) ?? hex(randomBytes(8))
      attempts.current.set(wish, attempt)
      tell(key, { kind: "working" })
      const answer = await decide({
        registers: replica.registers,
        key: goldKey(roundDocument, target.itemId, target.chunkId),
        value: grade === null ? null : goldValue({ grade }),
        base,
        attempt,
      }).catch((): DecisionOutcome => ({ outcome: "unavailable" }))
      if ("register" in answer) {
        tell(key, answer.outcome === "done" ? undefined : { kind: "conflict", mine: grade, theirs: readGold(answer.register) })
      } else if (answer.outcome === "unavailable") tell(key, { kind: "unavailable", mine: grade })
      else tell(key, { kind: "refused", code: answer.code })
    },
    [replica, randomBytes, roundDocument, tell],
  )
  return { decide: run, newsOf: (key) => news.get(key) }
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}
