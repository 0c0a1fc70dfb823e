import { usePolylogue, useReplicaStatus } from "@polylogue/react"
import { type FormEvent, type ReactNode, useState } from "react"
import { cutText } from "../conversation-list/card-text.ts"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import type { EraseSubject } from "./erase-subject.ts"
import { type ErasedDocuments, type ErasedPlace, eraseWords } from "./erase-words.ts"
import { ErasureState } from "./erasure-state.tsx"
import { useErasedDocuments, useErasures } from "./use-erasures.ts"
import "./erasing.css"

/** What is to be typed before anything is erased. */
const CONFIRMATION = "erase"
const MAX_EXCERPT_LENGTH = 240

interface EraseDialogProps {
  readonly subject: EraseSubject
  readonly onClose: () => void
}

type Phase =
  | { readonly name: "asking" }
  | { readonly name: "erasing"; readonly done: number; readonly total: number }
  | { readonly name: "erased" }
  | { readonly name: "failed"; readonly why: string }

/** Erases for good: says what goes and what does not, wants a word typed, and tells who has carried it out. */
export function EraseDialog({ subject, onClose }: EraseDialogProps) {
  const polylogue = usePolylogue()
  const documents = useErasedDocuments(placeOf(subject))
  const [phase, setPhase] = useState<Phase>({ name: "asking" })
  const sum = useErasures(phase.name === "asking" ? undefined : documents)
  const label = TITLES[subject.kind]
  const erase = async (opened: ErasedDocuments): Promise<void> => {
    try {
      await eraseWords(polylogue, opened, subject, (done, total) => setPhase({ name: "erasing", done, total }))
      setPhase({ name: "erased" })
    } catch (error) {
      setPhase({ name: "failed", why: whyNot(error) })
    }
  }
  return (
    <Dialog label={label} onClose={onClose}>
      <header className="panel-head">
        <h2>{label}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="erase-body">
        {phase.name === "asking" && documents !== undefined && (
          <Question subject={subject} documents={documents} onErase={() => void erase(documents)} onClose={onClose} />
        )}
        {phase.name === "erasing" && (
          <>
            <p role="status">Erasing.</p>
            <progress aria-label="Erased" max={phase.total} value={phase.done} />
          </>
        )}
        {phase.name === "failed" && <p role="alert">{phase.why}</p>}
        {phase.name === "erased" && (
          <p role="status">
            Erased. Relays and other devices follow; you find this again{" "}
            {subject.kind === "source" ? "where the source was." : "in the details of the conversation (S)."}
          </p>
        )}
        {phase.name !== "asking" && sum !== undefined && <ErasureState sum={sum} />}
        {(phase.name === "erased" || phase.name === "failed") && (
          <div className="erase-foot">
            <button type="button" className="button button-primary" onClick={onClose}>
              Done
            </button>
          </div>
        )}
      </div>
    </Dialog>
  )
}

const TITLES: Readonly<Record<EraseSubject["kind"], string>> = {
  message: "Erase this message for good",
  conversation: "Erase this conversation for good",
  attachment: "Erase this attachment for good",
  source: "Erase this source for good",
}

function placeOf(subject: EraseSubject): ErasedPlace {
  if (subject.kind === "source") return { sourceId: subject.sourceId }
  return { conversationId: subject.conversationId, rounds: subject.kind !== "attachment" }
}

interface QuestionProps {
  readonly subject: EraseSubject
  readonly documents: ErasedDocuments
  readonly onErase: () => void
  readonly onClose: () => void
}

function Question({ subject, documents, onErase, onClose }: QuestionProps) {
  const { connection } = useReplicaStatus()
  const [typed, setTyped] = useState("")
  const all = [...documents.segments.values()]
  if (all.some(({ status }) => status.mayErase === false)) {
    return (
      <>
        <p>The relay does not let you erase here. Someone with the role owner can; you can delete, which hides and can be undone.</p>
        <div className="erase-foot">
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
        </div>
      </>
    )
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (typed.trim().toLowerCase() === CONFIRMATION) onErase()
  }
  return (
    <form className="erase-confirm" onSubmit={submit}>
      <Excerpt subject={subject} />
      <div>
        <h3>What goes</h3>
        <ul>{WHAT_GOES[subject.kind](all.length)}</ul>
      </div>
      <div>
        <h3>What stays</h3>
        <ul>
          {WHAT_STAYS[subject.kind]}
          {documents.rounds.length > 0 && <li>What people judged in rounds: grades, labels and their notes</li>}
          <li>Backups and exports made before, and copies and quotes elsewhere</li>
          <li>Copies on devices that are away, until they next connect</li>
        </ul>
      </div>
      {connection !== "online" && (
        <p className="erase-note">
          No relay is in reach. It goes from this device at once, and from relays and other devices when they are back. If the relay does
          not let you erase, the words come back.
        </p>
      )}
      <label className="erase-confirm">
        <span>
          It cannot be undone. Type <strong>{CONFIRMATION}</strong> to go on.
        </span>
        <input
          className="field"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </label>
      <div className="erase-foot">
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
        <button type="submit" className="button button-danger" disabled={typed.trim().toLowerCase() !== CONFIRMATION}>
          <Icon name="erase" /> Erase for good
        </button>
      </div>
    </form>
  )
}

const WHAT_GOES: Readonly<Record<EraseSubject["kind"], (documents: number) => ReactNode>> = {
  message: () => (
    <>
      <li>Its words, its author and its attachments, here, at every relay and on every device</li>
      <li>What the list, notes and rounds of judging quote of it</li>
      <li>Ratings of it and answers suggested in its place</li>
      <li>Not its other versions: erase them as well if they say the same</li>
    </>
  ),
  conversation: (documents) => (
    <>
      <li>
        All its messages, branches, deleted ones and attachments{documents > 1 ? ` (${counted(documents, "part")})` : ""}, here, at every
        relay and on every device
      </li>
      <li>Its title, its tags and what the list and rounds of judging quote of it</li>
      <li>Notes on it, ratings, and answers that were suggested</li>
    </>
  ),
  attachment: () => (
    <>
      <li>The file itself, here, at every relay and on every device, in every message that has it</li>
      <li>Not its name, which is part of the message</li>
    </>
  ),
  source: () => (
    <>
      <li>Its text and its passages, those from before edits too, here, at every relay and on every device</li>
      <li>The file that it was made of, also where it is attached to a message</li>
      <li>Its title, its tags, and all notes on it</li>
    </>
  ),
}

const IT_WAS: ReactNode = <li>That there was something, when, and in answer to what</li>

const WHAT_STAYS: Readonly<Record<EraseSubject["kind"], ReactNode>> = {
  message: (
    <>
      {IT_WAS}
      <li>What people said in notes on it, without its words</li>
    </>
  ),
  conversation: IT_WAS,
  attachment: null,
  source: (
    <>
      <li>What answers quote of it in their citations: erase those messages as well</li>
      <li>That there was a source: the same file is not added again</li>
    </>
  ),
}

function Excerpt({ subject }: { readonly subject: EraseSubject }) {
  const words = "title" in subject ? subject.title : subject.kind === "attachment" ? subject.name : subject.excerpt
  return (
    <p className="erase-excerpt" dir="auto">
      {cutText(words, MAX_EXCERPT_LENGTH)}
    </p>
  )
}

function whyNot(error: unknown): string {
  switch ((error as { readonly code?: unknown } | null)?.code) {
    case "forbidden":
      return "The relay does not let you erase all of this. What is not marked below is still there; someone with the role owner can."
    case "unknown-message":
      return "The message is not on this device, or has not arrived yet. Nothing was erased."
    case "storage":
      return "This device could not write the erasure down. What is not marked below is still there; try again."
    default:
      return "The erasure stopped. What is not marked below is still there; try again."
  }
}
