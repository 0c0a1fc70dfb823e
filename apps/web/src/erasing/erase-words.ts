import {
  conversationDocumentId,
  ConversationView,
  documentsOf,
  eraseCard,
  eraseConversation,
  eraseDocument,
  eraseMessage,
  eraseMessageNotes,
  eraseRoundItems,
  eraseSource,
  type Erasing,
  indexDocumentId,
  notesDocumentId,
  openSegments,
  roundDocumentId,
  roundIdsIn,
  sourceDocumentId,
} from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import type { ReplicaDocument } from "@polylogue/replica"
import type { EraseSubject } from "./erase-subject.ts"

/** Milliseconds that a relay in reach has to send what it has of notes and rounds; what comes later is not erased with the rest. */
const ARRIVAL_MS = 5_000

/** What an erasure is in. */
export type ErasedPlace =
  | {
      readonly conversationId: string
      /** Whether the rounds of the workspace are wanted too, which quote messages. */
      readonly rounds: boolean
    }
  | { readonly sourceId: string }

/** The documents that an erasure is about, open; whoever got them closes them. */
export interface ErasedDocuments {
  /** The segments of a conversation, or as the only one the document of a source. */
  readonly segments: ReadonlyMap<number, ReplicaDocument>
  readonly index: ReplicaDocument
  /** What people noted about the messages, and the answers they suggested; or what they noted about the source. */
  readonly notes: ReplicaDocument
  /** The rounds of judging on the list of the workspace, which have questions in their own words; none unless they were asked for. */
  readonly rounds: readonly ReplicaDocument[]
}

/** Opens everything that an erasure goes through, from this device. */
export async function openErased({ replica, workspace }: Polylogue, place: ErasedPlace): Promise<ErasedDocuments> {
  const opened: ReplicaDocument[] = []
  const open = async (documentId: string): Promise<ReplicaDocument> => {
    const document = await replica.open(documentId)
    opened.push(document)
    return document
  }
  try {
    const segments =
      "sourceId" in place
        ? new Map([[0, await open(sourceDocumentId(workspace, place.sourceId))]])
        : await openSegments((segment) => open(conversationDocumentId(workspace, place.conversationId, segment)))
    const index = await open(indexDocumentId(workspace))
    const notes = await open(notesDocumentId(workspace, place))
    const rounds: ReplicaDocument[] = []
    const roundIds = "sourceId" in place || !place.rounds ? [] : roundIdsIn(index.ydoc)
    // One after the other: of those that were opened before one cannot be, each is given back.
    for (const id of roundIds) rounds.push(await open(roundDocumentId(workspace, id)))
    return { segments, index, notes, rounds }
  } catch (error) {
    await Promise.all(opened.map((document) => document.close()))
    throw error
  }
}

/** Gives the documents back. */
export async function closeErased({ segments, index, notes, rounds }: ErasedDocuments): Promise<void> {
  await Promise.all([...segments.values(), index, notes, ...rounds].map((document) => document.close()))
}

/**
 * Erases `subject` from every segment it stands in, then what its notes, the index and rounds of judging quote of it. Resolves once all of it is durable on this device; `done` is called
 * after each document with how many of them are through.
 *
 * What has been erased when it rejects stays so; asking again goes on with the rest.
 * @throws ReplicaError as `ReplicaDocument.erase`. ConversationError `unknown-message` for a message that is not on this device.
 */
export async function eraseWords(
  { replica }: Polylogue,
  { segments, index, notes, rounds }: ErasedDocuments,
  subject: EraseSubject,
  done: (count: number, total: number) => void,
): Promise<void> {
  if (subject.kind !== "attachment") await Promise.all([notes, ...rounds].map((document) => arrival(replica, document)))
  const steps = [
    ...stepsIn(segments, subject),
    ...stepsInNotes(notes, subject),
    ...stepsInIndex(index, subject),
    ...stepsInRounds(rounds, subject),
  ]
  let count = 0
  for (const step of steps) {
    done(count++, steps.length)
    await carryOut(step)
  }
  done(count, steps.length)
}

interface Step {
  readonly document: ReplicaDocument
  /** Made when it is its turn: an erasure of another document may have replaced this one's Y.Doc. */
  readonly erasing: () => Erasing
}

function stepsIn(segments: ErasedDocuments["segments"], subject: EraseSubject): readonly Step[] {
  if (subject.kind === "source") {
    return [...segments.values()].map((document) => ({ document, erasing: () => eraseSource(document.ydoc) }))
  }
  if (subject.kind === "conversation") {
    return [...segments.values()].map((document) => ({ document, erasing: () => eraseConversation(document.ydoc) }))
  }
  const view = new ConversationView(documentsOf(segments))
  const holders = view.segmentsOf(subject.messageId).flatMap((segment) => segments.get(segment) ?? [])
  view.destroy()
  if (subject.kind === "message") {
    // Without a holder the call says, with its code, that the message is not here.
    const [first] = segments.values()
    const known = holders.length > 0 || first === undefined ? holders : [first]
    return known.map((document) => ({ document, erasing: () => eraseMessage(document.ydoc, subject.messageId) }))
  }
  return holders.map((document) => ({ document, erasing: () => ({ ranges: [], blobs: [subject.sha256], after: () => undefined }) }))
}

function stepsInNotes(notes: ReplicaDocument, subject: EraseSubject): readonly Step[] {
  if (subject.kind === "attachment") return []
  // Most conversations have no notes, and a step is a commit.
  if (notes.ydoc.share.size === 0) return []
  const erasing = (): Erasing => (subject.kind === "message" ? eraseMessageNotes(notes.ydoc, subject.messageId) : eraseDocument(notes.ydoc))
  return [{ document: notes, erasing }]
}

function stepsInIndex(index: ReplicaDocument, subject: EraseSubject): readonly Step[] {
  switch (subject.kind) {
    case "attachment":
      return []
    case "source":
      return [{ document: index, erasing: () => eraseCard(index.ydoc, subject.sourceId, "all", "sources") }]
    default: {
      const what = subject.kind === "conversation" ? "all" : "quotes"
      return [{ document: index, erasing: () => eraseCard(index.ydoc, subject.conversationId, what) }]
    }
  }
}

function stepsInRounds(rounds: readonly ReplicaDocument[], subject: EraseSubject): readonly Step[] {
  if (subject.kind !== "message" && subject.kind !== "conversation") return []
  const { conversationId } = subject
  const words = subject.kind === "message" ? { conversationId, messageId: subject.messageId } : { conversationId }
  const steps = rounds.map((document) => ({ document, erasing: () => eraseRoundItems(document.ydoc, words) }))
  return steps.filter(({ erasing }) => erasing().ranges.length > 0)
}

/** Resolves once all that a relay has of `document` is here: at once when none is in reach, and after {@link ARRIVAL_MS} at the latest. */
function arrival(replica: Polylogue["replica"], document: ReplicaDocument): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ARRIVAL_MS)
    const stops = [document.subscribe(look), replica.subscribe(look)]
    look()
    function look(): void {
      const { synced, rejected } = document.status
      if (synced || rejected !== undefined || replica.status.connection !== "online") end()
    }
    function end(): void {
      clearTimeout(timer)
      for (const stop of stops) stop()
      resolve()
    }
  })
}

async function carryOut({ document, erasing }: Step): Promise<void> {
  const { ranges, blobs, after } = erasing()
  // An empty segment has nothing to erase; what is written in its place is written all the same.
  if (ranges.length === 0 && blobs.length === 0) after()
  else await document.erase({ ranges, blobs, after })
}
