import { type DocumentId, encodeSessionToken, type VersionVector } from "@polylogue/protocol"
import type { ReplicaDocument } from "./document.ts"
import { ReplicaError } from "./errors.ts"
import { nameAtRelays } from "./stamps-at-relays.ts"

/** What {@link tokenOf} may be told. */
export interface TokenOptions {
  /**
   * Waits first until what the documents hold is so safe. Words that no relay has yet have no stamp, so no token can ask for them: who wants to read their own
   * words elsewhere says `stored`, and waits for as long as no relay can be reached. Default: waits for nothing, and asks for what came from a relay.
   */
  readonly after?: Parameters<ReplicaDocument["whenDurable"]>[0]
}

/**
 * A token for what this device has of `documents`: whoever waits for it sees at least what these show, but for words of this device that no relay
 * has acknowledged yet (see {@link TokenOptions.after}). Carried from device to device, and joined with `unionSessionTokens`, it is what makes one
 * session of them: what was read there is read here (monotonic reads), what was written there is read here (read your writes), and what is written
 * after `waitFor` stands, at every relay and device, behind what the token asks for (writes follow reads, monotonic writes).
 *
 * @throws ReplicaError `closed`, `rejected` as `whenDurable`, and when the document is being replaced; ProtocolError `too-large` for more documents or logs than a token takes; StorageError.
 */
export async function tokenOf(documents: ReplicaDocument | readonly ReplicaDocument[], options: TokenOptions = {}): Promise<string> {
  const { after } = options
  const list = "documentId" in documents ? [documents] : documents
  const asked = list.map(async (document): Promise<[DocumentId, VersionVector]> => {
    const { environment, resets } = document.log
    const { store } = environment
    if (after !== undefined) await document.whenDurable(after)
    // What is shown is on the disk before, so the disk has all of it and perhaps more.
    const head = await store.head(document.documentId)
    if (head.resets !== resets) throw new ReplicaError("rejected", `${document.documentId} was replaced; its text is kept aside`)
    return [document.documentId, await nameAtRelays(store, document.documentId, head.vector)]
  })
  return encodeSessionToken(new Map(await Promise.all(asked)))
}
