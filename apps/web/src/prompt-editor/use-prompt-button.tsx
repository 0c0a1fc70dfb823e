import { MAIN_DRAFT, type MessagePrompt, type Prompt, type RenderedMessage, savedDraft, standingVersion } from "@polylogue/conversation"
import { useLabels, usePolylogue, useWorkspace } from "@polylogue/react"
import { useId, useState } from "react"
import { offerName } from "../answers/offers.ts"
import { useWhoAnswers } from "../answers/use-who-answers.ts"
import { navigate } from "../frame/route.ts"
import { useToast } from "../frame/toast.tsx"
import { beginFromPrompt } from "./begin-from-prompt.ts"
import { useDraftScope } from "./draft-scope.ts"
import type { FilledValues } from "./fill-values.ts"

interface UsePromptButtonProps {
  readonly messages: readonly RenderedMessage[]
  /** What its variables were filled in with. */
  readonly values: FilledValues
  /** Something is still to be filled in. */
  readonly incomplete: boolean
}

/** Makes a conversation of the filled-in prompt and goes there. */
export function UsePromptButton({ messages, values, incomplete }: UsePromptButtonProps) {
  const { prompt, promptId, draftId, mayWrite } = useDraftScope()
  const { numbers } = useLabels(promptId)
  const polylogue = usePolylogue()
  const workspace = useWorkspace()
  const toast = useToast()
  const [busy, setBusy] = useState(false)
  const id = useId()
  const said = messages.filter(({ content }) => content !== "")
  const unsaved = !isVersion(prompt, draftId)
  // Where the last word is not a question there is nothing to answer.
  const who = useWhoAnswers(undefined, true)
  const asked = said.at(-1)?.role === "user" ? who.asked : undefined
  const hint = hintFor({ empty: said.length === 0, incomplete, unsaved, mayWrite, answers: asked && offerName(asked) })
  // What can still change would be no record: what the draft says is saved as a version first, unless it is one.
  const record = (): MessagePrompt => {
    const versionId = savedDraft(prompt, draftId, "Used in a conversation")
    const number = numbers.numberOf(versionId)
    const name = prompt.getMeta().name
    return {
      promptId,
      versionId,
      name,
      ...(number === undefined ? {} : { number }),
      ...(draftId === MAIN_DRAFT ? {} : { draft: draftId }),
    }
  }
  const use = async (): Promise<void> => {
    if (workspace.state !== "open") return
    setBusy(true)
    try {
      const made = record()
      const ask = asked === undefined ? undefined : { model: asked.id, prompt: made, values }
      navigate(await beginFromPrompt(polylogue, workspace, said, made, ask))
    } catch (error) {
      const tooLarge = (error as { readonly code?: unknown } | null)?.code === "too-large"
      const why = tooLarge ? "The prompt is too long for a version" : "This device stores nothing at the moment"
      toast({ text: `The conversation could not be made. ${why}; nothing was changed.` })
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="use-prompt">
      <button
        type="button"
        className="button button-primary"
        disabled={busy || said.length === 0 || incomplete || (unsaved && !mayWrite) || workspace.state !== "open"}
        aria-describedby={id}
        onClick={() => void use()}
      >
        Use in a conversation
      </button>
      <span id={id} className="prompt-field-hint">
        {hint}
      </span>
    </div>
  )
}

/** Whether a draft says just what the version does that it stands on. */
function isVersion(prompt: Prompt, draftId: string): boolean {
  try {
    return standingVersion(prompt, draftId) !== undefined
  } catch {
    // Too long for a version: then it is none.
    return false
  }
}

interface Situation {
  readonly empty: boolean
  readonly incomplete: boolean
  readonly unsaved: boolean
  readonly mayWrite: boolean
  /** Who is asked for an answer, if anybody. */
  readonly answers: string | undefined
}

function hintFor({ empty, incomplete, unsaved, mayWrite, answers }: Situation): string {
  if (empty) return "There is nothing in it to be sent yet."
  if (incomplete) return "Possible once everything is filled in."
  if (unsaved && !mayWrite) return "This draft is no version yet: somebody who may write has to save one first."
  const saved = unsaved ? " What is no version yet is saved as one." : ""
  const asked = answers === undefined ? "" : ` Asks for an answer: ${answers}.`
  return `Sends these messages in a new conversation; each names the version it came from.${saved}${asked}`
}
