import { Avatar } from "../identity/avatar.tsx"
import { authorOf } from "../conversation/message-author.ts"
import { useNow } from "../frame/now.ts"
import { exactDate, isDated, isoDate, relativeDate } from "../frame/relative-time.ts"
import { placeOf } from "./hit-words.ts"
import type { SearchHit } from "./search-results.ts"
import type { Snippet } from "./snippet.ts"

interface OptionProps {
  readonly id: string
  readonly selected: boolean
  readonly onRun: () => void
  readonly onPoint: () => void
}

/** One message found: who, when, where, and the words around what was found. */
export function HitRow({ id, hit, selected, onRun, onPoint }: OptionProps & { readonly hit: SearchHit }) {
  const now = useNow()
  const name = authorOf(hit)
  return (
    // reason: the combobox pattern keeps the focus in the field, where the keys are handled.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={id}
      role="option"
      aria-selected={selected}
      className="search-hit"
      data-testid="search-hit"
      onClick={onRun}
      onPointerMove={onPoint}
    >
      <Avatar id={hit.authorId} name={name} kind={hit.authorKind} size="small" />
      <div className="search-hit-body">
        <p className="search-hit-head">
          <span className="search-hit-author" dir="auto">
            {name}
          </span>
          {isDated(hit.time) && (
            <time dateTime={isoDate(hit.time)} title={exactDate(hit.time)}>
              {relativeDate(hit.time, now)}
            </time>
          )}
          {placeOf(hit).map((place) => (
            <span key={place} className="search-hit-place">
              {place}
            </span>
          ))}
        </p>
        <p className="search-hit-text" dir="auto">
          <Marked snippet={hit.snippet} />
        </p>
      </div>
    </div>
  )
}

/** A line that brings more. */
export function MoreRow({ id, words, selected, onRun, onPoint }: OptionProps & { readonly words: string }) {
  return (
    // reason: the combobox pattern keeps the focus in the field, where the keys are handled.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div id={id} role="option" aria-selected={selected} className="search-hit search-more" onClick={onRun} onPointerMove={onPoint}>
      {words}
    </div>
  )
}

/** A snippet with what was found in it marked. */
function Marked({ snippet: { text, marks } }: { readonly snippet: Snippet }) {
  return (
    <>
      {marks.map(({ start, end }, index) => (
        <span key={start}>
          {text.slice(marks[index - 1]?.end ?? 0, start)}
          <mark>{text.slice(start, end)}</mark>
        </span>
      ))}
      {text.slice(marks.at(-1)?.end ?? 0)}
    </>
  )
}
