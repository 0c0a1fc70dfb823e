import { type Annotator, DEFAULT_SCALE, MAX_GUIDELINE_LENGTH, mintRoundId, type NewRoundItem, roundCards } from "@polylogue/conversation"
import { type OpenWorkspace, type Polylogue, usePolylogue } from "@polylogue/react"
import { useState } from "react"
import { counted } from "../frame/relative-time.ts"
import type { Grade } from "./grade-buttons.tsx"
import type { FoundItems } from "./items-field.tsx"
import { navigateToRound } from "./judging-route.ts"
import { withRound } from "./with-round.ts"

/** What is being decided about a new round. */
export interface RoundForm {
  readonly name: string
  readonly guideline: string
  readonly kind: "open" | "blind"
  readonly scale: readonly Grade[]
  /** As it is typed: separated by commas. */
  readonly labels: string
  readonly people: readonly Annotator[]
  /** How many judge each question; 0: all. */
  readonly perItem: number
  readonly chosen: ReadonlyMap<string, FoundItems>
}

/** A new round while it is being decided on, and what begins it. */
export interface NewRound {
  readonly form: RoundForm
  readonly set: (change: Partial<RoundForm>) => void
  readonly setChosen: (change: (before: RoundForm["chosen"]) => RoundForm["chosen"]) => void
  /** The questions found so far. */
  readonly items: readonly NewRoundItem[]
  /** What is still missing, or went wrong, in words; "" when it can be begun. */
  readonly problem: string
  readonly begin: () => void
}

/** Begins with a blind round of one's own; `onBegun` is called once it is on its way to this device's disk. */
export function useNewRound(workspace: OpenWorkspace, own: Annotator, onBegun: () => void): NewRound {
  const polylogue = usePolylogue()
  const [form, setForm] = useState<RoundForm>(() => ({
    name: "",
    guideline: "",
    kind: "blind",
    scale: DEFAULT_SCALE,
    labels: "",
    people: [own],
    perItem: 0,
    chosen: new Map(),
  }))
  const [state, setState] = useState<"deciding" | "beginning" | "failed">("deciding")
  const items = [...form.chosen.values()].flatMap((found) => (typeof found === "string" ? [] : found))
  const begin = (): void => {
    setState("beginning")
    const run = async (): Promise<void> => {
      const id = await beginRound(polylogue, workspace, form, items)
      onBegun()
      navigateToRound(id)
    }
    run().catch(() => setState("failed"))
  }
  return {
    form,
    set: (change) => setForm((before) => ({ ...before, ...change })),
    setChosen: (change) => setForm((before) => ({ ...before, chosen: change(before.chosen) })),
    items,
    problem: problemOf(form, items.length, state),
    begin,
  }
}

function problemOf(form: RoundForm, count: number, state: "deciding" | "beginning" | "failed"): string {
  if (state === "beginning") return "Beginning."
  if (state === "failed") return "The round could not be made on this device. Nothing was changed: try again."
  if (form.name.trim() === "") return "Give the round a name."
  if (form.scale.some(({ name }) => name.trim() === "")) return "Give each grade a name."
  if (form.people.length === 0) return "Say who judges."
  if (form.guideline.length > MAX_GUIDELINE_LENGTH)
    return `The guideline is too long by ${counted(form.guideline.length - MAX_GUIDELINE_LENGTH, "character")}.`
  if ([...form.chosen.values()].includes("looking")) return "Looking through the conversations."
  return count === 0 ? "Choose conversations in which passages are kept with a message." : ""
}

/** Makes the round's document and its card, and gives its id. The document comes first: who sees the card finds what it is the card of. */
async function beginRound(
  polylogue: Polylogue,
  { index }: OpenWorkspace,
  { name, guideline, kind, scale, labels, people, perItem }: RoundForm,
  items: readonly NewRoundItem[],
): Promise<string> {
  const { now, randomBytes } = polylogue
  const roundId = mintRoundId(kind, now(), randomBytes)
  await withRound(polylogue, roundId, (round) => {
    round.begin({ name, guideline, scale, labels: labelsIn(labels), perItem, annotators: people })
    round.addItems(items)
  })
  roundCards(index).create({ id: roundId, name: name.trim() })
  return roundId
}

/** The labels in what somebody typed: between commas or on lines, each once. */
function labelsIn(text: string): readonly string[] {
  return [...new Set(text.split(/[,\n]/u).map((label) => label.trim()))].filter((label) => label !== "")
}
