import type { ReactNode } from "react"
import { Icon } from "../frame/icon.tsx"
import { GradeButtons, type Grade } from "./grade-buttons.tsx"
import "./judged-item.css"

interface JudgedItemProps {
  /** Names it among what is judged on the page. */
  readonly itemKey: string
  /** What it is called: "Passage 2". */
  readonly name: string
  /** What stands beside the name: where it comes from. */
  readonly about: ReactNode
  /** The one that keys are for. */
  readonly active: boolean
  readonly scale: readonly Grade[]
  /** The grade that it has; null for none. */
  readonly grade: number | null
  /** What is said of one that has a grade: "Graded". */
  readonly doneWord: string
  /** Whether it may be graded here. */
  readonly mayJudge: boolean
  readonly onFocus: () => void
  /** `null` takes the grade back. */
  readonly onGrade: (grade: number | null) => void
  /** What is to be judged. */
  readonly children: ReactNode
  /** What stands below the grades. */
  readonly foot?: ReactNode
}

/** One thing to be graded: a passage, or the answer. It can have the focus as a whole: then keys are for it. */
export function JudgedItem(props: JudgedItemProps) {
  const { itemKey, name, about, active, scale, grade, doneWord, mayJudge, onFocus, onGrade, children, foot } = props
  return (
    // reason: the keys of judging are for the one that has the focus, and it has to be read before it is judged.
    // oxlint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions
    <li
      className="judged-item"
      data-item={itemKey}
      data-active={active || undefined}
      aria-label={`${name}${grade === null ? "" : `, ${doneWord.toLowerCase()} ${grade}`}`}
      tabIndex={active ? 0 : -1}
      onFocus={onFocus}
    >
      <header className="judged-head">
        <span className="judged-name">{name}</span>
        <span className="judged-about">{about}</span>
        {grade !== null && (
          <span className="judged-done">
            <Icon name="check" size={12} /> {doneWord}
          </span>
        )}
      </header>
      {children}
      <GradeButtons label={name} scale={scale} value={grade ?? undefined} disabled={!mayJudge} onGrade={onGrade} />
      {foot}
    </li>
  )
}

/** Puts the focus on one of the things to be judged; says whether it is there. */
export function focusItem(itemKey: string): boolean {
  const item = itemOf(itemKey)
  item?.focus({ preventScroll: true })
  item?.scrollIntoView({ block: "nearest" })
  return item !== null
}

/** The element of one of the things to be judged. */
export function itemOf(itemKey: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`.judged-item[data-item="${CSS.escape(itemKey)}"]`)
}
