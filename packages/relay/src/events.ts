import type { Code, DocumentId, RelayId } from "@polylogue/protocol"

/**
 * What can be observed of a relay, for logs and metrics: the one table. Carries no content of documents, no tokens.
 * - `session-opened`, `session-closed`: a device or y-websocket client came or went; `code` is the close code sent or received.
 * - `document-closed`: the relay ended a document in one session.
 * - `row-refused`: the door refused a row.
 * - `items-refused`: the door refused what another relay has, and what stands behind it there.
 * - `register-refused`: somebody may not set a register of the document. Its name is not told: it may be words of people.
 * - `committed`: rows of one batch became durable and were acknowledged; `lagMs` is how long the first of them had waited since it was accepted.
 * - `commit-failed`, `store-recovered`: the store failed and is tried again with backoff; it takes commits again.
 * - `quarantined`: a document's bytes or its store failed; other documents go on.
 * - `compacted`, `compaction-failed`: of one document; after a failure its entries stay and it is tried again when the tail has doubled.
 * - `erased`: erasures of a document are carried out here: no file holds what they took.
 * - `audit-mismatch`: a replica, or the linked relay that is named, and this relay know the same of a document, and it is not the same.
 * - `link-up`, `link-down`: a link to another relay stands, or has ended; `url` is absent when the other has dialled.
 * - `link-failed`: a relay that is to be dialled was not reached, or took no link; told of attempts 1, 2, 4, 8 and so on since it was linked.
 * - `relay-refused`: the holder of a relay's token said to be a relay that is known here under somebody else's.
 * - `authority-changed`: where registers are decided, as far as this relay knows: `here`, or `away` at `authority`, or `nowhere` that links lead to.
 * - `authorities-torn`: several relays are the authority of registers; none of them decides anything before an operator has told all but one that they are not.
 * - `link-refused`: what another relay sent of a document was not taken; it is asked for anew later, or, with `row-too-large`, when the document is smaller or something of it was erased.
 * - `feed-refused`: another relay does not tell what changes below a prefix; told of attempts 1, 2, 4, 8 and so on since it last did.
 * - `failed`: something unexpected was caught; the session or room that met it was closed.
 */
export type RelayEvent =
  | {
      readonly type: "session-opened"
      readonly session: number
      readonly kind: "polylogue" | "yjs"
      readonly principal: string
      readonly agent: string
    }
  | { readonly type: "session-closed"; readonly session: number; readonly code: number; readonly reason: string }
  | {
      readonly type: "document-closed"
      readonly session: number
      readonly documentId: DocumentId
      readonly code: Code
      readonly reason: string
    }
  | {
      readonly type: "row-refused"
      readonly documentId: DocumentId
      readonly principal: string
      readonly code: Code
      readonly reason: string
    }
  | {
      readonly type: "items-refused"
      readonly documentId: DocumentId
      readonly code: Code
      readonly reason: string
    }
  | {
      readonly type: "register-refused"
      readonly documentId: DocumentId
      readonly principal: string
      readonly code: Code
    }
  | { readonly type: "committed"; readonly rows: number; readonly bytes: number; readonly lagMs: number }
  | { readonly type: "commit-failed"; readonly attempt: number; readonly error: unknown }
  | { readonly type: "store-recovered"; readonly attempts: number }
  | { readonly type: "quarantined"; readonly documentId: DocumentId; readonly error: unknown }
  | {
      readonly type: "compacted"
      readonly documentId: DocumentId
      readonly items: number
      readonly bytesBefore: number
      readonly bytesAfter: number
      readonly durationMs: number
    }
  | { readonly type: "compaction-failed"; readonly documentId: DocumentId; readonly items: number; readonly error: unknown }
  | { readonly type: "erased"; readonly documentId: DocumentId }
  | { readonly type: "audit-mismatch"; readonly documentId: DocumentId; readonly relay: RelayId | undefined }
  | { readonly type: "link-up"; readonly relay: RelayId; readonly name: string; readonly url: string | undefined }
  | {
      readonly type: "link-down"
      readonly relay: RelayId
      readonly name: string
      readonly url: string | undefined
      readonly code: number
      readonly reason: string
    }
  | {
      readonly type: "link-failed"
      readonly url: string
      readonly attempts: number
      readonly code: number
      readonly reason: string
    }
  | {
      readonly type: "link-refused"
      readonly documentId: DocumentId
      readonly relay: RelayId
      readonly code: Code
      readonly reason: string
    }
  | { readonly type: "relay-refused"; readonly relay: RelayId; readonly holder: string }
  | {
      readonly type: "authority-changed"
      readonly standing: "here" | "away" | "nowhere"
      readonly authority: RelayId | undefined
    }
  | { readonly type: "authorities-torn"; readonly authorities: readonly RelayId[] }
  | {
      readonly type: "feed-refused"
      readonly relay: RelayId
      readonly prefix: string
      readonly attempts: number
      readonly code: number
      readonly reason: string
    }
  | { readonly type: "failed"; readonly where: string; readonly error: unknown }

/** Told of every {@link RelayEvent}, in order, from inside the relay: must not throw, block, or call the relay. */
export type RelayEvents = (event: RelayEvent) => void
