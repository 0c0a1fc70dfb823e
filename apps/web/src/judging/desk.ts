import {
  type JudgedTarget,
  type Judgement,
  type JudgementChange,
  progressOf,
  type RoundItem,
  type RoundProgress,
  type RoundSettings,
} from "@polylogue/conversation"
import {
  type OpenJudging,
  useDocumentStatus,
  usePolylogue,
  useRegisters,
  useRoundItems,
  useRoundJudgements,
  useRoundSettings,
} from "@polylogue/react"
import { useMemo, useRef } from "react"
import { type JudgedOf, targetKey } from "./judge-steps.ts"
import { openItems, type RoundTasks, roundTasks } from "./round-tasks.ts"

/** Why nothing may be judged at the moment. `outside`: this person is not among those who judge; `reading`: they may only read; `finished`: they said that they are done. */
export type DeskObstacle = "outside" | "reading" | "finished"

/** A round as the person judging in it needs it: what there is to judge, what they said of it, and how to say more. */
export interface Desk {
  readonly roundId: string
  readonly annotator: string
  readonly settings: RoundSettings
  /** What there is to judge for this person: what others are to judge in their place is left out. */
  readonly items: readonly RoundItem[]
  readonly progress: RoundProgress
  /** Who has which question, where not everybody judges everything. */
  readonly tasks: RoundTasks | undefined
  readonly obstacle: DeskObstacle | undefined
  readonly mayJudge: boolean
  /** What this person judged of a question. */
  readonly mine: (itemId: string) => JudgedOf
  /** What others judged of a question, as far as it may be seen. */
  readonly others: (itemId: string) => readonly Judgement[]
  readonly judge: (target: JudgedTarget, change: JudgementChange) => void
  /** Takes the last judgement back, to what stood there before, and says which it was; undefined when there is none left. */
  readonly undo: () => JudgedTarget | undefined
}

interface Step {
  readonly target: JudgedTarget
  readonly before: JudgementChange
}

/** Steps that can be taken back. */
const MAX_STEPS = 200
const NOTHING: JudgedOf = new Map()

/** The desk of the person on this device in a round. */
export function useDesk(judging: OpenJudging): Desk {
  const { held, annotator, kind, judgements, finished, judge } = judging
  const settings = useRoundSettings(held)
  const all = useRoundItems(held)
  const everybody = useRoundJudgements(held)
  const { mayWrite } = useDocumentStatus(held.open)
  const { replica } = usePolylogue()
  const heard = useRegisters(held.open.document.documentId)
  const steps = useRef<Step[]>([])
  const mine = useMemo(() => byItem(judgements), [judgements])
  const others = useMemo(() => everybody.filter((judgement) => judgement.annotator !== annotator), [everybody, annotator])
  const desk = useMemo(() => {
    const tasks = roundTasks({ registers: replica.registers, roundDocument: held.open.document.documentId, annotator, settings, heard })
    const items = openItems(all, tasks, (itemId) => mine.has(itemId))
    const obstacle = obstacleOf({ settings, annotator, mayWrite, finished })
    return { tasks, items, progress: progressOf(items, judgements), obstacle, mayJudge: obstacle === undefined }
  }, [replica, held, annotator, settings, heard, all, judgements, mine, mayWrite, finished])
  return {
    roundId: held.roundId,
    annotator,
    settings,
    ...desk,
    mine: (itemId) => mine.get(itemId) ?? NOTHING,
    others: (itemId) => (kind === "open" || finished ? others.filter((judgement) => judgement.itemId === itemId) : []),
    judge: (target, change) => {
      const known = mine.get(target.itemId)?.get(targetKey(target.chunkId))
      steps.current = [...steps.current, { target, before: standing(known, change) }].slice(-MAX_STEPS)
      judge(target, change)
    },
    undo: () => {
      const step = steps.current.at(-1)
      if (step === undefined) return undefined
      steps.current = steps.current.slice(0, -1)
      judge(step.target, step.before)
      return step.target
    },
  }
}

/** Whether this person may say that they are done: they judge in a blind round, and did not say so yet. */
export function mayBeDone({ kind, held, annotator, finished }: OpenJudging): boolean {
  const { mayWrite } = held.open.document.status
  return kind === "blind" && obstacleOf({ settings: held.round.getSettings(), annotator, mayWrite, finished }) === undefined
}

function obstacleOf(at: {
  readonly settings: RoundSettings
  readonly annotator: string
  readonly mayWrite: boolean | undefined
  readonly finished: boolean
}): DeskObstacle | undefined {
  if (at.mayWrite === false) return "reading"
  if (!at.settings.annotators.some(({ id }) => id === at.annotator)) return "outside"
  return at.finished ? "finished" : undefined
}

/** What stands where something is about to be changed. */
function standing(known: Judgement | undefined, change: JudgementChange): JudgementChange {
  return {
    ...(change.grade === undefined ? {} : { grade: known?.grade ?? null }),
    ...(change.labels === undefined ? {} : { labels: known?.labels ?? [] }),
    ...(change.note === undefined ? {} : { note: known?.note ?? "" }),
  }
}

function byItem(judgements: readonly Judgement[]): ReadonlyMap<string, JudgedOf> {
  const items = new Map<string, Map<string, Judgement>>()
  for (const judgement of judgements) {
    const item = items.get(judgement.itemId) ?? new Map<string, Judgement>()
    items.set(judgement.itemId, item)
    item.set(targetKey(judgement.chunkId), judgement)
  }
  return items
}
