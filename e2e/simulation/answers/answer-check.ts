import {
  type Ask,
  askedMessages,
  asksOf,
  ConversationView,
  findReply,
  generationIdOf,
  type MessagePart,
  supersededParts,
} from "@polylogue/conversation"
import type { DocumentId } from "@polylogue/protocol"
import * as Y from "yjs"
import { checkEnd } from "../final-check.ts"
import { sameBytes } from "../wire-watch.ts"
import type { AnswerFleet } from "./answer-fleet.ts"
import type { AskingDevice, OpenConversation } from "./asking-device.ts"
import type { ScriptRun } from "./scripted-answerer.ts"

/** What one holder has written of an answer. */
interface Attempt {
  readonly token: string
  readonly parts: readonly MessagePart[]
  readonly run: ScriptRun | undefined
  readonly text: string
}

/** An ask, and all that was written for it. */
interface Answer {
  readonly ask: Ask
  readonly name: string
  readonly attempts: readonly Attempt[]
  /** What people read of it, and the parts of that which nobody says to have ended. */
  readonly shown: string
  readonly open: readonly string[]
}

const WORD = /‹(.+?):\d+›/g

/** The asks that a device shows and that are neither answered nor stopped, in words. */
export function unanswered(fleet: AnswerFleet, device: AskingDevice): string[] {
  return [...device.open].flatMap(([documentId, open]) =>
    answersIn(fleet, open)
      .filter(({ ask, attempts }) => ask.stopped === null && !attempts.some((attempt) => endOf(attempt) !== undefined))
      .map(({ name }) => `${name} in ${documentId} is not answered`),
  )
}

/** After heal and quiet: what is promised of asks and answers at the end of a run (I8, I2, I12). */
export async function checkAnswers(fleet: AnswerFleet): Promise<void> {
  await checkEnd(fleet.base)
  const [first, ...others] = fleet.devices
  for (const [documentId, open] of first!.open) {
    for (const other of others) checkSame(fleet, documentId, open, other)
    for (const answer of answersIn(fleet, open)) checkAnswer(fleet, documentId, answer)
  }
}

/** I2: the same on every device. */
function checkSame({ world }: AnswerFleet, documentId: DocumentId, { document }: OpenConversation, other: AskingDevice): void {
  const ydoc = other.open.get(documentId)?.document.ydoc
  if (ydoc === undefined) world.complain("I2", `${other.name} has not opened ${documentId}`)
  else if (!sameBytes(Y.encodeStateAsUpdate(ydoc), Y.encodeStateAsUpdate(document.ydoc)))
    world.complain("I2", `${other.name} shows another ${documentId} than the others`)
}

function answersIn({ watch }: AnswerFleet, { document: { ydoc } }: OpenConversation): Answer[] {
  const view = new ConversationView(ydoc)
  const messages = [...view.getTree().nodes.keys()].flatMap((id) => view.getMessage(id) ?? [])
  const answers = [...askedMessages(ydoc)].flatMap((messageId) =>
    asksOf(ydoc, messageId).map((ask) => {
      const name = generationIdOf(ask)
      const replies = messages.filter(({ id, generationId }) => (ask.kind === "answer" ? generationId === name : id === ask.replyId))
      const parts = replies.flatMap((reply) => reply.parts.filter(({ fields }) => fields["slot"] === ask.slot))
      const reply = findReply(ask, view)
      const hidden = supersededParts(reply?.parts ?? [])
      const shown = reply?.parts.filter(({ pid, fields }) => fields["slot"] === ask.slot && !hidden.has(pid)) ?? []
      const open =
        reply?.parts.filter(({ state, fields }) => fields["slot"] === ask.slot && state === "streaming").map(({ pid }) => pid) ?? []
      return { ask, name, attempts: attemptsOf(parts, watch.runs), shown: textOf(shown), open }
    }),
  )
  view.destroy()
  return answers
}

/** The parts by the token that names them. */
function attemptsOf(parts: readonly MessagePart[], runs: ReadonlyMap<string, ScriptRun>): Attempt[] {
  const tokens = new Map<string, MessagePart[]>()
  for (const part of parts) {
    const token = part.pid.slice(0, part.pid.lastIndexOf("."))
    tokens.set(token, [...(tokens.get(token) ?? []), part])
  }
  return [...tokens].map(([token, own]) => {
    const text = textOf(own)
    const about = own.map(({ fields }) => fields["about"] as { readonly run?: string } | undefined).find((one) => one !== undefined)
    return { token, parts: own, text, run: runs.get(about?.run ?? /‹(.+?):\d+›/.exec(text)?.[1] ?? "") }
  })
}

function textOf(parts: readonly MessagePart[]): string {
  return parts.map((part) => part.text ?? "").join("")
}

/** How an attempt ended; undefined when its writer broke off. */
function endOf({ parts }: Attempt): string | undefined {
  const ends = ({ state, details }: MessagePart): boolean =>
    state === "failed" || state === "stopped" || (state === "done" && (details as { readonly ends?: unknown } | null)?.ends === true)
  return parts.find(ends)?.state
}

function checkAnswer(fleet: AnswerFleet, documentId: DocumentId, answer: Answer): void {
  const { world, counts } = fleet
  const { ask, name, attempts, shown, open } = answer
  const complain = (problem: string): void => world.complain("I8", `${name} in ${documentId}: ${problem}`)
  // Of a reply that no successor ever saw nobody can say so; another one is shown in its place.
  if (open.length > 0) complain(`${open.join(" and ")} are left as if somebody wrote them`)
  for (const attempt of attempts) checkAttempt(fleet, attempt, complain)
  const ended = attempts.filter((attempt) => endOf(attempt) !== undefined)
  const readers = new Set([...shown.matchAll(WORD)].map(([, run]) => run))
  if (readers.size > 1) complain(`people read the words of ${[...readers].join(" and ")}`)
  if (ended.length > 1) counts.count("two ends beside each other")
  if (ask.stopped !== null) {
    if (attempts.length === 0) counts.count("stopped before it began")
    else if (ended.some((attempt) => endOf(attempt) === "stopped")) counts.count("answer stopped in the middle")
    return
  }
  if (ended.length === 0) complain(`nobody has ended it, of ${attempts.length} that began`)
  else if (!ended.some(({ text }) => text === shown)) complain(`people read ${shown}, which is no whole answer`)
  if (ended.some((attempt) => endOf(attempt) === "stopped")) complain("it was stopped by nobody")
  counts.count("answer ended")
  if (ended.some(({ run }) => run?.fails === true)) counts.count("answer failed as its script says")
}

/** What one holder wrote is the beginning of what its script says, all of it where it ended; what broke off is kept. */
function checkAttempt({ counts }: AnswerFleet, attempt: Attempt, complain: (problem: string) => void): void {
  const { token, run, text } = attempt
  const words = run?.words.join("") ?? ""
  const end = endOf(attempt)
  if (!words.startsWith(text)) complain(`holder ${token} says ${text}, and its script ${words}`)
  if ((end === "done" || end === "failed") && text !== words) complain(`holder ${token} ended as ${end} with ${text} of ${words}`)
  if (end === "done" && run?.fails === true) complain(`holder ${token} is done where its script fails`)
  if (end === undefined && text !== "") counts.count("text of a broken-off answer kept")
}
