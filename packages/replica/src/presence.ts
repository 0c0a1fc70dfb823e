import type { DocumentId } from "@polylogue/protocol"
import type { OpenDocument } from "./replica-document.ts"
import type { Session } from "./session.ts"
import type { TabMessageBody } from "./tab-messages.ts"

/** What presence travels over. */
export interface PresenceRoutes {
  /** The document, if this tab has it open. */
  document(documentId: DocumentId): OpenDocument | undefined
  /** The session, if this tab holds the socket. */
  session(): Session | undefined
  post(body: TabMessageBody): void
}

/**
 * Carries awareness updates between this tab, the other tabs and the relay. A tab's own words go to both; what comes from the relay goes to the
 * tabs, what comes from a tab goes to the relay by way of the holder. So every update takes each way once.
 */
export class Presence {
  readonly #routes: PresenceRoutes

  constructor(routes: PresenceRoutes) {
    this.#routes = routes
  }

  /** This tab says something of itself. */
  fromHere(documentId: DocumentId, update: Uint8Array): void {
    this.#routes.post({ type: "awareness", documentId, update })
    this.#routes.session()?.sendAwareness(documentId, update)
  }

  fromRelay(documentId: DocumentId, update: Uint8Array): void {
    this.#routes.document(documentId)?.presence?.receive(update)
    this.#routes.post({ type: "awareness", documentId, update })
  }

  fromTab(documentId: DocumentId, update: Uint8Array): void {
    this.#routes.document(documentId)?.presence?.receive(update)
    this.#routes.session()?.sendAwareness(documentId, update)
  }

  /** The document became reachable: those there hear of this tab. */
  introduce(documentId: DocumentId): void {
    this.#routes.document(documentId)?.presence?.renew()
  }

  /** This tab has just begun to look, and says so, for others are shown where somebody is; whoever was heard before is asked for. */
  look(documentId: DocumentId): void {
    const document = this.#routes.document(documentId)
    document?.presence?.renew()
    for (const update of this.#routes.session()?.syncOf(documentId)?.presence.updates ?? []) document?.presence?.receive(update)
    this.#routes.post({ type: "look", documentId })
  }

  /** Another tab has just begun to look. */
  answer(documentId: DocumentId): void {
    const own = this.#routes.document(documentId)?.presence?.own()
    const recent = this.#routes.session()?.syncOf(documentId)?.presence.updates ?? []
    const updates = own === undefined ? recent : [...recent, own]
    for (const update of updates) this.#routes.post({ type: "awareness", documentId, update })
  }
}
