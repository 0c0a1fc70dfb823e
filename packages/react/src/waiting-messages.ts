import type { Safety } from "@polylogue/replica"
import * as Y from "yjs"
import type { Destroyable, OpenDocument } from "./document-pool.ts"

/**
 * Which messages of an open document hold words that are not as safe as words can be here (on other relays, where there are any, else on one), and how
 * safe the least safe of them is.
 *
 * The updates of one Yjs client are written, sent, acknowledged and passed on in order, so per client everything before some clock is safe and nothing
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
  get ids(): readonly string[] {
    return [...this.#all()].filter(([, safety]) => RANK[safety] < RANK.stored).map(([id]) => id)
  }

  /** Where the words of message `id` are; the least safe one decides. */
  safetyOf(id: string): Safety {
    // A variant of an imported message is named `<id>~<digest>` and arrived with it.
    const cut = id.indexOf("~")
    return this.#all().get(cut === -1 ? id : id.slice(0, cut)) ?? safest(this.#open)
  }

  destroy(): void {
    this.#detach()
  }

  #all(): ReadonlyMap<string, Safety> {
    this.#found ??= findWaiting(this.#open)
    return this.#found
  }
}

const RANK: Readonly<Record<Safety, number>> = { memory: 0, local: 1, stored: 2, replicated: 3 }

/** The less safe of two. */
export function lessSafe(one: Safety, other: Safety | undefined): Safety {
  return other !== undefined && RANK[other] < RANK[one] ? other : one
}

/** How safe words of the document can be. */
function safest({ document }: OpenDocument): Safety {
  return document.status.otherRelays > 0 ? "replicated" : "stored"
}

function findWaiting(open: OpenDocument): ReadonlyMap<string, Safety> {
  const { document, ydoc } = open
  const found = new Map<string, Safety>()
  const most = safest(open)
  const { unsavedUpdates, waitingRows } = document.status
  if (unsavedUpdates + waitingRows === 0 && (most === "stored" || document.replicated)) return found
  for (const [client, structs] of ydoc.store.clients) {
    for (let at = firstWaiting(document, client, structs, most); at < structs.length; at++) {
      const struct = structs[at]
      const id = struct instanceof Y.Item ? messageOf(ydoc, struct) : undefined
      if (struct === undefined || id === undefined) continue
      const safety = document.safetyOf(client, lastClock(struct))
      if (safety !== most) found.set(id, lessSafe(safety, found.get(id)))
    }
  }
  return found
}

/** Index of the first struct that is not as safe as `most` as a whole; the number of structs when all are. */
function firstWaiting(document: OpenDocument["document"], client: number, structs: readonly (Y.Item | Y.GC)[], most: Safety): number {
  const isSafe = (at: number): boolean => {
    const struct = structs[at]
    return struct === undefined || document.safetyOf(client, lastClock(struct)) === most
  }
  let safe = -1
  let end = structs.length
  // Most clients have nothing that waits: one question tells.
  if (isSafe(end - 1)) return end
  while (end - safe > 1) {
    const middle = (safe + end) >> 1
    if (isSafe(middle)) safe = middle
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
