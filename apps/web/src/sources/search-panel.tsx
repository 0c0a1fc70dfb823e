import { useSourceList, type WorkspaceState } from "@polylogue/react"
import { type ReactNode, useEffect, useRef, useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import type { FoundPassage } from "./passage-messages.ts"
import { usePassages } from "./passage-search.ts"
import { sourceTitle } from "./source-words.ts"
import "./search-panel.css"

interface SearchPanelProps {
  readonly workspace: WorkspaceState
  readonly query: string
  readonly onQuery: (query: string) => void
  readonly onShow: (passage: FoundPassage) => void
}

/** As many passages as anybody reads through; a better question finds better ones. */
const MAX_SHOWN = 30

/** Looks for passages in all sources, best first, with the words marked; a press leads to the place. */
export function SearchPanel({ workspace, query, onQuery, onShow }: SearchPanelProps) {
  const { found, done, total } = usePassages(workspace, query, MAX_SHOWN)
  const cards = useSourceList(workspace)
  const titles = new Map(cards.map(({ id, name }) => [id, sourceTitle(name)]))
  const [chosen, setChosen] = useState<string>()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.select(), [])
  const sought = query.trim()
  return (
    <search className="source-search" aria-label="Search in sources">
      <div className="list-filter">
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          className="field"
          dir="auto"
          aria-label="Words or a question"
          placeholder="Words or a question"
          autoComplete="off"
          value={query}
          onChange={({ target }) => onQuery(target.value)}
        />
      </div>
      <p className="quiet" role="status">
        {sought === "" ? `Searches in ${counted(cards.length, "source")}.` : foundWords(found, { done, total })}
      </p>
      {found !== undefined && found.length > 0 && (
        <ol className="source-hits">
          {found.map((passage) => {
            const key = `${passage.sourceId} ${passage.chunkId}`
            return (
              <li key={key}>
                <button
                  type="button"
                  className="source-hit"
                  aria-current={key === chosen || undefined}
                  onClick={() => {
                    setChosen(key)
                    onShow(passage)
                  }}
                >
                  <span className="source-hit-from">
                    <bdi>{titles.get(passage.sourceId) ?? sourceTitle(undefined)}</bdi>
                    {passage.page !== undefined && `, page ${passage.page}`}
                  </span>
                  <span className="source-hit-words" dir="auto">
                    <PassageWords passage={passage} />
                  </span>
                </button>
              </li>
            )
          })}
        </ol>
      )}
    </search>
  )
}

function foundWords(
  found: readonly FoundPassage[] | undefined,
  { done, total }: { readonly done: number; readonly total: number },
): string {
  const reading = done < total ? ` Reading: ${done.toLocaleString("en")} of ${counted(total, "source")}.` : ""
  if (found === undefined) return `Searching.${reading}`
  if (found.length === 0) return reading === "" ? "No passage has these words." : `Nothing yet.${reading}`
  const many = found.length === MAX_SHOWN ? `The best ${MAX_SHOWN} passages.` : `${counted(found.length, "passage")}, best first.`
  return `${many}${reading}`
}

const BEFORE = 60
const SHOWN_LENGTH = 320

/** The passage from a little before the first word that was sought, with such words marked. */
function PassageWords({ passage: { text, marks } }: { readonly passage: Pick<FoundPassage, "text" | "marks"> }) {
  const first = marks[0]?.start ?? 0
  const from = first <= BEFORE * 2 ? 0 : Math.max(0, text.lastIndexOf(" ", first - BEFORE) + 1)
  const to = Math.min(text.length, from + SHOWN_LENGTH)
  const pieces: ReactNode[] = []
  let at = from
  for (const { start, end } of marks) {
    if (start < at || end > to) continue
    pieces.push(text.slice(at, start), <mark key={start}>{text.slice(start, end)}</mark>)
    at = end
  }
  return (
    <>
      {from > 0 && "… "}
      {pieces}
      {text.slice(at, to)}
      {to < text.length && " …"}
    </>
  )
}
