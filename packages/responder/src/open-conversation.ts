import { conversationDocumentId, documentsOf, openSegments } from "@polylogue/conversation"
import type { Clock } from "@polylogue/protocol"
import type { Replica, ReplicaDocument } from "@polylogue/replica"
import type * as Y from "yjs"

/** A conversation whose segments are open, with all that the relay has of them. */
export interface OpenedConversation {
  readonly segments: ReadonlyMap<number, ReplicaDocument>
  /** The Y.Docs of the segments as they are now: another one after a reset. */
  documents(): ReadonlyMap<number, Y.Doc>
  close(): Promise<void>
}

/** Why a conversation cannot be opened now. `refused`: for good, as things are; `code` says why. */
export interface NotOpened {
  readonly outcome: "unavailable" | "refused"
  readonly code: string
}

/** A relay that others may have told of more is waited for so long, as a share of the whole wait. */
const AWAITS_SHARE = 0.2

/** Opens all segments of a conversation, each once the relay has sent what it had. What was opened is closed when that does not go. */
export async function openConversation(
  replica: Replica,
  { workspace, conversationId }: { readonly workspace: string; readonly conversationId: string },
  { clock, openMs }: { readonly clock: Clock; readonly openMs: number },
): Promise<OpenedConversation | NotOpened> {
  const opened: ReplicaDocument[] = []
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((document) => document.close()))
  }
  const open = async (segment: number): Promise<ReplicaDocument> => {
    const document = await replica.open(conversationDocumentId(workspace, conversationId, segment))
    opened.push(document)
    const problem = await whenSynced(document, clock, openMs)
    if (problem !== undefined) throw new Refusal(problem)
    return document
  }
  try {
    const segments = await openSegments(open)
    return { segments, close, documents: () => documentsOf(segments) }
  } catch (error) {
    await close()
    if (error instanceof Refusal) return error.why
    throw error
  }
}

class Refusal extends Error {
  readonly why: NotOpened
  constructor(why: NotOpened) {
    super(why.code)
    this.why = why
  }
}

/** Resolves when the document shows all that the relay had, or with why it does not. */
function whenSynced(document: ReplicaDocument, clock: Clock, openMs: number): Promise<NotOpened | undefined> {
  return new Promise((resolve) => {
    const cleanups: (() => void)[] = []
    let isPatient = true
    const settle = (problem?: NotOpened): void => {
      for (const cleanup of cleanups.splice(0)) cleanup()
      resolve(problem)
    }
    const look = (): void => {
      const { synced, relayAwaits, rejected, mayWrite } = document.status
      const code = rejected ?? (mayWrite === false ? "forbidden" : undefined)
      if (code !== undefined) settle({ outcome: "refused", code })
      else if (synced && !(relayAwaits && isPatient)) settle()
    }
    cleanups.push(
      document.subscribe(look),
      clock.setTimer(() => settle({ outcome: "unavailable", code: "not-synced" }), openMs),
      clock.setTimer(() => {
        isPatient = false
        look()
      }, openMs * AWAITS_SHARE),
    )
    look()
  })
}
