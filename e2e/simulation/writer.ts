import * as Y from "yjs"
import type { Knowledge } from "./knowledge.ts"
import { type IdRange, type Ledger, type Operation } from "./operation.ts"
import type { Random } from "./random.ts"

/*
 * What writers do. Every operation is one transaction. The root types:
 *   text, list   tokens; deleted whole, each by at most one operation ever, and such an operation adds nothing
 *   draft        a text in which everybody deletes at random
 *   map          few keys that all overwrite
 *   messages     maps with a text inside, under keys of their own; written into, and deleted with all that others wrote inside
 */

/** Where a writer works. */
export interface Desk {
  readonly documentId: string
  readonly session: string
  readonly ydoc: Y.Doc
  readonly knowledge: Knowledge
  /** Erases consecutive ids for good; absent where nobody can. Deletes them in `ydoc` before it returns. */
  readonly erase?: (range: { readonly client: number; readonly clock: number; readonly length: number }) => void
}

type Edit = (desk: Desk, token: string, random: Random, ledger: Ledger) => boolean

const EDITS: Readonly<Record<string, { readonly weight: number; readonly edit: Edit }>> = {
  "insert text": { weight: 5, edit: insertText },
  "insert item": { weight: 3, edit: insertItem },
  "delete text": { weight: 4, edit: deleteText },
  "delete item": { weight: 3, edit: deleteItem },
  "rewrite draft": { weight: 3, edit: rewriteDraft },
  "set key": { weight: 3, edit: setKey },
  "delete key": { weight: 1, edit: deleteKey },
  "add message": { weight: 2, edit: addMessage },
  "write into message": { weight: 2, edit: writeIntoMessage },
  "delete message": { weight: 1, edit: deleteMessage },
}
const KINDS = Object.entries(EDITS).flatMap(([kind, { weight }]) => Array.from({ length: weight }, () => kind))

/** Why no relay takes an operation: its row is larger than relays announce, or its types are nested deeper than any reader could walk. */
export type Hopeless = "oversize" | "too deep"

/** Length of the text of an oversize operation, in characters. */
const OVERSIZE = 90_000
/** How often a writer who may sets out to erase. */
const ERASE_SHARE = 0.05
/** Types nested in one operation that is too deep. */
const TOO_DEEP = 1_100

/** Performs one operation at `desk`; `undefined` when there was nothing to do for the kind that chance picked. */
export function operate(desk: Desk, ledger: Ledger, random: Random, hopeless?: Hopeless): Operation | undefined {
  if (hopeless === undefined && desk.erase !== undefined && random.chance(ERASE_SHARE)) {
    const erasure = eraseText(desk, desk.erase, ledger, random)
    if (erasure !== undefined) return erasure
  }
  const kind = hopeless ?? random.pick(KINDS)
  const index = ledger.operations.length
  const { ydoc, knowledge } = desk
  const token = `${index}.${text(random)} `
  const causes = knowledge.visible.copy()
  const client = ydoc.clientID
  const from = clockOf(ydoc, client)
  let did = false
  const deleted = deletedBy(ydoc, () =>
    ydoc.transact(() => {
      did = editOf(kind)(desk, token, random, ledger)
    }, WRITER),
  )
  if (!did) return undefined
  const inserted = { client, from, to: clockOf(ydoc, client) }
  return noted(desk, ledger, { index, kind, inserted, deleted, causes, hopeless: hopeless !== undefined })
}

/** What the first transaction deletes that `action` makes. */
function deletedBy(ydoc: Y.Doc, action: () => void): IdRange[] {
  let deleted: IdRange[] = []
  const note = (transaction: Y.Transaction): void => {
    deleted = [...transaction.deleteSet.clients].flatMap(([owner, items]) =>
      items.map(({ clock, len }) => ({ client: owner, from: clock, to: clock + len })),
    )
  }
  ydoc.once("afterTransaction", note)
  action()
  ydoc.off("afterTransaction", note)
  return deleted
}

function noted(
  { documentId, session, knowledge }: Desk,
  ledger: Ledger,
  what: Pick<Operation, "index" | "kind" | "inserted" | "deleted" | "causes" | "hopeless" | "erases">,
): Operation {
  const operation: Operation = {
    ...what,
    documentId,
    session,
    sessionLives: true,
    everLocal: false,
    everStored: false,
    destroyed: false,
    claimed: "nothing",
  }
  ledger.add(operation)
  knowledge.visible.add(what.index)
  return operation
}

/** Erases the text of one operation, if there is one that stands whole and whose words are found nowhere else. */
function eraseText(desk: Desk, erase: NonNullable<Desk["erase"]>, ledger: Ledger, random: Random): Operation | undefined {
  const { ydoc, knowledge, documentId } = desk
  const root = ydoc.getText("text")
  const content = root.toJSON()
  for (const { index, inserted } of random.shuffle(claimable(documentId, "insert text", knowledge, ledger)).slice(0, 5)) {
    const found = new RegExp(`(?<![0-9])${index}(\\.[a-z]{8,} )`).exec(content)
    if (found === null || !isWhole(root, found.index, found[0].length, inserted)) continue
    ledger.claimed.add(index)
    const causes = knowledge.visible.copy()
    const { client, from, to } = inserted
    const deleted = deletedBy(ydoc, () => erase({ client, clock: from, length: to - from }))
    const none = { client: ydoc.clientID, from: 0, to: 0 }
    return noted(desk, ledger, {
      index: ledger.operations.length,
      kind: "erase text",
      inserted: none,
      deleted,
      causes,
      hopeless: false,
      erases: found[1]!,
    })
  }
  return undefined
}

function editOf(kind: string): Edit {
  if (kind === "oversize") return writeTooMuch
  return kind === "too deep" ? nestTooDeep : EDITS[kind]!.edit
}

/** The origin of what writers do. */
const WRITER = Object.freeze({ kind: "simulated-writer" })

function clockOf(ydoc: Y.Doc, client: number): number {
  return Y.getState(ydoc.store, client)
}

function text(random: Random): string {
  const length = random.chance(0.04) ? random.between(500, 3_000) : random.between(0, 20)
  return Array.from({ length }, () => "abcdefghijklmnopqrstuvwxyz"[random.between(0, 25)]).join("")
}

function insertText({ ydoc }: Desk, token: string, random: Random): boolean {
  const root = ydoc.getText("text")
  // Between tokens, mostly, so that tokens stay whole and can be deleted whole.
  const content = root.toJSON()
  const spaces = [0, ...[...content.matchAll(/ /g)].map(({ index }) => index + 1)]
  root.insert(random.chance(0.9) ? random.pick(spaces) : random.between(0, content.length), token)
  return true
}

function writeTooMuch({ ydoc }: Desk, token: string): boolean {
  ydoc.getText("text").insert(0, `${token}${"x".repeat(OVERSIZE)} `)
  return true
}

function nestTooDeep({ ydoc }: Desk, token: string): boolean {
  let outer: Y.Map<unknown> = ydoc.getMap("deep")
  for (let depth = 0; depth < TOO_DEEP; depth++) {
    const inner = new Y.Map<unknown>()
    outer.set(token, inner)
    outer = inner
  }
  return true
}

function insertItem({ ydoc }: Desk, token: string, random: Random): boolean {
  const root = ydoc.getArray<string>("list")
  root.insert(random.between(0, root.length), [token])
  return true
}

/** Only text that nobody has set out to delete: so the deletion of it can be told from every other. */
function deleteText({ ydoc, knowledge, documentId }: Desk, _token: string, random: Random, ledger: Ledger): boolean {
  const root = ydoc.getText("text")
  const content = root.toJSON()
  for (const { index } of random.shuffle(claimable(documentId, "insert text", knowledge, ledger)).slice(0, 5)) {
    const found = new RegExp(`(?<![0-9])${index}\\.[a-z]* `).exec(content)
    if (found === null || !isWhole(root, found.index, found[0].length, ledger.operations[index]!.inserted)) continue
    ledger.claimed.add(index)
    root.delete(found.index, found[0].length)
    return true
  }
  return false
}

function deleteItem({ ydoc, knowledge, documentId }: Desk, _token: string, random: Random, ledger: Ledger): boolean {
  const root = ydoc.getArray<string>("list")
  const items = root.toArray()
  for (const { index } of random.shuffle(claimable(documentId, "insert item", knowledge, ledger)).slice(0, 5)) {
    const at = items.findIndex((item) => item.startsWith(`${index}.`))
    if (at === -1) continue
    ledger.claimed.add(index)
    root.delete(at, 1)
    return true
  }
  return false
}

function claimable(documentId: string, kind: string, knowledge: Knowledge, ledger: Ledger): Operation[] {
  return ledger
    .of(documentId)
    .filter((operation) => operation.kind === kind && knowledge.visible.has(operation.index) && !ledger.claimed.has(operation.index))
}

/** Whether the `length` characters at `start` are exactly the structs of `range`: nobody has written into the middle. */
function isWhole(root: Y.Text, start: number, length: number, range: IdRange): boolean {
  const begin = Y.createRelativePositionFromTypeIndex(root, start, 0).item
  const end = Y.createRelativePositionFromTypeIndex(root, start + length - 1, 0).item
  return begin?.client === range.client && begin.clock === range.from && end?.clock === range.to - 1 && range.to - range.from === length
}

function rewriteDraft({ ydoc }: Desk, token: string, random: Random): boolean {
  const root = ydoc.getText("draft")
  if (root.length > 0) {
    const start = random.between(0, root.length - 1)
    root.delete(start, random.between(1, Math.min(30, root.length - start)))
  }
  root.insert(random.between(0, root.length), token)
  return true
}

function setKey({ ydoc }: Desk, token: string, random: Random): boolean {
  ydoc.getMap("map").set(`key ${random.between(0, 4)}`, token)
  return true
}

function deleteKey({ ydoc }: Desk, token: string, random: Random): boolean {
  const map = ydoc.getMap("map")
  const keys = [...map.keys()].toSorted()
  if (keys.length === 0) return false
  map.delete(random.pick(keys))
  map.set("deleted by", token)
  return true
}

function addMessage({ ydoc }: Desk, token: string): boolean {
  const message = new Y.Map<unknown>()
  message.set("id", token)
  message.set("text", new Y.Text(token))
  ydoc.getMap("messages").set(token, message)
  return true
}

function writeIntoMessage({ ydoc }: Desk, token: string, random: Random): boolean {
  const messages = ydoc.getMap("messages")
  const keys = [...messages.keys()].toSorted()
  if (keys.length === 0) return false
  const body = (messages.get(random.pick(keys)) as Y.Map<unknown>).get("text") as Y.Text
  body.insert(random.between(0, body.length), token)
  return true
}

function deleteMessage({ ydoc }: Desk, token: string, random: Random): boolean {
  const messages = ydoc.getMap("messages")
  const keys = [...messages.keys()].toSorted()
  if (keys.length === 0) return false
  messages.delete(random.pick(keys))
  ydoc.getMap("map").set("deleted message", token)
  return true
}
