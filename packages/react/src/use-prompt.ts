import { Prompt, promptDocumentId } from "@polylogue/conversation"
import { useMemo } from "react"
import type { OpenDocument } from "./document-pool.ts"
import { type Polylogue, usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"

/** A prompt on screen: its operations and view, and the document under it. */
export interface OpenPrompt {
  readonly state: "open"
  readonly promptId: string
  readonly prompt: Prompt
  readonly open: OpenDocument
}

/** Where a prompt stands on its way to the screen. */
export type PromptState = { readonly state: "opening" } | { readonly state: "failed"; readonly error: unknown } | OpenPrompt

const OPENING: PromptState = Object.freeze({ state: "opening" })

/** Opens a prompt as long as a component shows it. A new object after a reset of its document. `undefined` opens nothing and stays `opening`. */
export function usePrompt(promptId: string | undefined): PromptState {
  const polylogue = usePolylogue()
  const document = useDocument(promptId === undefined ? undefined : promptDocumentId(polylogue.workspace, promptId))
  return useMemo(() => {
    if (promptId === undefined) return OPENING
    return document.state === "open" ? openPrompt(polylogue, document, promptId) : document
  }, [polylogue, document, promptId])
}

interface HeldPrompt {
  readonly held: OpenPrompt
  destroy(): void
}

function openPrompt(polylogue: Polylogue, open: OpenDocument, promptId: string): OpenPrompt {
  const { replica, writer, author, now, randomBytes, pool } = polylogue
  const make = (): HeldPrompt => {
    const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
    const prompt = new Prompt(open.ydoc, { writer, author, now, relayNow, randomBytes })
    return { held: { state: "open", promptId, prompt, open }, destroy: () => prompt.destroy() }
  }
  return pool.view(open, Prompt, make).held
}
