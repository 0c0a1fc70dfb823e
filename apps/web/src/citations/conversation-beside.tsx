import { Suspense, useState } from "react"
import { createPortal } from "react-dom"
import type { ConversationScope } from "../conversation/conversation-scope.ts"
import { ChosenBar } from "../conversation/chosen-bar.tsx"
import { lazyPart } from "../frame/lazy-part.tsx"
import { MarginPanel } from "../frame/margin-panel.tsx"
import { useOneMargin } from "../frame/one-margin.ts"
import { useCommands } from "../palette/commands.ts"
import { besideOf, type BesidePanel, useBeside } from "./beside.ts"
import { turnWords } from "./turn-words.ts"

const AnswersPanel = lazyPart(() => import("../better-answers/answers-panel.tsx").then((module) => ({ default: module.AnswersPanel })))
const CitationPanel = lazyPart(() => import("./citation-panel.tsx").then((module) => ({ default: module.CitationPanel })))
const NoteKeeper = lazyPart(() => import("../notes/note-keeper.tsx").then((module) => ({ default: module.NoteKeeper })))
const NotesPanel = lazyPart(() => import("../notes/notes-panel.tsx").then((module) => ({ default: module.NotesPanel })))
const LookUpPanel = lazyPart(() => import("./look-up-panel.tsx").then((module) => ({ default: module.LookUpPanel })))
const RetrievalPanel = lazyPart(() => import("./retrieval-panel.tsx").then((module) => ({ default: module.RetrievalPanel })))

interface ConversationBesideProps {
  readonly scope: ConversationScope
  readonly mayWrite: boolean
}

/** What is done with chosen words, and the margin of a conversation: sources, notes, other answers. Nothing of it is loaded before it is asked for. */
export default function ConversationBeside({ scope, mayWrite }: ConversationBesideProps) {
  const { conversation } = scope.held
  const { panel } = useBeside(conversation)
  const lookUp = (): void => {
    const messageId = messageAtFocus() ?? conversation.getLine(new Set()).at(-1)?.id
    besideOf(conversation).show({ kind: "look-up", messageId, words: messageId === undefined ? "" : turnWords(conversation, messageId) })
  }
  useCommands([
    {
      id: "look-up",
      name: "Look up in sources",
      icon: "search",
      group: "This conversation",
      keys: "l",
      words: "retrieve passages evidence find documents",
      run: lookUp,
    },
    {
      id: "notes",
      name: "Notes on this conversation",
      icon: "comment",
      group: "This conversation",
      keys: "m",
      words: "annotations remarks margin",
      run: () => besideOf(conversation).show({ kind: "notes" }),
    },
  ])
  return (
    <>
      {mayWrite && <ChosenBar scope={scope} />}
      <Suspense>
        <NoteKeeper held={scope.held} />
      </Suspense>
      {panel !== undefined && <BesideMargin key={kindOf(panel)} {...{ scope, mayWrite, panel }} />}
    </>
  )
}

/** The message in which the focus is. */
function messageAtFocus(): string | undefined {
  return document.activeElement?.closest("[data-message-id]")?.getAttribute("data-message-id") ?? undefined
}

const TITLES: Readonly<Record<BesidePanel["kind"], string>> = {
  citation: "Source",
  "look-up": "Look up in sources",
  retrieval: "Looked up",
  notes: "Notes",
  answers: "Better answers",
}

/** Panels of one kind are one margin: going on to another citation does not open it anew. */
function kindOf({ kind }: BesidePanel): string {
  return kind
}

/** What has the focus, and the message in which it stands. */
function focusedNow(): readonly HTMLElement[] {
  const focused = document.activeElement
  return [focused, focused?.closest("[data-message-id]")].filter((element) => element instanceof HTMLElement)
}

function BesideMargin({ scope, mayWrite, panel }: ConversationBesideProps & { readonly panel: BesidePanel }) {
  const [from] = useState(focusedNow)
  const close = (): void => {
    const isWithin = document.activeElement?.closest(".margin") != null
    besideOf(scope.held.conversation).close()
    // Who was in the margin is where they came from again: at what they pressed, or if that is gone at its message.
    if (isWithin) from.find((element) => element.isConnected)?.focus()
  }
  useOneMargin(close)
  return createPortal(
    <MarginPanel title={TITLES[panel.kind]} quiet={panel.kind === "look-up" || panel.kind === "notes"} onClose={close}>
      <Suspense>
        {panel.kind === "answers" && <AnswersPanel {...{ scope, mayWrite }} messageId={panel.messageId} />}
        {panel.kind === "citation" && <CitationPanel {...{ scope, mayWrite, panel }} />}
        {panel.kind === "look-up" && <LookUpPanel {...{ scope, mayWrite, panel }} />}
        {panel.kind === "notes" && <NotesPanel {...{ scope, mayWrite }} />}
        {panel.kind === "retrieval" && <RetrievalPanel {...{ scope, panel }} />}
      </Suspense>
    </MarginPanel>,
    document.querySelector(".frame") ?? document.body,
  )
}
