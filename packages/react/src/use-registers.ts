import type { AuthorityRegister } from "@polylogue/conversation"
import { useMemo, useSyncExternalStore } from "react"
import { type Polylogue, usePolylogue } from "./polylogue.ts"

/** What was last heard of a document's registers. Another object after each change. */
export interface HeardRegisters {
  /** What was last heard of one, also offline; `undefined`: nothing. */
  readonly get: (key: string) => AuthorityRegister | undefined
}

/**
 * The authority's registers of a document, kept fresh while a component shows them and the device is online: who has which item of a round, what was decided, which correction was
 * accepted. Read them with `taskHolders`, `readGold`, `readAccepted`.
 */
export function useRegisters(documentId: string): HeardRegisters {
  const polylogue = usePolylogue()
  const heard = useMemo(() => heardRegisters(polylogue, documentId), [polylogue, documentId])
  return useSyncExternalStore(heard.subscribe, heard.get)
}

function heardRegisters(
  { replica }: Polylogue,
  documentId: string,
): { subscribe: (listener: () => void) => () => void; get: () => HeardRegisters } {
  const fresh = (): HeardRegisters => ({ get: (key) => replica.registers.cached(key) })
  let value = fresh()
  return {
    subscribe: (listener) =>
      replica.registers.watch(documentId, () => {
        value = fresh()
        listener()
      }),
    get: () => value,
  }
}
