interface MarkedWordsProps {
  readonly text: string
  /** Ascending, none within another; in UTF-16 units. */
  readonly marks: readonly { readonly start: number; readonly end: number }[]
}

/** A text with words of it marked. */
export function MarkedWords({ text, marks }: MarkedWordsProps) {
  const ends = [0, ...marks.map(({ end }) => end)]
  return (
    <>
      {marks.map(({ start, end }, at) => (
        <span key={start}>
          {text.slice(ends[at] ?? 0, start)}
          <mark>{text.slice(start, end)}</mark>
        </span>
      ))}
      {text.slice(ends.at(-1) ?? 0)}
    </>
  )
}
