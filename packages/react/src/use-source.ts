import { type Chunking, Source, sourceDocumentId, type SourceMeta } from "@polylogue/conversation"
import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react"
import type { OpenDocument } from "./document-pool.ts"
import { type Polylogue, usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"
import { writingOptions } from "./writing-options.ts"

/** A source on screen: its operations and view, and the document under it. */
export interface OpenSource {
  readonly state: "open"
  readonly sourceId: string
  readonly source: Source
  readonly open: OpenDocument
}

/** Where a source stands on its way to the screen. */
export type SourceState = { readonly state: "opening" } | { readonly state: "failed"; readonly error: unknown } | OpenSource

const OPENING: SourceState = Object.freeze({ state: "opening" })

/**
 * Opens a source as long as a component shows it. A new object after a reset of its document. `undefined` opens nothing and stays `opening`. Where two devices
 * had begun it, one that may write sees to it that its text stands there once.
 */
export function useSource(sourceId: string | undefined): SourceState {
  const polylogue = usePolylogue()
  const document = useDocument(sourceId === undefined ? undefined : sourceDocumentId(polylogue.workspace, sourceId))
  const state = useMemo(() => {
    if (sourceId === undefined) return OPENING
    return document.state === "open" ? openSource(polylogue, document, sourceId) : document
  }, [polylogue, document, sourceId])
  useEffect(() => {
    if (state.state !== "open") return undefined
    const { source, open } = state
    const settle = (): void => {
      if (open.document.status.mayWrite === true) source.settle()
    }
    settle()
    const stops = [source.subscribe(settle), open.document.subscribe(settle)]
    return () => stops.forEach((stop) => stop())
  }, [state])
  return state
}

/** What is known of an open source beside its text; the same object until it changes. */
export function useSourceMeta(source: Source): SourceMeta {
  const subscribe = useCallback((listener: () => void) => source.subscribe(listener), [source])
  return useSyncExternalStore(subscribe, () => source.getMeta())
}

/** What an open source says; renders again at each change of the text. */
export function useSourceText(source: Source): string {
  const subscribe = useCallback((listener: () => void) => source.subscribeText(listener), [source])
  return useSyncExternalStore(subscribe, () => source.getText())
}

/** What an open source was last cut into, and whether its text was changed since; renders again when either changes. */
export function useChunking(source: Source): { readonly chunking: Chunking | undefined; readonly stale: boolean } {
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = [source.subscribe(listener), source.subscribeText(listener)]
      return () => stops.forEach((stop) => stop())
    },
    [source],
  )
  const chunking = useSyncExternalStore(subscribe, () => source.getChunking())
  const stale = useSyncExternalStore(subscribe, () => source.isStale())
  return { chunking, stale }
}

interface HeldSource {
  readonly held: OpenSource
  destroy(): void
}

function openSource(polylogue: Polylogue, open: OpenDocument, sourceId: string): OpenSource {
  const make = (): HeldSource => {
    const source = new Source(open.ydoc, writingOptions(polylogue))
    return { held: { state: "open", sourceId, source, open }, destroy: () => source.destroy() }
  }
  return polylogue.pool.view(open, Source, make).held
}
