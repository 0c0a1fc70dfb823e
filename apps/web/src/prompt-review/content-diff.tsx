import { type ContentSlot, diffContents, type PromptContent } from "@polylogue/conversation"
import { useMemo } from "react"
import { roleLabel } from "../prompt-editor/slot-roles.ts"
import { type ChangeSteps, changeSteps, type NumberedSlot, type NumberedValue } from "./change-steps.ts"
import { DiffText } from "./diff-text.tsx"
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
  const steps = useMemo(() => changeSteps(diff), [diff])
  if (diff.same) return <p className="content-diff-same">{same}</p>
  return <Changes {...{ from, to, label, steps }} />
}

interface ChangesProps extends Omit<ContentDiffProps, "same"> {
  readonly steps: ChangeSteps
  /** The number of the change that one has gone to. */
  readonly current?: number | undefined
  /** In two columns: what was, and what is. */
  readonly columns?: boolean
}

/** The changes between two contents that differ. */
export function Changes({ from, to, label, steps, current, columns = false }: ChangesProps) {
  const { kindStep, slots, variables, config } = steps
  return (
    <section className="content-diff" aria-label={`What differs between ${label}`}>
      {kindStep !== undefined && (
        <p className="content-diff-fact" {...stepMarks(kindStep, current)}>
          From a <del>{from.kind} prompt</del> to a <ins>{to.kind} prompt</ins>
        </p>
      )}
      <ol className="content-diff-slots">
        {slots.map((slot) => (
          <SlotChange
            key={`${slot.slot.slotId} ${slot.slot.change}`}
            {...{ slot, current, columns }}
            plain={from.kind === "text" && to.kind === "text"}
          />
        ))}
      </ol>
      <Values title="Variables" values={variables} words={variableWords} current={current} />
      <Values title="Model configuration" values={config} words={valueWords} current={current} />
    </section>
  )
}

/** What a change is found by, and takes the focus with. */
function stepMarks(step: number | undefined, current: number | undefined) {
  return step === undefined ? {} : { tabIndex: -1, "data-step": step, "data-current": step === current || undefined }
}

const CHANGE_WORDS = { same: "unchanged", added: "added", removed: "removed", changed: "changed" } as const

interface SlotChangeProps {
  readonly slot: NumberedSlot
  readonly plain: boolean
  readonly current: number | undefined
  readonly columns: boolean
}

/** One slot: its role, what became of it in a word, and its text. */
function SlotChange({ slot: { slot, step, parts }, plain, current, columns }: SlotChangeProps) {
  const { from, to, change, moved } = slot
  const [role, before] = [roleOf(to ?? from), from === undefined || to === undefined ? undefined : roleOf(from)]
  const words = moved ? (change === "same" ? "moved" : `${CHANGE_WORDS[change]}, moved`) : CHANGE_WORDS[change]
  return (
    <li className={`content-diff-slot content-diff-${change}`} data-change={change}>
      <h4 className="content-diff-head" {...stepMarks(step, current)}>
        {!plain && before !== undefined && before !== role && (
          <>
            <del dir="auto">{before}</del>{" "}
          </>
        )}
        {!plain && (before !== undefined && before !== role ? <ins dir="auto">{role}</ins> : <bdi>{role}</bdi>)}
        <span className="content-diff-word">{words}</span>
      </h4>
      {change !== "same" &&
        (columns ? (
          <div className="content-diff-columns">
            <div role="group" aria-label="Before">
              {from !== undefined && <DiffText parts={parts} current={current} side="from" />}
            </div>
            <div role="group" aria-label="After">
              {to !== undefined && <DiffText parts={parts} current={current} side="to" />}
            </div>
          </div>
        ) : (
          <DiffText parts={parts} current={current} />
        ))}
    </li>
  )
}

function roleOf(slot: ContentSlot | undefined): string {
  return slot === undefined ? "" : slot.name === undefined ? roleLabel(slot.role) : `${roleLabel(slot.role)} ${slot.name}`
}

interface ValuesProps<Value> {
  readonly title: string
  readonly values: readonly NumberedValue<Value>[]
  readonly words: (value: Value) => string
  readonly current: number | undefined
}

function Values<Value>({ title, values, words, current }: ValuesProps<Value>) {
  if (values.length === 0) return null
  return (
    <>
      <h4 className="content-diff-head">{title}</h4>
      <dl className="content-diff-values">
        {values.map(({ key, from, to, step }) => (
          <div key={key} {...stepMarks(step, current)}>
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
