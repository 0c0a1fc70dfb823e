import type { BranchChoices } from "@polylogue/conversation"
import type { OpenConversation } from "@polylogue/react"
import { useEffect, useState } from "react"
import { navigateToMessage } from "../frame/route.ts"
import { FindBox } from "./find-box.tsx"
import { type FoundPlaces, piecesIn } from "./find-places.ts"
import "./message-marks.css"
import { usePageSearch } from "./page-search.ts"
import { paint, rangesIn } from "./text-ranges.ts"
import { useFind } from "./use-find.ts"

interface FindBarProps {
  readonly held: OpenConversation
  readonly choices: BranchChoices
  /** How often somebody asked for it: at each time the field takes the focus. */
  readonly asked: number
  readonly onClose: () => void
}

/** Mod+F: finds words in the whole conversation, where the browser's own find sees the few messages that are on the page. */
export function FindBar({ held, choices, asked, onClose }: FindBarProps) {
  const client = usePageSearch()
  const [text, setText] = useState("")
  const [place, setPlace] = useState<Place>()
  const found = useFind(client, held.conversation, held.conversationId, text, choices)
  const total = found?.places.reduce((sum, { count }) => sum + count, 0) ?? 0
  usePainted(text, place)

  const go = (step: 1 | -1): void => {
    if (found === undefined || found.places.length === 0) return
    const next = nextPlace(found, place, step)
    setPlace(next)
    navigateToMessage(held.conversationId, next.messageId)
  }
  const number = found === undefined || place === undefined ? 0 : numberOf(found, place)
  return (
    <FindBox
      label="Find in this conversation"
      text={text}
      onText={(next) => {
        setText(next)
        setPlace(undefined)
      }}
      status={text.trim() !== "" && found !== undefined ? wordsOf(found, total, number) : ""}
      found={total > 0}
      onGo={go}
      {...{ asked, onClose }}
    />
  )
}

/** One of the places in one message, counted from 0. */
interface Place {
  readonly messageId: string
  readonly nth: number
}

/** The place after or before `place`, around the ends; of none the last one: the latest words are nearest. */
function nextPlace({ places, onLine }: FoundPlaces, place: Place | undefined, step: 1 | -1): Place {
  const all = places.flatMap(({ messageId, count }) => Array.from({ length: count }, (_, nth) => ({ messageId, nth })))
  const at = all.findIndex(({ messageId, nth }) => messageId === place?.messageId && nth === place.nth)
  if (at !== -1) return all[(at + step + all.length) % all.length]!
  const shown = places.slice(0, onLine).reduce((sum, { count }) => sum + count, 0)
  return all[Math.max(0, shown - 1)]!
}

/** Which one it is of all, from 1; 0 when it is not there any more. */
function numberOf({ places }: FoundPlaces, place: Place): number {
  let before = 0
  for (const { messageId, count } of places) {
    if (messageId === place.messageId) return before + Math.min(place.nth, count - 1) + 1
    before += count
  }
  return 0
}

function wordsOf({ places, onLine }: FoundPlaces, total: number, number: number): string {
  if (total === 0) return "Not found"
  const elsewhere = places.length - onLine
  const branches = elsewhere === 0 ? "" : ` (${elsewhere} on other branches)`
  return number === 0 ? `${total.toLocaleString("en")} found${branches}` : `${number.toLocaleString("en")} of ${total.toLocaleString("en")}`
}

/** Paints what stands on the page of what is looked for, as rows come and go. */
function usePainted(text: string, place: Place | undefined): void {
  useEffect(() => {
    const root = document.querySelector(".message-plane")
    if (root === null || text.trim() === "") return
    let frame = 0
    let scrolledTo: Place | undefined
    const paintAll = (): void => {
      frame = 0
      const rows = root.querySelectorAll<HTMLElement>("[data-message-id]")
      const all: Range[] = []
      let here: Range | undefined
      for (const row of rows) {
        const ranges = rangesIn(row, (words) => piecesIn(words, text))
        all.push(...ranges)
        if (row.dataset["messageId"] === place?.messageId) here = ranges[Math.min(place?.nth ?? 0, ranges.length - 1)]
      }
      paint("found", all)
      paint("found-here", here === undefined ? [] : [here])
      if (here === undefined || scrolledTo === place) return
      scrolledTo = place
      here.startContainer.parentElement?.scrollIntoView({ block: "center" })
    }
    const soon = (): void => {
      if (frame === 0) frame = requestAnimationFrame(paintAll)
    }
    const observer = new MutationObserver(soon)
    observer.observe(root, { subtree: true, childList: true, characterData: true })
    soon()
    return () => {
      observer.disconnect()
      cancelAnimationFrame(frame)
      paint("found", [])
      paint("found-here", [])
    }
  }, [text, place])
}
