import { isSegment } from "@polylogue/conversation"
import { useMemo } from "react"
import { isOnLayer } from "../frame/layers.ts"
import { goTo, useHash } from "../frame/route.ts"

/** What of the prompts is on screen, as it stands in the address. */
export interface PromptRoute {
  /** `undefined`: the list alone. */
  readonly promptId: string | undefined
  /** The draft that is shown; `main` where the address names none. */
  readonly draftId: string
  /** The version that is shown instead of a draft. */
  readonly versionId: string | undefined
}

/** The draft that every prompt has. */
const MAIN = "main"

/** The address of a prompt, of one of its drafts or versions; without a prompt that of the list. */
export function promptHref(promptId?: string, at: { readonly draftId?: string; readonly versionId?: string } = {}): string {
  if (promptId === undefined) return "#/p"
  if (at.versionId !== undefined) return `#/p/${promptId}/v/${at.versionId}`
  return at.draftId === undefined || at.draftId === MAIN ? `#/p/${promptId}` : `#/p/${promptId}/d/${at.draftId}`
}

/** Goes to a prompt, one of its drafts or versions; without a prompt to the list. */
export function navigateToPrompt(
  promptId?: string,
  at: { readonly draftId?: string; readonly versionId?: string; readonly replace?: boolean } = {},
): void {
  const href = promptHref(promptId, at)
  if (location.hash !== href) goTo(href, at.replace === true || isOnLayer())
}

/** What an address of the prompts names; of one that is none, the list. */
export function parsePromptRoute(hash: string): PromptRoute {
  const [, promptId, kind, id] = /^#\/p\/([^/]+)(?:\/(d|v)\/([^/]+))?$/.exec(hash) ?? []
  if (!isSegment(promptId)) return { promptId: undefined, draftId: MAIN, versionId: undefined }
  const named = isSegment(id) ? id : undefined
  return {
    promptId,
    draftId: kind === "d" && named !== undefined ? named : MAIN,
    versionId: kind === "v" ? named : undefined,
  }
}

/** The present route; renders again when the address changes. */
export function usePromptRoute(): PromptRoute {
  const hash = useHash()
  return useMemo(() => parsePromptRoute(hash), [hash])
}
