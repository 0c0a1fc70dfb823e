import { useSourceCard, useWorkspace } from "@polylogue/react"
import { type ReactNode, useId, useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { sourceHref } from "../sources/source-route.ts"
import { sourceTitle } from "../sources/source-words.ts"
import { MarkedWords } from "./marked-words.tsx"
import "./beside.css"

/** UTF-16 units of a passage above which it is folded. */
const FOLDED_FROM = 420

/** A passage of a source as it is listed. */
export interface ShownPassage {
  readonly sourceId: string
  readonly text: string
  readonly page?: number
  readonly rank: number
  readonly score: number
  /** Where words stand that were sought. */
  readonly marks: readonly { readonly start: number; readonly end: number }[]
}

interface PassageCardProps {
  readonly passage: ShownPassage
  /** What of its source is to be shown when it is opened. */
  readonly href?: string
  /** What can be done with it. */
  readonly children?: ReactNode
}

/** A passage with the source that it is of; how well it fits is told to who asks. What stands in it was written by strangers and is text. */
export function PassageCard({ passage, href, children }: PassageCardProps) {
  const { sourceId, text, page, rank, score, marks } = passage
  const title = useSourceTitle(sourceId)
  const [whole, setWhole] = useState(false)
  const id = useId()
  const folds = text.length > FOLDED_FROM
  return (
    <li className="passage">
      <article aria-labelledby={id}>
        <p className="passage-source" id={id}>
          <span className="passage-rank" aria-hidden="true">
            {rank}
          </span>
          <bdi className="passage-title">{title}</bdi>
          {page !== undefined && <span className="quiet">page {page.toLocaleString("en")}</span>}
        </p>
        <p className="passage-text" dir="auto" data-folded={(folds && !whole) || undefined}>
          <MarkedWords text={text} marks={marks} />
        </p>
        {folds && (
          <button type="button" className="button button-quiet passage-more" aria-expanded={whole} onClick={() => setWhole(!whole)}>
            {whole ? "Less" : "All of it"}
          </button>
        )}
        <div className="passage-foot">
          {children}
          <a className="button button-quiet" href={href ?? sourceHref(sourceId)}>
            <Icon name="file" size={14} />
            Open the source
          </a>
        </div>
        <details className="passage-details">
          <summary>Details</summary>
          <p className="quiet">
            Number {rank.toLocaleString("en")} of what was found, score {score.toFixed(2)}. Scores compare within one search only.
          </p>
        </details>
      </article>
    </li>
  )
}

/** What the source is called here. */
export function useSourceTitle(sourceId: string): string {
  return sourceTitle(useSourceCard(useWorkspace(), sourceId)?.name)
}
