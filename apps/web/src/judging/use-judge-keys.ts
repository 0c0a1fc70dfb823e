import { type Command, useCommands } from "../palette/commands.ts"
import type { Grade } from "./grade-buttons.tsx"

interface JudgeKeys {
  readonly scale: readonly Grade[]
  /** Whether anything may be judged; one can go from place to place all the same. */
  readonly mayJudge: boolean
  readonly onGrade: (grade: number) => void
  readonly onStep: (by: 1 | -1) => void
  readonly onUndo: () => void
  /** What else can be done while one may judge, and always. */
  readonly judging?: readonly Command[]
  readonly moving?: readonly Command[]
}

/** What can be done with what is to be judged by keys; it stands in the palette and on the sheet of keys as well. */
export function useJudgeKeys({ scale, mayJudge, onGrade, onStep, onUndo, judging = [], moving = [] }: JudgeKeys): void {
  const group = "This round"
  const steps: readonly Command[] = [
    { id: "judge next", group, name: "Next passage", icon: "down", keys: "j", run: () => onStep(1) },
    { id: "judge previous", group, name: "Passage before it", icon: "up", keys: "k", run: () => onStep(-1) },
  ]
  const grades = scale
    .filter(({ grade }) => grade >= 0 && grade <= 9)
    .map(({ grade, name }): Command => ({
      id: `judge ${grade}`,
      group,
      name: `Grade ${grade}: ${name}`,
      icon: "check",
      keys: String(grade),
      run: () => onGrade(grade),
    }))
  const undo: Command = { id: "judge undo", group, name: "Undo the last judgement", icon: "restore", keys: "u", run: onUndo }
  useCommands([...steps, ...moving, ...(mayJudge ? [...grades, ...judging, undo] : [])])
}
