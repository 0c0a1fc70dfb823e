import type { Safety } from "@polylogue/replica"
import * as Y from "yjs"
import type { Destroyable, OpenDocument } from "./document-pool.ts"

/**
 * Which messages of an open document hold words that no relay has, and how safe the least safe of them is.
 *
 * The updates of one Yjs client are written, sent and acknowledged in order, so per client everything before some clock is stored and nothing
 * after it: that clock is found by halving, and only the structs from there on are looked at. With ten thousand messages of which one
 * waits this costs that one, where asking for each message held the page for 60 ms (measured).
 */
export class WaitingMessages implements Destroyable {
  readonly #open: OpenDocument
  readonly #detach: () => void
  #found: ReadonlyMap<string, Safety> | undefined

  constructor(open: OpenDocument) {
    this.#open = open
    this.#detach = open.document.subscribe(() => {
      this.#found = undefined
    })
  }

  /** The messages that hold words that no relay has. */
  get ids(): Iterable<string> {
    return this.#all().keys()
  }

  /** Where the words of message `id` are; the least safe one decides. */
  safetyOf(id: string): Safety {
    // A variant of an imported message is named `<id>~<digest>` and arrived with it.
    const cut = id.indexOf("~")
    return this.#all().get(cut === -1 ? id : id.slice(0, cut)) ?? "stored"
  }

  destroy(): void {
    this.#detach()
  }

  #all(): ReadonlyMap<string, Safety> {
    this.#found ??= findWaiting(this.#open)
    return this.#found
  }
}

const RANK: Readonly<Record<Safety, number>> = { memory: 0, local: 1, stored: 2 }

function findWaiting({ document, ydoc }: OpenDocument): ReadonlyMap<string, Safety> {
  const found = new Map<string, Safety>()
  const { unsavedUpdates, waitingRows } = document.status
  if (unsavedUpdates === 0 && waitingRows === 0) return found
  for (const [client, structs] of ydoc.store.clients) {
    for (let at = firstWaiting(document, client, structs); at < structs.length; at++) {
      const struct = structs[at]
      const id = struct instanceof Y.Item ? messageOf(ydoc, struct) : undefined
      if (struct === undefined || id === undefined) continue
      const safety = document.safetyOf(client, lastClock(struct))
      const known = found.get(id)
      if (safety !== "stored" && (known === undefined || RANK[safety] < RANK[known])) found.set(id, safety)
    }
  }
  return found
}

/** Index of the first struct that is not stored as a whole; the number of structs when all are. */
function firstWaiting(document: OpenDocument["document"], client: number, structs: readonly (Y.Item | Y.GC)[]): number {
  const isStored = (at: number): boolean => {
    const struct = structs[at]
    return struct === undefined || document.safetyOf(client, lastClock(struct)) === "stored"
  }
  let stored = -1
  let end = structs.length
  // Most clients have nothing that waits: one question tells.
  if (isStored(end - 1)) return end
  while (end - stored > 1) {
    const middle = (stored + end) >> 1
    if (isStored(middle)) stored = middle
    else end = middle
  }
  return end
}

function lastClock(struct: Y.Item | Y.GC): number {
  return struct.id.clock + struct.length - 1
}

// reason: only the items know where they stand; Yjs declares this field and names it so.
/* oxlint-disable no-underscore-dangle */

/** The message in which an item stands: the key under `messages`, or what is before the digest in the key under `imported`. */
function messageOf(ydoc: Y.Doc, item: Y.Item): string | undefined {
  let at = item
  for (;;) {
    const { parent, parentSub } = at
    if (!(parent instanceof Y.AbstractType)) return undefined
    if (parent._item !== null) {
      at = parent._item
      continue
    }
    if (parentSub === null) return undefined
    if (parent === ydoc.share.get("messages")) return parentSub
    return parent === ydoc.share.get("imported") ? ownerOf(parentSub) : undefined
  }
}

/* oxlint-enable no-underscore-dangle */

function ownerOf(key: string): string {
  const cut = key.indexOf("/")
  return (cut === -1 ? key : key.slice(0, cut)).replaceAll("%2F", "/").replaceAll("%25", "%")
}
