import { type OpenPrompt, type PromptLabels, usePromptDrafts, usePromptVersions } from "@polylogue/react"
import { cutText } from "../conversation-list/card-text.ts"
import { draftName } from "./draft-words.ts"

/** Most characters of a version's reason in the list of what can be published. */
const MAX_REASON_LENGTH = 60
/** What stands for the draft among ids of versions, which are hashes and never empty. */
const DRAFT = ""

interface PublishWhatProps {
  readonly held: OpenPrompt
  readonly draftId: string
  readonly numbers: PromptLabels["numbers"]
  /** The version that is chosen; `undefined`: what the draft says. */
  readonly value: string | undefined
  readonly onChange: (versionId: string | undefined) => void
}

/** What gets the label: what the draft says, or one of the versions, newest first. */
export function PublishWhat({ held, draftId, numbers, value, onChange }: PublishWhatProps) {
  const draft = usePromptDrafts(held).find(({ id }) => id === draftId)
  const versions = usePromptVersions(held)
  return (
    <label className="publish-field">
      <span>What gets it</span>
      <select
        className="field"
        value={value ?? DRAFT}
        onChange={(event) => onChange(event.target.value === DRAFT ? undefined : event.target.value)}
      >
        {draft !== undefined && <option value={DRAFT}>{`What the draft says (${draftName(draft)})`}</option>}
        {versions.map(({ id, message, author }) => (
          <option key={id} value={id}>
            {[
              numberWord(numbers.numberOf(id)),
              message === "" ? "no reason was given" : cutText(message, MAX_REASON_LENGTH),
              author.name || author.id,
            ].join(" \u00b7 ")}
          </option>
        ))}
      </select>
    </label>
  )
}

function numberWord(number: number | undefined): string {
  return number === undefined ? "Never published" : `v${number}`
}
