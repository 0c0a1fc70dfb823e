import type { OpenSource } from "@polylogue/react"
import { type ReactNode, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react"
import { paint } from "../search/text-ranges.ts"
import { setShownText } from "./chosen-range.ts"
import { SourceFind } from "./source-find.tsx"
import { SourceNotes } from "./source-notes.tsx"
import { placeShown, type SourcePlace } from "./source-route.ts"
import { SourceText } from "./source-text.tsx"
import type { TextPlaces } from "./text-places.ts"

interface SourceReaderProps {
  readonly held: OpenSource
  readonly text: string
  readonly title: string
  readonly mayWrite: boolean
  readonly at: SourcePlace | undefined
  /** How often somebody asked to find words in it; 0: nobody does. */
  readonly asked: number
  readonly onFound: () => void
  /** Shows the notes in the margin; quietly, the focus stays where it is. */
  readonly onNotes: (quietly: boolean) => void
  /** Opens the editor; absent where nobody may write. */
  readonly onEdit: (() => void) | undefined
  /** Stands above the text. */
  readonly children: ReactNode
}

/** The text of a source to read, find in, mark and talk about. */
export function SourceReader(props: SourceReaderProps) {
  const { held, text, title, mayWrite, at, asked, onFound, onNotes, onEdit, children } = props
  const [places, setPlaces] = useState<{ readonly current: TextPlaces } | undefined>()
  const onPlaces = useCallback((next: TextPlaces | undefined) => {
    setShownText(next)
    setPlaces(next === undefined ? undefined : { current: next })
  }, [])
  const pages = usePages(held)
  useShownPlace(held.sourceId, places, at)
  useReadingPlace(held.sourceId, places, at)
  return (
    <>
      {asked > 0 && <SourceFind text={text} places={places?.current} asked={asked} onClose={onFound} />}
      {/* reason: what scrolls must be reached by keyboard, also where nothing in it takes the focus. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="source-scroller" role="region" aria-label={`Text of ${title}`} tabIndex={0}>
        <div className="source-head">{children}</div>
        {text === "" ? (
          <div className="source-empty quiet">
            <p>There is nothing in it yet.</p>
            {onEdit !== undefined && (
              <button type="button" className="button" onClick={onEdit}>
                Write in it
              </button>
            )}
          </div>
        ) : (
          <SourceText text={text} pages={pages} label={title} onPlaces={onPlaces} />
        )}
      </div>
      <SourceNotes {...{ held, places, title, mayWrite, at, onNotes }} />
    </>
  )
}

function usePages({ source }: OpenSource): readonly { readonly page: number; readonly start: number }[] {
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = [source.subscribe(listener), source.subscribeText(listener)]
      return () => stops.forEach((stop) => stop())
    },
    [source],
  )
  return useSyncExternalStore(subscribe, () => source.getPages())
}

/** Leads to the characters that the address names, and marks them until somebody presses elsewhere. */
function useShownPlace(sourceId: string, places: { readonly current: TextPlaces } | undefined, at: SourcePlace | undefined): void {
  useEffect(() => {
    if (places === undefined || at === undefined || "noteId" in at) return
    places.current.scrollTo(at)
    const range = places.current.rangeOf(at)
    paint("shown", range === undefined ? [] : [range])
    placeShown(sourceId)
  }, [sourceId, places, at])
  useEffect(() => {
    const clear = (event: Event): void => {
      if (event.target instanceof Element && event.target.closest(".source-scroller") !== null) paint("shown", [])
    }
    document.addEventListener("pointerdown", clear)
    return () => {
      document.removeEventListener("pointerdown", clear)
      paint("shown", [])
    }
  }, [])
}

/** Where one was in each source, in px from its beginning: going back to one leads there, as long as the page is open. */
const left = new Map<string, number>()

function useReadingPlace(sourceId: string, places: { readonly current: TextPlaces } | undefined, at: SourcePlace | undefined): void {
  const begun = useRef(false)
  useEffect(() => {
    const scroller = document.querySelector<HTMLElement>(".source-scroller")
    if (places === undefined || scroller === null) return
    if (!begun.current && at === undefined) scroller.scrollTop = left.get(sourceId) ?? 0
    begun.current = true
    const note = (): void => void left.set(sourceId, scroller.scrollTop)
    scroller.addEventListener("scroll", note, { passive: true })
    return () => scroller.removeEventListener("scroll", note)
  }, [sourceId, places, at])
}
