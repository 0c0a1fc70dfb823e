import { sourceCards } from "@polylogue/conversation"
import { type OpenSource, type OpenWorkspace, type Polylogue, usePolylogue } from "@polylogue/react"
import { useCallback, useEffect, useRef, useState } from "react"
import { cutText } from "../conversation-list/card-text.ts"
import { readText } from "./read-text.ts"

/** So many characters of a text are noted on its card. */
const SNIPPET_LENGTH = 300
/** A text that nobody edits here is cut anew so many ms after it was last changed. */
const SETTLED_AFTER_MS = 20_000

interface FreshPassages {
  /** Whether what is found, cited and judged is that of an earlier text. */
  readonly stale: boolean
  readonly running: boolean
  /** Cuts the text as it is now into passages. */
  readonly renew: () => void
}

/** Sees to it that what can be found and cited is what the text says: after an edit on this device, once it is left. */
export function useFreshPassages(
  workspace: OpenWorkspace | undefined,
  held: OpenSource | undefined,
  mayWrite: boolean,
  editing: boolean,
): FreshPassages {
  const polylogue = usePolylogue()
  const stale = useStale(held)
  const [running, setRunning] = useState(false)
  const latest = useRef({ workspace, running })
  useEffect(() => {
    latest.current = { workspace, running }
  })
  const renew = useCallback(() => {
    if (held === undefined || latest.current.running) return
    setRunning(true)
    renewPassages(polylogue, latest.current.workspace, held)
      // What stays stale says so, and can be asked for again.
      .catch(() => {})
      .finally(() => setRunning(false))
  }, [polylogue, held])
  // Others' edits are theirs to cut; where they went before doing so, whoever reads on does it.
  const edited = useRef(false)
  useEffect(() => {
    if (editing) edited.current = true
    if (!stale || editing || !mayWrite) return
    const timer = setTimeout(renew, edited.current ? 0 : SETTLED_AFTER_MS)
    return () => clearTimeout(timer)
  }, [stale, editing, mayWrite, renew])
  return { stale, running, renew }
}

function useStale(held: OpenSource | undefined): boolean {
  const [stale, setStale] = useState(false)
  useEffect(() => {
    if (held === undefined) return
    const { source } = held
    const look = (): void => setStale(source.isStale())
    look()
    // The whole text is compared: once a change has settled, not at each key.
    let timer: ReturnType<typeof setTimeout> | undefined
    const soon = (): void => {
      clearTimeout(timer)
      timer = setTimeout(look, LOOK_AFTER_MS)
    }
    const stops = [source.subscribe(look), source.subscribeText(soon)]
    return () => {
      clearTimeout(timer)
      for (const stop of stops) stop()
    }
  }, [held])
  return stale
}

const LOOK_AFTER_MS = 300

async function renewPassages(polylogue: Polylogue, workspace: OpenWorkspace | undefined, { source, sourceId }: OpenSource): Promise<void> {
  const text = source.getText()
  const pages = source.getPages()
  const { chunks, config } = await readText({ type: "text", text, pages })
  if (source.writeChunking(chunks, config) === undefined || workspace === undefined) return
  const clock = polylogue.now() + polylogue.replica.status.relayTimeOffsetMs
  const cards = sourceCards(workspace.index)
  if (cards.getCard(sourceId) === undefined || workspace.open.document.status.mayWrite === false) return
  cards.touch(sourceId, { clock, snippet: cutText(text, SNIPPET_LENGTH), authorId: polylogue.author.id })
}
