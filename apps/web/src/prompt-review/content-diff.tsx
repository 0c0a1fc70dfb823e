import { diffContents, type DiffPart, type PromptContent, type SlotDiff } from "@polylogue/conversation"
import { useMemo, useState } from "react"
import { valueWords, variableWords } from "./value-words.ts"
import "./content-diff.css"

interface ContentDiffProps {
  readonly from: PromptContent
  readonly to: PromptContent
  /** What it is between, in words: "production now and this draft". */
  readonly label: string
  /** Said where nothing differs. */
  readonly same?: string
}

/** How one content came from another, in one column: words taken out and put in, slots added, removed and moved, variables, configuration. */
export function ContentDiff({ from, to, label, same = "Nothing differs." }: ContentDiffProps) {
  const diff = useMemo(() => diffContents(from, to), [from, to])
  if (diff.same) return <p className="content-diff-same">{same}</p>
  return (
    <section className="content-diff" aria-label={`What differs between ${label}`}>
      {diff.kind !== undefined && (
        <p className="content-diff-fact">
          From a <del>{diff.kind.from} prompt</del> to a <ins>{diff.kind.to} prompt</ins>
        </p>
      )}
      <ol className="content-diff-slots">
        {diff.slots.map((slot) => (
          <SlotChange key={`${slot.slotId} ${slot.change}`} slot={slot} plain={from.kind === "text" && to.kind === "text"} />
        ))}
      </ol>
      <Values title="Variables" values={diff.variables} words={variableWords} />
      <Values title="Model configuration" values={diff.config} words={valueWords} />
    </section>
  )
}

const CHANGE_WORDS = { same: "unchanged", added: "added", removed: "removed", changed: "changed" } as const

/** One slot: its role, what became of it in a word, and its text. */
function SlotChange({ slot, plain }: { readonly slot: SlotDiff; readonly plain: boolean }) {
  const { from, to, change, moved, parts } = slot
  const [role, before] = [roleOf(to ?? from), from === undefined || to === undefined ? undefined : roleOf(from)]
  const words = moved ? (change === "same" ? "moved" : `${CHANGE_WORDS[change]}, moved`) : CHANGE_WORDS[change]
  return (
    <li className={`content-diff-slot content-diff-${change}`} data-change={change}>
      <h4 className="content-diff-head">
        {!plain && before !== undefined && before !== role && (
          <>
            <del dir="auto">{before}</del>{" "}
          </>
        )}
        {!plain && (before !== undefined && before !== role ? <ins dir="auto">{role}</ins> : <bdi>{role}</bdi>)}
        <span className="content-diff-word">{words}</span>
      </h4>
      {change !== "same" && <DiffText parts={parts} />}
    </li>
  )
}

function roleOf(slot: SlotDiff["from"]): string {
  return slot === undefined ? "" : slot.name === undefined ? slot.role : `${slot.role} ${slot.name}`
}

/** A text with what was taken out struck through and what was put in underlined; long stretches that are the same are folded. */
function DiffText({ parts }: { readonly parts: readonly DiffPart[] }) {
  return (
    <p className="content-diff-text" dir="auto">
      {parts.map(({ kind, text }, at) => {
        // Parts have no names: they are only ever all replaced.
        if (kind === "added") return <ins key={at}>{text}</ins>
        if (kind === "removed") return <del key={at}>{text}</del>
        return <Same key={at} text={text} first={at === 0} last={at === parts.length - 1} />
      })}
    </p>
  )
}

/** UTF-16 units of unchanged text that are shown beside a change, and from which on the rest is folded. */
const NEARBY = 160
const FOLDED_FROM = 480

function Same({ text, first, last }: { readonly text: string; readonly first: boolean; readonly last: boolean }) {
  const [whole, setWhole] = useState(false)
  if (whole || text.length < FOLDED_FROM) return text
  const head = first ? "" : text.slice(0, NEARBY).replace(/\p{Surrogate}$/u, "")
  const tail = last ? "" : text.slice(-NEARBY).replace(/^\p{Surrogate}/u, "")
  const hidden = text.length - head.length - tail.length
  return (
    <>
      {head}
      <button type="button" className="content-diff-fold" onClick={() => setWhole(true)}>
        {`${hidden.toLocaleString("en")} unchanged characters`}
      </button>
      {tail}
    </>
  )
}

interface ValuesProps<Value> {
  readonly title: string
  readonly values: readonly { readonly key: string; readonly from?: Value; readonly to?: Value }[]
  readonly words: (value: Value) => string
}

function Values<Value>({ title, values, words }: ValuesProps<Value>) {
  if (values.length === 0) return null
  return (
    <>
      <h4 className="content-diff-head">{title}</h4>
      <dl className="content-diff-values">
        {values.map(({ key, from, to }) => (
          <div key={key}>
            <dt dir="auto">{key}</dt>
            <dd dir="auto">
              {from !== undefined && <del>{words(from)}</del>} {to !== undefined && <ins>{words(to)}</ins>}
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}
