import {
  conversationDocumentId,
  ConversationView,
  documentsOf,
  eraseCard,
  eraseConversation,
  eraseDocument,
  eraseMessage,
  eraseMessageNotes,
  type Erasing,
  indexDocumentId,
  notesDocumentId,
  openSegments,
} from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import type { ReplicaDocument } from "@polylogue/replica"
import type { EraseSubject } from "./erase-subject.ts"

/** The documents that an erasure is about, open; whoever got them closes them. */
export interface ErasedDocuments {
  readonly segments: ReadonlyMap<number, ReplicaDocument>
  readonly index: ReplicaDocument
  /** What people noted about the messages, and the answers they suggested. */
  readonly notes: ReplicaDocument
}

/** Opens every segment of a conversation and the index, from this device. */
export async function openErased({ replica, workspace }: Polylogue, conversationId: string): Promise<ErasedDocuments> {
  const opened: ReplicaDocument[] = []
  const open = async (documentId: string): Promise<ReplicaDocument> => {
    const document = await replica.open(documentId)
    opened.push(document)
    return document
  }
  try {
    const segments = await openSegments((segment) => open(conversationDocumentId(workspace, conversationId, segment)))
    const index = await open(indexDocumentId(workspace))
    return { segments, index, notes: await open(notesDocumentId(workspace, { conversationId })) }
  } catch (error) {
    await Promise.all(opened.map((document) => document.close()))
    throw error
  }
}

/** Gives the documents back. */
export async function closeErased({ segments, index, notes }: ErasedDocuments): Promise<void> {
  await Promise.all([...segments.values(), index, notes].map((document) => document.close()))
}

/**
 * Erases `subject` from every segment it stands in, then what its notes and the index quote of it. Resolves once all of it is durable on this device; `done` is called
 * after each document with how many of them are through.
 *
 * What has been erased when it rejects stays so; asking again goes on with the rest.
 * @throws ReplicaError as `ReplicaDocument.erase`. ConversationError `unknown-message` for a message that is not on this device.
 */
export async function eraseWords(
  { segments, index, notes }: ErasedDocuments,
  subject: EraseSubject,
  done: (count: number, total: number) => void,
): Promise<void> {
  const steps = [...stepsIn(segments, subject), ...stepsInNotes(notes, subject), ...stepsInIndex(index, subject)]
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

function stepsInIndex(index: ReplicaDocument, { kind, conversationId }: EraseSubject): readonly Step[] {
  if (kind === "attachment") return []
  return [{ document: index, erasing: () => eraseCard(index.ydoc, conversationId, kind === "conversation" ? "all" : "quotes") }]
}

async function carryOut({ document, erasing }: Step): Promise<void> {
  const { ranges, blobs, after } = erasing()
  // An empty segment has nothing to erase; what is written in its place is written all the same.
  if (ranges.length === 0 && blobs.length === 0) after()
  else await document.erase({ ranges, blobs, after })
}
