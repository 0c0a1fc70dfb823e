import { labelProblem, MAX_PROMPT_NAME_LENGTH, MAX_VERSION_MESSAGE_LENGTH, PRODUCTION_LABEL } from "@polylogue/conversation"
import { type OpenPrompt, type Publishing, useLabels, usePromptContent, usePromptMeta } from "@polylogue/react"
import { useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { ContentDiff } from "../prompt-review/content-diff.tsx"
import { LabelChoice } from "./label-choice.tsx"
import { publishPlan, type PublishPlan } from "./publish-plan.ts"
import { PublishWhat } from "./publish-what.tsx"
import { asOfWords, type NewsTime, savingProblem, versionWord } from "./publish-words.ts"
import { useNewsTime } from "./use-news-time.ts"
import "./publish-dialog.css"

interface PublishDialogProps {
  readonly held: OpenPrompt
  readonly draftId: string
  /** A version to be published instead of the draft. */
  readonly versionId: string | undefined
  readonly publishing: Publishing
  /** The label that is chosen at first. Default `production`. */
  readonly label?: string | undefined
  /** Whether one also chooses here which version it is. */
  readonly choosing?: boolean
  /** Gives the prompt its name, without which nobody could ask for it. */
  readonly onName: (name: string) => void
  readonly onClose: () => void
}

/** Publishing: under which label, why, and what changes for everybody who asks for that label. */
export function PublishDialog(props: PublishDialogProps) {
  const { held, draftId, choosing = false, onClose } = props
  const { known, time, name, form, set, plan, problem, isLabel, isReady, publish } = usePublishForm(props)
  return (
    <Dialog label="Publish" onClose={onClose} className="publish-dialog">
      <header className="panel-head">
        <h2>Publish</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="publish-body">
        {name.trim() === "" && (
          <label className="publish-field">
            <span>Name, by which others ask for it</span>
            <input
              className="field"
              dir="auto"
              maxLength={MAX_PROMPT_NAME_LENGTH}
              value={form.name}
              onChange={(event) => set({ name: event.target.value })}
            />
          </label>
        )}
        {choosing && (
          <PublishWhat {...{ held, draftId }} numbers={known.numbers} value={form.versionId} onChange={(versionId) => set({ versionId })} />
        )}
        <LabelChoice labels={known.labels} time={time} value={form.label} onChange={(label) => set({ label })} number={plan.number} />
        {plan.kind !== "same" && plan.kind !== "nothing" && (
          <label className="publish-field">
            <span>Why, for the history</span>
            <input
              className="field"
              dir="auto"
              maxLength={MAX_VERSION_MESSAGE_LENGTH}
              value={form.message}
              onChange={(event) => set({ message: event.target.value })}
            />
          </label>
        )}
        {isLabel && form.label !== null && <Changes plan={plan} label={form.label} asOf={asOf(known.labels, form.label, time)} />}
      </div>
      <footer className="publish-foot">
        <p className="quiet" role="status">
          {problem === "" ? outlook(plan, form.label, time) : problem}
        </p>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button button-primary" disabled={!isReady} onClick={publish}>
          Publish
        </button>
      </footer>
    </Dialog>
  )
}

/** What is being decided: the label, `null` for a number only; why; the prompt's first name; the version, `undefined` for the draft. */
interface PublishForm {
  readonly label: string | null
  readonly message: string
  readonly name: string
  readonly versionId: string | undefined
}

function usePublishForm({ held, draftId, versionId, publishing, label = PRODUCTION_LABEL, onName, onClose }: PublishDialogProps) {
  const { prompt, promptId } = held
  const known = useLabels(promptId)
  const { name } = usePromptMeta(held)
  // Renders again with each edit, also of others: what is shown is what is published.
  usePromptContent(held, draftId)
  const time = useNewsTime()
  const [form, setForm] = useState<PublishForm>({ label, message: "", name: "", versionId })
  const [problem, setProblem] = useState("")
  const plan = publishPlan(prompt, known, { draftId, versionId: form.versionId }, form.label)
  const isNamed = name.trim() !== "" || form.name.trim() !== ""
  const isLabel = form.label === null || labelProblem(form.label) === undefined
  const publish = (): void => {
    try {
      if (name.trim() === "") onName(form.name.trim())
      carryOut(publishing, plan, { label: form.label, message: form.message.trim(), draftId })
      onClose()
    } catch (error) {
      setProblem(savingProblem(error))
    }
  }
  return {
    known,
    time,
    name,
    form,
    set: (change: Partial<PublishForm>) => setForm((before) => ({ ...before, ...change })),
    plan,
    problem,
    isLabel,
    isReady: publishing.state === "ready" && isNamed && isLabel && plan.kind !== "nothing",
    publish,
  }
}

interface Wanted {
  readonly label: string | null
  readonly message: string
  readonly draftId: string
}

function carryOut(publishing: Publishing, { kind, versionId, base }: PublishPlan, { label, message, draftId }: Wanted): void {
  if (kind === "same" && versionId !== undefined) publishing.publishVersion(label, versionId, base)
  else if (kind === "again" && versionId !== undefined && label !== null) publishing.goBack(label, { to: versionId, message, base })
  else publishing.publish(label, { draftId, message, base })
}

/** What changes for everybody who asks for the label. */
function Changes({ plan, label, asOf }: { readonly plan: PublishPlan; readonly label: string; readonly asOf: string }) {
  const { before, beforeId, beforeNumber, content } = plan
  const what = `${versionWord(beforeNumber)}${asOf === "" ? "" : `, ${asOf}`}`
  return (
    <section className="publish-changes">
      <h3>What changes</h3>
      {beforeId === null && <p className="quiet">Nobody gets anything as {label} yet, as far as this device has heard.</p>}
      {beforeId !== null && before === undefined && (
        <p className="quiet">{`What ${label} is now (${what}) is not on this device yet, so the difference cannot be shown.`}</p>
      )}
      {before !== undefined && (
        <>
          <p className="quiet">{`Against what ${label} is now: ${what}.`}</p>
          <ContentDiff from={before} to={content} label={`${label} now and what is published`} same="Not a word differs." />
        </>
      )}
    </section>
  )
}

function asOf(labels: readonly { readonly label: string; readonly asOf: number }[], label: string, time: NewsTime): string {
  const known = labels.find((one) => one.label === label)
  return known === undefined ? "" : asOfWords(known, time)
}

/** What will happen, and when. */
function outlook({ kind, number, beforeNumber, beforeId }: PublishPlan, label: string | null, { status }: NewsTime): string {
  if (kind === "nothing") return label === null ? `It has a number already: ${versionWord(number)}.` : `It is ${label} already.`
  if (status.connection !== "online") {
    const from = beforeId === null ? "" : `; based on ${versionWord(beforeNumber)}`
    return `No relay is in reach. It will be published when one is${from}.`
  }
  if (kind === "same" && label === null) return `It gets a number: ${versionWord(number)}, unless somebody publishes first.`
  if (kind === "same") return `${versionWord(number)} gets the label, with the number it has.`.replace(/^a /u, "A ")
  const again = kind === "again" ? "Its words become a new version" : "It becomes a new version"
  return `${again}: ${versionWord(number)}, unless somebody publishes first.`
}
