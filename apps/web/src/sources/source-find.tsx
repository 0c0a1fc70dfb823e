import { useDeferredValue, useEffect, useMemo, useState } from "react"
import { FindBox } from "../search/find-box.tsx"
import { pieceOf } from "../search/query.ts"
import { cutIntoTokens, marksOf } from "../search/text-match.ts"
import { paint } from "../search/text-ranges.ts"
import type { TextPlaces } from "./text-places.ts"
import "../search/message-marks.css"

interface SourceFindProps {
  readonly text: string
  readonly places: TextPlaces | undefined
  readonly asked: number
  readonly onClose: () => void
}

/** So many places are marked at once; one goes through however many there are. */
const MAX_PAINTED = 2_000

interface Mark {
  readonly start: number
  readonly end: number
}

/** Mod+F: finds words in the whole text of a source, in whatever form they are written, also where it is not laid out yet. */
export function SourceFind({ text, places, asked, onClose }: SourceFindProps) {
  const [query, setQuery] = useState("")
  const [at, setAt] = useState<number>()
  const sought = useDeferredValue(query.trim())
  const marks = useMarks(text, sought)
  const here = at === undefined ? undefined : marks[Math.min(at, marks.length - 1)]
  usePainted(places, marks, here)
  const go = (step: 1 | -1): void => {
    if (marks.length === 0) return
    const next = at === undefined ? (step === 1 ? 0 : marks.length - 1) : (at + step + marks.length) % marks.length
    setAt(next)
    const mark = marks[next]
    if (mark !== undefined) places?.scrollTo({ from: mark.start, to: mark.end })
  }
  return (
    <FindBox
      label="Find in this source"
      text={query}
      onText={(next) => {
        setQuery(next)
        setAt(undefined)
      }}
      status={sought === "" ? "" : foundWords(marks.length, at)}
      found={marks.length > 0}
      onGo={go}
      {...{ asked, onClose }}
    />
  )
}

/** Where `sought` stands: as words, whatever signs are between them; as it is written when there is no word in it. */
function useMarks(text: string, sought: string): readonly Mark[] {
  const isSought = sought !== ""
  const cut = useMemo(() => (isSought ? cutIntoTokens(text) : undefined), [text, isSought])
  return useMemo(() => {
    if (cut === undefined) return []
    const words = pieceOf(sought)
    if (words !== undefined) return marksOf(cut, words)
    const marks: Mark[] = []
    for (let at = text.indexOf(sought); at !== -1; at = text.indexOf(sought, at + sought.length)) {
      marks.push({ start: at, end: at + sought.length })
    }
    return marks
  }, [cut, text, sought])
}

function usePainted(places: TextPlaces | undefined, marks: readonly Mark[], here: Mark | undefined): void {
  useEffect(() => {
    const rangeOf = ({ start, end }: Mark): readonly StaticRange[] => {
      const range = places?.rangeOf({ from: start, to: end })
      return range === undefined ? [] : [range]
    }
    paint("found", marks.slice(0, MAX_PAINTED).flatMap(rangeOf))
    paint("found-here", here === undefined ? [] : rangeOf(here))
    return () => {
      paint("found", [])
      paint("found-here", [])
    }
  }, [places, marks, here])
}

function foundWords(count: number, at: number | undefined): string {
  if (count === 0) return "Not found"
  return at === undefined
    ? `${count.toLocaleString("en")} found`
    : `${(Math.min(at, count - 1) + 1).toLocaleString("en")} of ${count.toLocaleString("en")}`
}
