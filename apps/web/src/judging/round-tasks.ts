import {
  type RegisterClient,
  type RoundItem,
  type RoundSettings,
  type TaskDesk,
  type TaskHolder,
  taskHolders,
} from "@polylogue/conversation"
import type { HeardRegisters } from "@polylogue/react"

/** Who has which question of a round in which not everybody judges everything, as it was last heard. */
export interface RoundTasks {
  readonly desk: TaskDesk
  readonly holdersOf: (itemId: string) => readonly TaskHolder[]
}

interface TasksOptions {
  readonly registers: RegisterClient
  readonly roundDocument: TaskDesk["roundDocument"]
  readonly annotator: string
  readonly settings: RoundSettings
  /** What was heard of the registers: the tasks are other ones once that changes. */
  readonly heard: HeardRegisters
}

/** The tasks of a round; undefined where everybody judges everything. */
export function roundTasks({ registers, roundDocument, annotator, settings }: TasksOptions): RoundTasks | undefined {
  const { perItem, annotators } = settings
  if (perItem === 0 || perItem >= annotators.length) return undefined
  const desk = { registers, roundDocument, annotator, places: perItem }
  return { desk, holdersOf: (itemId) => taskHolders(desk, itemId) }
}

/** The questions that are for somebody: those they have or have judged, and those of which a place is free. */
export function openItems(
  items: readonly RoundItem[],
  tasks: RoundTasks | undefined,
  isMine: (itemId: string) => boolean,
): readonly RoundItem[] {
  if (tasks === undefined) return items
  const { annotator, places } = tasks.desk
  return items.filter(({ id }) => {
    if (isMine(id)) return true
    const holders = tasks.holdersOf(id)
    return holders.length < places || holders.some((holder) => holder.annotator === annotator)
  })
}
