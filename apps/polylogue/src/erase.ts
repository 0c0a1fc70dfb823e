import {
  type CardMap,
  conversationDocumentId,
  type DocumentName,
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
  parseDocumentId,
  roundDocumentId,
  roundIdsIn,
} from "@polylogue/conversation"
import type { ReplicaDocument } from "@polylogue/replica"
import { CommandError, EXIT_CODES } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { closeAll, Workspace } from "./workspace.ts"

/** What is erased. */
interface Target {
  /** Of a conversation its first segment's. */
  readonly documentId: string
  /** One message of it, or all of it. */
  readonly message: string | undefined
  /** Set for a conversation, which stands in several documents. */
  readonly conversation: { readonly workspace: string; readonly id: string } | undefined
  /** Set for what is quoted by its card in the workspace's index. */
  readonly card: { readonly workspace: string; readonly id: string; readonly of: CardMap } | undefined
}

/** What one relay said. */
type Answer =
  | { readonly state: "nothing" }
  /** With the names of relays that are linked with it and have not carried it out. */
  | { readonly state: "confirmed"; readonly elsewhere: readonly string[] }
  | { readonly state: "missing"; readonly error: CommandError }

/**
 * `polylogue erase`: erases a document's content, a conversation in all its segments, or one message of it, and what its notes, the index and rounds of judging quote of it. Goes to each relay in turn, and says of
 * each whether it has carried it out: then the words are in no file of it; and which of those that are linked with it have not. Devices obey when they next sync. Exit code 1 when one of several is missing.
 * @throws CommandError `failure` when the only one is; `usage` without `--yes`, and for a document or message that is nowhere.
 */
export async function erase(call: Call): Promise<number> {
  const target = targetOf(call)
  const what = target.message === undefined ? `everything in ${target.documentId}` : `message ${target.message} of ${target.documentId}`
  if (!call.on("yes")) {
    throw new CommandError(
      "usage",
      `This erases ${what} for good, for everybody; nothing brings it back. Say --yes to do it. Nothing was changed.`,
    )
  }
  const addresses = call.list("relay")
  const answers: Answer[] = []
  for (const address of addresses.length === 0 ? [undefined] : addresses) {
    const name = address ?? call.flag("data")!
    const answer = await eraseAt(call, address, target, (line) => console.error(`polylogue: ${name}: ${line}`))
    if (answer.state === "missing" && addresses.length <= 1) throw answer.error
    answers.push(answer)
    if (answer.state === "missing") console.error(`missing    ${name}: ${answer.error.message}`)
    else console.log(answer.state === "confirmed" ? `confirmed  ${name}` : `nothing    ${name}: there is nothing of it`)
    for (const relay of elsewhereOf(answer))
      console.error(`missing    ${relay}: it is linked with ${name}, and has not said that it is done`)
  }
  const rest = restWords(answers)
  if (rest !== "") {
    console.error(`polylogue: Not every relay has erased ${what}.${rest}`)
    return EXIT_CODES.failure
  }
  if (answers.every(({ state }) => state === "nothing")) throw new CommandError("usage", `There is nothing to erase: ${what} is nowhere.`)
  console.log(`erased     ${what}; devices follow when they next sync. Backups, exports and copies made elsewhere are not reached.`)
  return 0
}

/** What becomes of those that are missing; "" when none is. */
function restWords(answers: readonly Answer[]): string {
  const silent = answers.some(({ state }) => state === "missing")
  const linked = answers.some((answer) => elsewhereOf(answer).length > 0)
  return [
    ...(linked ? [" Those that are linked carry it out when they are linked again: nothing has to be called for them."] : []),
    ...(silent ? [" Call this again for those that did not answer, unless they are linked with one that has confirmed."] : []),
  ].join("")
}

function elsewhereOf(answer: Answer): readonly string[] {
  return answer.state === "confirmed" ? answer.elsewhere : []
}

function targetOf(call: Call): Target {
  const [documentId, second] = call.list("document")
  if (documentId === undefined || second !== undefined) throw new CommandError("usage", "Name one document with --document.")
  const message = call.flag("message")
  const name = documentId.includes("/") ? parseDocumentId(documentId) : undefined
  if (name?.kind !== "conversation") {
    if (message !== undefined) throw new CommandError("usage", `${documentId} is no conversation: only a conversation has messages.`)
    return { documentId, message, conversation: undefined, card: name && cardOf(name) }
  }
  const { workspace, conversationId: id } = name
  const card = { workspace, id, of: "cards" } as const
  return { documentId: conversationDocumentId(workspace, id), message, conversation: { workspace, id }, card }
}

/** The document of what people noted about a conversation's messages, or a source. */
function notesOf({ workspace, id, of }: NonNullable<Target["card"]>): string | undefined {
  if (of === "cards") return notesDocumentId(workspace, { conversationId: id })
  return of === "sources" ? notesDocumentId(workspace, { sourceId: id }) : undefined
}

function cardOf(name: DocumentName): Target["card"] {
  if (name.kind === "prompt") return { workspace: name.workspace, id: name.promptId, of: "prompts" }
  return name.kind === "source" ? { workspace: name.workspace, id: name.sourceId, of: "sources" } : undefined
}

async function eraseAt(call: Call, address: string | undefined, target: Target, tell: (line: string) => void): Promise<Answer> {
  let workspace: Workspace | undefined
  const opened: ReplicaDocument[] = []
  try {
    workspace = await Workspace.open(call, address)
    const documents = await openTarget(workspace, target, opened)
    let done = false
    // One after the other: what has been erased when a relay goes away stays so, and the next call goes on with the rest.
    for (const document of documents) if (await eraseIn(workspace, document, contentOf(document, target), tell)) done = true
    const { card, message, conversation } = target
    let rounds: readonly string[] = []
    if (card !== undefined) {
      const index = await workspace.openWhole(indexDocumentId(card.workspace))
      opened.push(index)
      const erasing = eraseCard(index.ydoc, card.id, message === undefined ? "all" : "quotes", card.of)
      if (await eraseIn(workspace, index, erasing, tell)) done = true
      if (conversation !== undefined) rounds = roundIdsIn(index.ydoc).map((id) => roundDocumentId(card.workspace, id))
    }
    const notesId = card && notesOf(card)
    if (notesId !== undefined) {
      const notes = await workspace.openWhole(notesId)
      opened.push(notes)
      const quotes = message === undefined ? eraseDocument(notes.ydoc) : eraseMessageNotes(notes.ydoc, message)
      if (await eraseIn(workspace, notes, quotes, tell)) done = true
    }
    for (const round of rounds) {
      const erased = await eraseInRound(workspace, round, target, tell)
      if (erased === undefined) continue
      opened.push(erased)
      done = true
    }
    return done ? { state: "confirmed", elsewhere: await workspace.elsewhere() } : { state: "nothing" }
  } catch (error) {
    if (error instanceof CommandError && error.code === "failure") return { state: "missing", error }
    throw error
  } finally {
    await closeAll(opened)
    await workspace?.close()
  }
}

/** The documents of what is erased, with everything that the relay has; also in `opened`, as each is opened. */
async function openTarget(workspace: Workspace, target: Target, opened: ReplicaDocument[]): Promise<Iterable<ReplicaDocument>> {
  const open = async (documentId: string): Promise<ReplicaDocument> => {
    const document = await workspace.openWhole(documentId)
    opened.push(document)
    return document
  }
  const { conversation, documentId } = target
  if (conversation === undefined) return [await open(documentId)]
  return (await openSegments((segment) => open(conversationDocumentId(conversation.workspace, conversation.id, segment)))).values()
}

/** Whether there was something to erase; resolves when the relay has carried it out. */
async function eraseIn(
  workspace: Workspace,
  document: ReplicaDocument,
  erasing: Erasing | undefined,
  tell: (line: string) => void,
): Promise<boolean> {
  if (erasing === undefined || (erasing.ranges.length === 0 && erasing.blobs.length === 0)) return false
  await workspace.erase(document, erasing, (seconds) =>
    tell(`has the erasure of ${document.documentId} and is carrying it out (${seconds} s)`),
  )
  return true
}

/** Erases from a judging round the questions that it took from what is erased. The round, open, when there was one. */
async function eraseInRound(
  workspace: Workspace,
  documentId: string,
  target: Target,
  tell: (line: string) => void,
): Promise<ReplicaDocument | undefined> {
  const { conversation, message } = target
  if (conversation === undefined) return undefined
  const round = await workspace.openWhole(documentId)
  let erased = false
  try {
    const words = { conversationId: conversation.id, ...(message === undefined ? {} : { messageId: message }) }
    erased = await eraseIn(workspace, round, eraseRoundItems(round.ydoc, words), tell)
  } finally {
    if (!erased) await round.close()
  }
  return erased ? round : undefined
}

function contentOf({ ydoc }: ReplicaDocument, { message, conversation, card }: Target): Erasing | undefined {
  if (conversation === undefined) return card?.of === "sources" ? eraseSource(ydoc) : eraseDocument(ydoc)
  if (message === undefined) return eraseConversation(ydoc)
  try {
    return eraseMessage(ydoc, message)
  } catch (error) {
    // It stands in another segment.
    if ((error as { code?: unknown }).code === "unknown-message") return undefined
    throw error
  }
}
