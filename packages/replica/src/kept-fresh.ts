import { type DocumentId, isDocumentId } from "@polylogue/protocol"
import { ReplicaError } from "./errors.ts"

/** The documents that this tab wants kept fresh without having them open. */
export class KeptFresh {
  #ids: readonly DocumentId[] = []

  /** In the order in which they were given. */
  get ids(): readonly DocumentId[] {
    return this.#ids
  }

  /**
   * Takes over `ids`; false when they are those of before, whatever their order: a list that is sorted by what is newest would count as
   * changed with each word that anybody writes. @throws ReplicaError `bad-document-id`, with nothing changed.
   */
  become(ids: readonly DocumentId[]): boolean {
    for (const id of ids) if (!isDocumentId(id)) throw new ReplicaError("bad-document-id", `${JSON.stringify(id)} is no document id`)
    const next = new Set(ids)
    if (next.size === this.#ids.length && this.#ids.every((id) => next.has(id))) return false
    this.#ids = [...next]
    return true
  }
}
