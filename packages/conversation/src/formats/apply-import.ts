import type * as Y from "yjs"
import { SCHEMA_VERSION, TITLE_AUTO, TITLE_USER } from "../conversation-layout.ts"
import { BY_IMPORT } from "../asks/ask-records.ts"
import { readSources } from "../message-source.ts"
import { ConversationOrigin } from "../origin.ts"
import { parseRecordKey, recordKey } from "../record-key.ts"
import { readEntry, readRegister } from "../register.ts"
import { SEGMENTS } from "../segment.ts"
import { isContained, messageDigest, readStoredCore, readStoredMessage, type StoredMessage } from "../stored-message.ts"
import { wellFormed } from "../well-formed.ts"
import { planImportedCard } from "./import-card.ts"
import { followedKeys } from "./import-index.ts"
import type { ImportedConversation, ImportItem, ImportPlace, ImportReason, ImportReport } from "./import-item.ts"
import { storable } from "./json-value.ts"
import { EXACT, isAskKey, isRegisterKey, registerKey } from "./native.ts"
import { ImportPlaces, noteKey } from "./place-import.ts"

/** Where an import is written, and how much at once. The documents stay the caller's; they must be loaded, or what they hold is written again. */
export interface ImportTarget {
  /**
   * The documents of the conversation `item.conversation.id`, segment 0 first, loaded, as many as `importSegments` says: what they lack is
   * written, nothing in them is changed.
   */
  readonly conversationDocs: readonly Y.Doc[]
  /** The workspace's index; gets a card in a transaction of its own, after the conversation's. Without it, none is made. */
  readonly indexDoc?: Y.Doc
  /** Time for the card of a conversation whose source has no times, in ms since 1970. Default 0, the end of the list. */
  readonly importedAt?: number
  /**
   * Most characters of JSON written in one transaction, which is one entry for the relay. A larger segment is written
   * in several, parents first; an import that was interrupted between them goes on when it is repeated. Default 4 Mi.
   */
  readonly maxTransactionLength?: number
  /** Most characters of JSON in one message; a conversation with a larger one fails. Default 4 Mi, at most 16 MiB of UTF-8. */
  readonly maxMessageLength?: number
}

const DEFAULT_LENGTH = 4 * 1024 * 1024
// A register entry that stands for all devices that import the same thing: the same key and the same value everywhere.
const IMPORT_WRITER = "import"
/** The maps of a workspace's index, of which there is but one document. */
const INDEX_MAPS: ReadonlySet<string> = new Set(["cards", "folders"])

interface Write {
  readonly ydoc: Y.Doc
  readonly map: string
  readonly key: string
  readonly value: unknown
  readonly length: number
}

/**
 * Writes one conversation that `parseImport` found, and says what became of it.
 *
 * Everything is prepared before the first write. What is here already is left alone, whatever its later state, so importing
 * again writes no update; two devices that import the same write the same keys and values. A text that differs from the one
 * here under the same id (an export from before the answer was complete) is added beside it.
 */
export function applyImport(item: ImportItem, target: ImportTarget): ImportReport {
  if (item.kind === "report") return item.report
  const { conversation, where } = item
  const { conversationDocs, indexDoc, maxTransactionLength = DEFAULT_LENGTH, maxMessageLength = DEFAULT_LENGTH } = target
  const notices: ImportReason[] = [...item.notices]
  const places = new ImportPlaces(conversation, conversationDocs)
  const messages = planMessages(conversation, places, notices)
  const tooLarge = messages.find((write) => write.length > maxMessageLength)
  if (tooLarge !== undefined)
    return failed(where, conversation, `a message has ${tooLarge.length} characters, the most is ${maxMessageLength}`)
  const records = [...planRecords(conversation, places), ...planSchema(conversation, messages, places.first.ydoc)]
  write(planNote(messages, places), maxTransactionLength)
  for (const { ydoc } of places.stores) {
    const here = [...messages, ...records].filter((planned) => planned.ydoc === ydoc)
    write(here, maxTransactionLength)
  }
  const card = indexDoc === undefined ? [] : planCard(conversation, indexDoc, target.importedAt ?? 0, notices)
  write(card, maxTransactionLength)
  return {
    status: messages.length + records.length + card.length > 0 ? "imported" : "unchanged",
    where,
    conversationId: conversation.id,
    title: conversation.title,
    messages: { imported: messages.length, unchanged: conversation.messages.length - messages.length },
    reason: null,
    notices,
  }
}

function planMessages(conversation: ImportedConversation, places: ImportPlaces, notices: ImportReason[]): Write[] {
  const planned = new Set<string>()
  const writes: Write[] = []
  let escaped = 0
  let differing = 0
  let erased = 0
  for (const [index, message] of conversation.messages.entries()) {
    const { id } = message.core
    const key = recordKey(id, messageDigest(message))
    const holders = places.holdersOf(id)
    const known = holders.map(({ maps }) => maps.imported.get(key)).filter((value) => value !== undefined)
    const { ydoc } = places.place(index, message)
    if (known.some((value) => readStoredCore(id, value).erased === true)) erased++
    if (planned.has(key) || known.length > 0) continue
    const here = [...readSources(id, holders).values()].map(({ value }) => readStoredMessage(id, value))
    if (here.some(({ core }) => core.erased === true)) {
      erased++
      continue
    }
    if (here.some((other) => isContained(message, other))) continue
    if (here.length > 0) differing++
    const clean = storable(message) as StoredMessage
    const value = clean === message || message.exact !== undefined ? clean : { ...clean, exact: JSON.stringify(message) }
    if (clean !== message) escaped++
    planned.add(key)
    writes.push({ ydoc, map: "imported", key, value, length: JSON.stringify(value).length })
  }
  if (escaped > 0) {
    const message = `${escaped} message(s) hold something that cannot be synchronised as it is (half a character, a reserved key): shown with replacements, kept exactly for export`
    notices.push({ code: "escaped-text", message })
  }
  if (erased > 0) notices.push({ code: "erased", message: `${erased} message(s) were erased here for good: not brought back` })
  if (differing > 0) notices.push({ code: "other-text", message: `${differing} message(s) are here with another text: kept beside it` })
  return writes
}

function planRecords(conversation: ImportedConversation, places: ImportPlaces): Write[] {
  const writes: Write[] = []
  for (const [name, records] of conversation.records) {
    for (const [given, value] of records) {
      const [owner = ""] = parseRecordKey(given)
      // Which segments there are here, the source cannot know.
      if (name === "meta" && owner === SEGMENTS && given !== owner) continue
      const { ydoc } = places.placeRecord(name, owner)
      const key = recordTarget(ydoc.getMap(name), name, given, value)
      if (key === undefined) continue
      const clean = storable(value)
      writes.push({ ydoc, map: name, key, value: clean, length: JSON.stringify(clean)?.length ?? 0 })
      const exactKey = recordKey(EXACT, name, key)
      if (clean === value || ydoc.getMap("meta").get(exactKey) !== undefined) continue
      const exact = JSON.stringify(value)
      writes.push({ ydoc, map: "meta", key: exactKey, value: exact, length: exact.length })
    }
  }
  return writes
}

/** Each segment that gets messages says which layout it has. */
function planSchema(conversation: ImportedConversation, messages: readonly Write[], firstDoc: Y.Doc): Write[] {
  const given = conversation.records.get("meta")?.has("schema") === true
  return [...new Set(messages.map(({ ydoc }) => ydoc))]
    .filter((ydoc) => ydoc.getMap("meta").get("schema") === undefined && !(given && ydoc === firstDoc))
    .map((ydoc) => ({ ydoc, map: "meta", key: "schema", value: SCHEMA_VERSION, length: 1 }))
}

/** The note of the last segment that gets messages, which goes before them. */
function planNote(messages: readonly Write[], places: ImportPlaces): Write[] {
  const last = places.stores.findLastIndex(({ ydoc }) => messages.some((planned) => planned.ydoc === ydoc))
  const key = last > 0 ? noteKey(places.first.ydoc, last) : undefined
  return key === undefined ? [] : [{ ydoc: places.first.ydoc, map: "meta", key, value: last, length: 1 }]
}

/**
 * The key under which a record is written, or undefined when it is here. A writer's own key belongs to that writer, who may
 * have gone on elsewhere: an import puts the entry beside it, `<writer>~<turn>`, where it can displace nothing.
 */
function recordTarget(map: Y.Map<unknown>, name: string, given: string, value: unknown): string | undefined {
  if (isAskKey(name, given)) {
    const beside = registerKey(given) + BY_IMPORT
    return map.get(registerKey(given)) === undefined && map.get(beside) === undefined ? beside : undefined
  }
  if (!isRegisterKey(name, given)) return map.get(given) === undefined ? given : undefined
  const key = registerKey(given)
  const turn = readEntry("", value)?.turn
  if (turn === undefined) return map.get(given) === undefined ? given : undefined
  if ((readEntry("", map.get(key))?.turn ?? -1) >= turn) return undefined
  const beside = `${key}~${turn}`
  return map.get(beside) === undefined ? beside : undefined
}

function planCard(conversation: ImportedConversation, ydoc: Y.Doc, importedAt: number, notices: ImportReason[]): Write[] {
  const { id, title, titled, createdAt, snippet } = conversation
  const timed = createdAt !== null || conversation.messages.some((message) => message.core.createdAt !== null)
  const lastActivity = timed ? conversation.lastActivity : importedAt
  const index = followedKeys(ydoc.getMap("cards"))
  const writes: Write[] = []
  const plan = (map: string, key: string, value: unknown): number => writes.push({ ydoc, map, key, value, length: key.length })
  if (ydoc.getMap("meta").get("schema") === undefined) plan("meta", "schema", SCHEMA_VERSION)
  const created = recordKey(id, "createdAt")
  if (index.map.get(created) === undefined) {
    plan("cards", created, createdAt ?? lastActivity)
    for (const { map, key, value } of planImportedCard(conversation, ydoc, IMPORT_WRITER)) plan(map, key, value)
  }
  const field = titled ? TITLE_USER : TITLE_AUTO
  if (title !== "" && readRegister(index, id, field).length === 0) {
    plan("cards", recordKey(id, field, IMPORT_WRITER), { turn: 1, clock: createdAt ?? 0, value: wellFormed(title) })
  }
  const activity = recordKey(id, "activity", IMPORT_WRITER)
  const known = [...index.records(id, "activity")].map(([, value]) => (value as { clock?: unknown } | null)?.clock)
  const least = timed ? lastActivity : 0
  if (!known.some((clock) => typeof clock === "number" && clock >= least)) plan("cards", activity, { clock: lastActivity, snippet })
  if (readRegister(index, id, "deleted")[0]?.value === true) {
    notices.push({ code: "in-trash", message: "the conversation is deleted here and stays so; restore it to see it" })
  }
  return writes
}

/** Writes what belongs to one document, in its order. */
function write(writes: readonly Write[], maxLength: number): void {
  for (let start = 0; start < writes.length;) {
    const ydoc = writes[start]?.ydoc
    let end = start
    for (let length = 0; end < writes.length && (end === start || length + (writes[end]?.length ?? 0) <= maxLength); end++) {
      length += writes[end]?.length ?? 0
    }
    const batch = writes.slice(start, end)
    ydoc?.transact(() => {
      for (const { map, key, value } of batch) {
        ydoc.getMap(map).set(key, value)
        // The caller may have put several imports into one transaction, in which no event tells of the keys.
        if (INDEX_MAPS.has(map)) followedKeys(ydoc.getMap(map)).add(key)
      }
    }, new ConversationOrigin("import"))
    start = end
  }
}

function failed(where: ImportPlace, conversation: ImportedConversation, message: string): ImportReport {
  return {
    status: "failed",
    where,
    conversationId: conversation.id,
    title: conversation.title,
    messages: { imported: 0, unchanged: 0 },
    reason: { code: "too-large", message },
    notices: [],
  }
}
