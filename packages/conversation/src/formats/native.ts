import * as Y from "yjs"
import { type MapName, MAP_NAMES, TITLE_AUTO, TITLE_USER } from "../conversation-layout.ts"
import type { ConversationView } from "../conversation-view.ts"
import { isSegment } from "../document-id.ts"
import { readSources } from "../message-source.ts"
import { ASKED } from "../asks/ask-records.ts"
import { ASKS, CITATIONS } from "../message-annotations.ts"
import type { MessageTree } from "../message-tree.ts"
import { parseRecordKey, recordKey } from "../record-key.ts"
import { readEntry } from "../register.ts"
import { SEGMENTS } from "../segment.ts"
import { SegmentStore } from "../segment-store.ts"
import { plainValue, readStoredMessage, type StoredMessage } from "../stored-message.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import { isObject, type JsonObject, without } from "./json-value.ts"
import { latest } from "./latest-message.ts"

/** The value of `format` in a native file. */
export const NATIVE_FORMAT = "polylogue"
/** The value of `version` in a native file; a file with another one is refused whole. */
export const NATIVE_VERSION = 1

/** A whole conversation as plain JSON: every branch, every record, tombstones and unknown fields. Enough without Yjs. */
export interface NativeConversation {
  readonly id: string
  readonly messages: readonly JsonObject[]
  /** By top-level map, then by key. */
  readonly records: Readonly<Record<string, JsonObject>>
  readonly [key: string]: unknown
}

/** Where a value that a document cannot hold exactly keeps its exact form: `exact/<map>/<key>` in `meta`, as JSON text. */
export const EXACT = "exact"
/** Unknown fields of a native conversation, as JSON text in `meta`. */
const EXTRA = "extra"

// Maps whose entries have a key per writer.
const REGISTER_MAPS: ReadonlySet<string> = new Set(["flags", "reactions", "feedback"])
/** Of a citation, `<message id>/<citation>/<field>/<writer>` is a register, and `…/made` is not. */
const CITATION_REGISTER_LENGTH = 3
const MESSAGE_MAPS: ReadonlySet<string> = new Set(["messages", "imported"])
const MESSAGE_ID = /^[^/~\p{Cc}\p{Surrogate}]{1,200}$/u

/** Whether the record `key` of map `name` is a register entry. */
export function isRegisterKey(name: string, key: string): boolean {
  const [owner, ...rest] = parseRecordKey(key)
  if (name === CITATIONS) return rest.length === CITATION_REGISTER_LENGTH
  return REGISTER_MAPS.has(name) || (name === "meta" && (owner === TITLE_USER || owner === TITLE_AUTO) && key !== owner)
}

/** Whether an import puts the record `key` of map `name` beside the one that its writer has, so that it counts as nobody's who is here. */
export function isAskKey(name: string, key: string): boolean {
  const [, , kind, , ...rest] = parseRecordKey(key)
  return name === ASKS && kind === ASKED && rest.length === 0
}

/**
 * A conversation as plain JSON: the same for every copy of it, however it is cut into segments, and after an import of it.
 * @param view - of all its segments.
 */
export function exportNative(id: string, view: ConversationView): NativeConversation {
  const stores = [...view.documents].map(([segment, ydoc]) => new SegmentStore(segment, ydoc))
  const merged = new Map<string, RecordEntries>()
  for (const store of stores) mergeRecords(merged, store)
  const records: [string, JsonObject][] = []
  for (const [name, entries] of [...merged].sort(byKey)) {
    if (entries.size === 0) continue
    const values = [...entries].map(([key, { value }]) => [key, value] as const)
    records.push([name, Object.fromEntries(values.sort(byKey))])
  }
  const extra = parseText(stores[0]?.maps.meta.get(EXTRA))
  const messages = exportMessages(view, stores)
  return { ...(isObject(extra) ? extra : {}), id, messages, records: Object.fromEntries(records) }
}

/** The text of a native file, in pieces, so that an export of everything never stands in memory as a whole. */
export function* writeNativeFile(conversations: Iterable<NativeConversation>): IterableIterator<string> {
  yield `{"format":${JSON.stringify(NATIVE_FORMAT)},"version":${NATIVE_VERSION},"conversations":[`
  let separator = "\n"
  for (const conversation of conversations) {
    yield separator + JSON.stringify(conversation)
    separator = ",\n"
  }
  yield "\n]}\n"
}

/** Whether `value` is a native file. */
export function isNativeFile(value: unknown): value is JsonObject {
  return isObject(value) && value["format"] === NATIVE_FORMAT
}

/** Whether `value` is one conversation of a native file, whatever stands around it. */
export function isNativeConversation(value: unknown): value is JsonObject {
  if (!isObject(value) || !Array.isArray(value["messages"])) return false
  const [first] = value["messages"] as unknown[]
  return isObject(first) && isObject(first["core"])
}

/**
 * Reads one conversation of a native file.
 * @throws ImportProblem `bad-id`, `bad-message` or `bad-record`, naming the place; `empty` when it holds nothing.
 */
export function readNative(value: unknown): ImportedConversation {
  if (!isObject(value)) throw new ImportProblem("bad-message", "a conversation is an object")
  const { id, messages: list, records: maps = {} } = value
  if (!isSegment(id)) throw new ImportProblem("bad-id", `${JSON.stringify(id)?.slice(0, 80)} cannot be the id of a conversation`)
  if (!Array.isArray(list)) throw new ImportProblem("bad-message", "`messages` is not a list")
  if (!isObject(maps)) throw new ImportProblem("bad-record", "`records` is not an object")
  const messages = (list as unknown[]).map(readMessage)
  const records = new Map(Object.entries(maps).map(([name, entries]) => [name, readRecords(name, entries)]))
  if (messages.length === 0 && records.size === 0) throw new ImportProblem("empty", "the conversation holds nothing", "skipped")
  const extra = without(value, "id", "messages", "records")
  if (Object.keys(extra).length > 0) records.set("meta", new Map([...(records.get("meta") ?? []), [EXTRA, JSON.stringify(extra)]]))
  const title = bestTitle(records.get("meta"), TITLE_USER)
  const times = messages.map((message) => message.core.createdAt).filter((time) => time !== null)
  return {
    id,
    source: NATIVE_FORMAT,
    title: title === "" ? bestTitle(records.get("meta"), TITLE_AUTO) : title,
    titled: title !== "",
    createdAt: times.length === 0 ? null : times.reduce((least, time) => Math.min(least, time)),
    ...latest(messages),
    messages,
    records,
  }
}

/** The key of a register entry without the mark that an import gave it: `<path>/<writer>~<turn>` is `<path>/<writer>`. */
export function registerKey(key: string): string {
  return key.replace(/~[^/]*$/u, "")
}

function readMessage(value: unknown, index: number): StoredMessage {
  const core = isObject(value) ? value["core"] : undefined
  const id = isObject(core) ? core["id"] : undefined
  if (!isObject(value) || typeof id !== "string") throw new ImportProblem("bad-message", `messages[${index}] has no \`core.id\``)
  if (!MESSAGE_ID.test(id)) throw new ImportProblem("bad-id", `messages[${index}]: ${JSON.stringify(id.slice(0, 80))} cannot be an id`)
  const message = readStoredMessage(id, value)
  // Whatever reading tolerantly changed (a field of a wrong type) is kept in its exact form.
  const text = JSON.stringify(value)
  return JSON.stringify(message) === text && message.exact === undefined ? message : { ...message, exact: text }
}

function readRecords(name: string, entries: unknown): Map<string, unknown> {
  if (MESSAGE_MAPS.has(name)) throw new ImportProblem("bad-record", `records.${name}: messages stand in \`messages\``)
  if (!isObject(entries)) throw new ImportProblem("bad-record", `records.${name.slice(0, 80)} is not an object`)
  for (const key of [name, ...Object.keys(entries)]) {
    if (/\p{Surrogate}/u.test(key)) throw new ImportProblem("bad-record", `records.${name.slice(0, 80)} has a key with half a character`)
  }
  return new Map(Object.entries(entries))
}

function bestTitle(meta: ReadonlyMap<string, unknown> | undefined, field: string): string {
  const entries = [...(meta ?? [])]
    .filter(([key]) => parseRecordKey(key)[0] === field)
    .map(([key, value]) => readEntry(key, value))
    .filter((entry) => entry !== undefined)
    .sort((left, right) => right.turn - left.turn || right.clock - left.clock)
  const title = entries[0]?.value
  return typeof title === "string" ? title : ""
}

function exportMessages(view: ConversationView, stores: readonly SegmentStore[]): JsonObject[] {
  const exported: JsonObject[] = []
  const bySegment = new Map(stores.map((store) => [store.segment, store]))
  for (const id of allIds(view.getTree())) {
    const holders = view.segmentsOf(id).flatMap((segment) => bySegment.get(segment) ?? [])
    for (const source of readSources(id, holders).values()) {
      const stored = readStoredMessage(id, source.value)
      const exact = parseText(stored.exact)
      exported.push(isObject(exact) ? exact : { ...stored })
    }
  }
  return exported
}

/** The records of one top-level map by key, of a register the entry that decides. */
type RecordEntries = Map<string, { readonly turn: number; readonly value: unknown }>

function mergeRecords(merged: Map<string, RecordEntries>, { segment, ydoc, maps }: SegmentStore): void {
  const exactOf = (name: string, key: string): string | undefined => {
    const text = maps.meta.get(recordKey(EXACT, name, key))
    return typeof text === "string" ? text : undefined
  }
  const all = new Map<string, Y.Map<unknown>>(MAP_NAMES.map((name) => [name, maps[name]]))
  for (const [name, map] of foreignMaps(ydoc)) all.set(name, map)
  for (const [name, map] of all) {
    if (MESSAGE_MAPS.has(name)) continue
    const kept: RecordEntries = merged.get(name) ?? new Map()
    merged.set(name, kept)
    for (const [stored, value] of map.entries()) {
      if (name === "meta" && isAboutStorage(stored, segment)) continue
      const register = isRegisterKey(name, stored)
      const key = register || isAskKey(name, stored) ? registerKey(stored) : stored
      const turn = register ? (readEntry("", value)?.turn ?? -1) : 0
      const known = kept.get(key)
      if (known !== undefined && known.turn >= turn) continue
      const exact = exactOf(name, stored)
      kept.set(key, { turn, value: exact === undefined ? plainValue(value) : parseText(exact) })
    }
  }
}

/** Whether a key of `meta` says how the conversation is stored and not what it is. */
function isAboutStorage(key: string, segment: number): boolean {
  if (key === EXTRA || (segment > 0 && key === "schema")) return true
  return [EXACT, SEGMENTS].some((owner) => key.startsWith(`${owner}/`))
}

/** Ids of all messages: as the tree shows them, each place with all its alternatives one after the other. */
function allIds(tree: MessageTree): string[] {
  const ids: string[] = []
  const stack = tree.roots.flatMap((turn) => turn.members).reverse()
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    // Another text of a message, `<id>~<digest>`, stands with the message itself.
    if (!tree.nodes.has(id.replace(/~.*$/su, "")) || !id.includes("~")) ids.push(id)
    for (const child of tree
      .turnsAfter(id)
      .flatMap((turn) => turn.members)
      .reverse())
      stack.push(child)
  }
  return ids
}

/** Top-level maps that this version does not know. Read from a copy, for naming a type on a Y.Doc fixes its kind. */
function foreignMaps(ydoc: Y.Doc): [string, Y.Map<unknown>][] {
  const names = [...ydoc.share.keys()].filter((name) => !MAP_NAMES.includes(name as MapName))
  if (names.length === 0) return []
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(ydoc))
  return names.map((name): [string, Y.Map<unknown>] => [name, copy.getMap(name)]).filter(([, map]) => map.size > 0)
}

function parseText(text: unknown): unknown {
  if (typeof text !== "string") return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Not written by an import of ours: what stands beside it is the value.
    return undefined
  }
}

function byKey(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0
}
