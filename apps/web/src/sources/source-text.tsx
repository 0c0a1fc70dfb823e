import { memo, useLayoutEffect, useRef, useState } from "react"
import { cutBlocks } from "./text-blocks.ts"
import { TextPlaces } from "./text-places.ts"
import "./source-text.css"

interface SourceTextProps {
  readonly text: string
  readonly pages: readonly { readonly page: number; readonly start: number }[]
  /** What it is called for who does not see it. */
  readonly label: string
  /** Called when the text is on the page, and after each change of it; with undefined when it goes. */
  readonly onPlaces: (places: TextPlaces | undefined) => void
}

/** The text of a source to read: plain, at reading width, page by page. Only what is near the window is laid out, so that a book opens like a note. */
export function SourceText({ text, pages, label, onPlaces }: SourceTextProps) {
  const root = useRef<HTMLDivElement>(null)
  const places = useRef<TextPlaces>(undefined)
  const [cut, setCut] = useState(() => ({ text, pages, blocks: cutBlocks(text, pages) }))
  const now = cut.text === text && cut.pages === pages ? cut : { text, pages, blocks: cutBlocks(text, pages, cut.blocks) }
  if (now !== cut) setCut(now)
  const { blocks } = now
  useLayoutEffect(() => {
    if (root.current === null) return
    places.current ??= new TextPlaces(root.current)
    places.current.show(blocks)
    onPlaces(places.current)
  }, [blocks, onPlaces])
  useLayoutEffect(() => () => onPlaces(undefined), [onPlaces])
  return (
    <div ref={root} className="source-text" role="article" aria-label={label}>
      {blocks.map(({ key, text: words, page }) => (
        <Block key={key} name={key} words={words} page={page} />
      ))}
    </div>
  )
}

interface BlockProps {
  readonly name: number
  readonly words: string
  readonly page: number | undefined
}

const Block = memo(function Block({ name, words, page }: BlockProps) {
  return (
    <div className="source-part">
      {page !== undefined && (
        <div className="source-page" role="separator" aria-label={`Page ${page}`} data-page={page}>
          <span aria-hidden="true">{page}</span>
        </div>
      )}
      <div className="source-block" data-block={name}>
        {words}
      </div>
    </div>
  )
})
