import {
  conversationDocumentId,
  ConversationView,
  documentsOf,
  MAX_ITEM_CHUNKS,
  type MessageTree,
  type NewRoundItem,
  openSegments,
  type RetrievalRecord,
  retrievalsOf,
} from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import type { ReplicaDocument } from "@polylogue/replica"

/** What there is to judge in a conversation: one question for each search that was recorded in it, oldest first. Opens it and closes it again. */
export async function itemsOfConversation({ replica, workspace }: Polylogue, conversationId: string): Promise<readonly NewRoundItem[]> {
  const opened: ReplicaDocument[] = []
  const open = async (segment: number): Promise<ReplicaDocument> => {
    const document = await replica.open(conversationDocumentId(workspace, conversationId, segment))
    opened.push(document)
    return document
  }
  try {
    const view = new ConversationView(documentsOf(await openSegments(open)))
    try {
      return readItems(view, conversationId, opened)
    } finally {
      view.destroy()
    }
  } finally {
    await Promise.all(opened.map((document) => document.close()))
  }
}

function readItems(view: ConversationView, conversationId: string, documents: readonly ReplicaDocument[]): readonly NewRoundItem[] {
  const tree = view.getTree()
  const records = [...tree.nodes.keys()]
    .filter((id) => isShown(view, id))
    .flatMap((id) => documents.flatMap(({ ydoc }) => retrievalsOf(ydoc, id)))
  return records
    .toSorted((left, right) => left.clock - right.clock)
    .flatMap((record) => {
      const item = itemOf(view, tree, conversationId, record)
      return item === undefined ? [] : [item]
    })
}

/** The question of a search with what it found, and the answer that it served, where there is one. */
function itemOf(view: ConversationView, tree: MessageTree, conversationId: string, record: RetrievalRecord): NewRoundItem | undefined {
  const served = view.getMessage(record.messageId)
  if (served === undefined) return undefined
  const isAnswer = served.role === "assistant"
  const question = isAnswer && served.parentId !== null ? view.getMessage(served.parentId) : served
  const answerId = isAnswer ? served.id : answerTo(view, tree, served.id)
  const chunks = record.results.slice(0, MAX_ITEM_CHUNKS).map(({ hash: _hash, ...result }) => result)
  if (chunks.length === 0 && answerId === undefined) return undefined
  return {
    conversationId,
    messageId: (question ?? served).id,
    retrievalId: record.id,
    query: record.query.trim() === "" ? (question ?? served).text : record.query,
    chunks,
    ...(answerId === undefined ? {} : { answer: { messageId: answerId } }),
  }
}

/** The newest answer of a model to a message. */
function answerTo(view: ConversationView, tree: MessageTree, id: string): string | undefined {
  const turns = tree.turnsAfter(id)
  return turns
    .map((turn) => tree.newestOf(turn))
    .findLast((answer) => view.getMessage(answer)?.role === "assistant" && isShown(view, answer))
}

function isShown(view: ConversationView, id: string): boolean {
  const message = view.getMessage(id)
  return message !== undefined && message.deletedAt === null && !message.erased
}
