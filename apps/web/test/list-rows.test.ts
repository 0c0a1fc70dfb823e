import { type ConversationCard, WorkspaceIndex, workspaceFolders } from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { UNTITLED } from "../src/conversation-list/card-text.ts"
import { listCommand } from "../src/conversation-list/list-keys.ts"
import { type ListRow, listRows, type ListView, PINNED } from "../src/conversation-list/list-rows.ts"
import { parseCollapsed } from "../src/conversation-list/use-collapsed.ts"
import { dropOf } from "../src/conversation-list/use-list-drag.ts"
import { between, conversationsOf } from "../src/conversation-list/use-selection.ts"

function makeIndex(): WorkspaceIndex {
  let now = 1_700_000_000_000
  let seed = 0
  const randomBytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => (seed = (seed * 31 + 7) % 251))
  return new WorkspaceIndex(new Y.Doc(), { writer: "a", now: () => ++now, randomBytes })
}

interface Sought {
  readonly view?: ListView
  readonly query?: string
  readonly tag?: string
  readonly collapsed?: readonly string[]
}

function rowsOf(index: WorkspaceIndex, { view = "all", query = "", tag = "", collapsed = [] }: Sought = {}): readonly ListRow[] {
  const forest = workspaceFolders(index).getForest()
  return listRows({
    cards: index.getCards(),
    deleted: index.getDeletedCards(),
    forest,
    view,
    query,
    tag,
    collapsed: new Set(collapsed),
  })
}

/** Rows as one reads them: indented, folders with a mark, and in brackets what they add. */
function drawing(rows: readonly ListRow[]): string[] {
  return rows.map((row) => {
    const text =
      row.kind === "conversation"
        ? row.card.title + (row.hint === "" ? "" : ` (${row.hint})`)
        : row.kind === "folder"
          ? `${row.expanded ? "-" : "+"}${row.folder.name} ${row.count}`
          : row.kind === "pinned"
            ? `*${row.count}`
            : row.kind === "view"
              ? `>${row.view} ${row.count}`
              : "note"
    return "  ".repeat(row.level - 1) + text
  })
}

test("[WB27] pinned ones come first, then folders with what is in them, then all others, each conversation once; folded ones hide theirs", () => {
  const index = makeIndex()
  const work = workspaceFolders(index).create("Work")
  const taxes = workspaceFolders(index).create("Taxes", work)
  workspaceFolders(index).create("Empty")
  const [one, two, three, four] = ["one", "two", "three", "four"].map((title) => index.create({ title }))
  index.setFolder(one, taxes)
  index.setFolder(two, work)
  index.setPinned(three, true)
  index.setFolder(three, work)
  expect(drawing(rowsOf(index))).toEqual(["*1", "  three", "-Work 2", "  two", "  -Taxes 1", "    one", "-Empty 0", "  note", "four"])
  expect(drawing(rowsOf(index, { collapsed: [work, PINNED] }))).toEqual(["*1", "+Work 2", "-Empty 0", "  note", "four"])
  workspaceFolders(index).delete(taxes)
  index.setArchived(four, true)
  expect(drawing(rowsOf(index))).toEqual(["*1", "  three", "-Work 2", "  two", "  one", "-Empty 0", "  note", ">archive 1", ">deleted 1"])
})

test("[WB27] people who hear the list are told where each row stands among those beside it", () => {
  const index = makeIndex()
  const work = workspaceFolders(index).create("Work")
  const inner = workspaceFolders(index).create("Inner", work)
  for (const [title, folder] of [
    ["a", work],
    ["b", work],
    ["c", inner],
    ["d", null],
  ] as const) {
    index.setFolder(index.create({ title }), folder)
  }
  const places = rowsOf(index).map(({ level, place, of }) => `${level}: ${place}/${of}`)
  expect(places).toEqual(["1: 1/2", "2: 1/3", "2: 2/3", "2: 3/3", "3: 1/1", "1: 2/2"])
})

test("[WB4, WB27] what is sought is found in titles, tags and folders, every word, without regard to case and accents, and says where it stands", () => {
  const index = makeIndex()
  const folder = workspaceFolders(index).create("Küche")
  const sub = workspaceFolders(index).create("Brot", folder)
  const make = (title: string, snippet = ""): string => {
    const id = index.create({ title })
    if (snippet !== "") index.touch(id, { clock: 1, snippet })
    return id
  }
  index.setFolder(make("Sauerteig"), sub)
  const tagged = make("Über Straßen", "und Wege")
  index.addTag(tagged, "Unterwegs")
  make("Les élèves")
  const away = make("日本語のプロンプト")
  index.setArchived(away, true)
  make("")
  const found = (query: string, more: Sought = {}): string[] => drawing(rowsOf(index, { query, ...more }))
  expect(found("uber")).toEqual(["Über Straßen"])
  expect(found("wege ÜBER")).toEqual(["Über Straßen"])
  expect(found("unterWEGS")).toEqual(["Über Straßen"])
  expect(found("kuche")).toEqual(["+Küche 0", "Sauerteig (Küche / Brot)"])
  expect(found("brot sauer")).toEqual(["Sauerteig (Küche / Brot)"])
  expect(found("eleves")).toEqual(["Les élèves"])
  expect(found("プロ")).toEqual(["日本語のプロンプト (Archive)"])
  expect(found("プロ", { view: "archive" })).toEqual(["日本語のプロンプト"])
  expect(found(UNTITLED.toLowerCase())).toEqual([""])
  expect(found("nothing")).toEqual([])
  expect(found("", { tag: "UNTERWEGS" })).toEqual(["Über Straßen"])
  expect(found("sauer", { tag: "unterwegs" })).toEqual([])
})

test("[WB31] what was deleted is listed by itself, folders too, and nowhere else", () => {
  const index = makeIndex()
  const folder = workspaceFolders(index).create("Gone")
  const id = index.create({ title: "old" })
  index.create({ title: "kept" })
  index.setFolder(id, folder)
  index.delete(id)
  workspaceFolders(index).delete(folder)
  expect(drawing(rowsOf(index))).toEqual(["kept", ">deleted 2"])
  expect(drawing(rowsOf(index, { view: "deleted" }))).toEqual(["+Gone 0", "old"])
  expect(drawing(rowsOf(index, { query: "old" }))).toEqual([])
})

test("[WB28] a range goes from where one began, in either direction, over conversations only", () => {
  const index = makeIndex()
  const work = workspaceFolders(index).create("Work")
  const ids = ["a", "b", "c"].map((title) => index.create({ title }))
  index.setFolder(ids[0], work)
  const all = conversationsOf(rowsOf(index))
  expect(all).toEqual([ids[0], ids[2], ids[1]])
  expect(between(all, all[0], all[2])).toEqual(all)
  expect(between(all, all[2], all[1])).toEqual([all[1], all[2]])
  expect(between(all, "gone", all[1])).toEqual([all[1]])
  expect(between(all, all[0], "gone")).toEqual([])
})

const KEYS = { shiftKey: false, altKey: false, metaKey: false, ctrlKey: false }
const TOWARDS = { inwards: "ArrowRight", outwards: "ArrowLeft" }

test("[WB29] keys go through the rows, fold and unfold folders, and mean nothing while somebody writes", () => {
  const index = makeIndex()
  const work = workspaceFolders(index).create("Work")
  workspaceFolders(index).create("Empty", work)
  index.setFolder(index.create({ title: "in" }), work)
  index.create({ title: "out" })
  const rows = rowsOf(index)
  expect(drawing(rows)).toEqual(["-Work 1", "  in", "  -Empty 0", "    note", "out"])
  const press = (key: string, at: number, more: Partial<typeof KEYS> = {}, writing = false): unknown => {
    const command = listCommand({ key, ...KEYS, ...more }, rows, at, writing, TOWARDS)
    if (command === undefined) return undefined
    if (command.kind === "go") return command.extend ? ["extend", command.to] : command.to
    return "row" in command ? [command.kind, rows.indexOf(command.row)] : command.kind
  }
  expect([press("ArrowDown", 0), press("j", 1), press("ArrowDown", 2), press("ArrowDown", 4)]).toEqual([1, 2, 4, 4])
  expect([press("ArrowUp", 4), press("k", 0), press("Home", 4), press("End", 0)]).toEqual([2, 0, 0, 4])
  expect(press("ArrowDown", 1, { shiftKey: true })).toEqual(["extend", 2])
  expect(press("ArrowLeft", 0)).toEqual(["fold", 0])
  expect(press("ArrowRight", 0)).toBe(1)
  expect(press("ArrowLeft", 1)).toBe(0)
  expect(press("ArrowLeft", 4)).toBeUndefined()
  expect([press("F2", 1), press("Delete", 0), press(" ", 1), press(" ", 0)]).toEqual([
    ["rename", 1],
    ["remove", 0],
    ["toggle", 1],
    undefined,
  ])
  expect(press("ArrowDown", 2, { altKey: true })).toEqual(["reorder", 2])
  expect(press("a", 1, { ctrlKey: true })).toBe("select-all")
  expect(press("x", 1, { ctrlKey: true })).toBeUndefined()
  expect(press("Escape", 1)).toBe("end-selection")
  for (const key of ["j", "Home", "Delete", " ", "Escape", "ArrowLeft"]) expect(press(key, -1, {}, true)).toBeUndefined()
  expect(press("ArrowDown", -1, {}, true)).toBe(0)
  const folded = rowsOf(index, { collapsed: [work] })
  expect(listCommand({ key: "ArrowRight", ...KEYS }, folded, 0, false, TOWARDS)).toMatchObject({ kind: "unfold" })
})

test("[WB29] what is dragged goes into the folder it is let go over, before it at its upper edge, out of all folders elsewhere, and never into itself", () => {
  const index = makeIndex()
  const outer = workspaceFolders(index).create("Outer")
  const inner = workspaceFolders(index).create("Inner", outer)
  const other = workspaceFolders(index).create("Other")
  const id = index.create({ title: "in" })
  index.setFolder(id, inner)
  const loose = index.create({ title: "loose" })
  const forest = workspaceFolders(index).getForest()
  const rows = rowsOf(index)
  const row = (key: string): ListRow | undefined => rows.find((known) => known.key === key)
  const cards = { cards: [index.getCard(loose)] as ConversationCard[] }
  const folder = (key: string): { folder: NonNullable<ReturnType<typeof forest.folders.get>> } => ({ folder: forest.folders.get(key)! })
  expect(dropOf(cards, row(inner), 0.1, forest)).toMatchObject({ folderId: inner, mark: "into" })
  expect(dropOf(cards, row(id), 0.5, forest)).toMatchObject({ folderId: inner, key: inner })
  expect(dropOf(cards, row(loose), 0.5, forest)).toMatchObject({ folderId: null, key: null })
  expect(dropOf(cards, undefined, 0.5, forest)).toMatchObject({ folderId: null })
  expect(dropOf(folder(other), row(outer), 0.1, forest)).toMatchObject({ folderId: null, beforeId: outer, mark: "before" })
  expect(dropOf(folder(other), row(outer), 0.6, forest)).toMatchObject({ folderId: outer, beforeId: null })
  expect(dropOf(folder(outer), row(inner), 0.6, forest)).toBeUndefined()
  expect(dropOf(folder(outer), row(inner), 0.1, forest)).toBeUndefined()
  expect(dropOf(folder(outer), row(outer), 0.6, forest)).toBeUndefined()
  expect(dropOf(folder(outer), row(id), 0.6, forest)).toBeUndefined()
})

test("[WB27] ten thousand conversations are each in the list once, and found", () => {
  const index = makeIndex()
  const folders = Array.from({ length: 100 }, (_, at) => workspaceFolders(index).create(`f${at}`))
  index.together("fill", () => {
    for (let at = 0; at < 10_000; at++) {
      const id = index.create({ title: `conversation ${at}` })
      if (at % 2 === 0) index.setFolder(id, folders[at % 100])
    }
  })
  expect(rowsOf(index).filter(({ kind }) => kind === "conversation")).toHaveLength(10_000)
  expect(rowsOf(index, { query: "conversation 77" })).toHaveLength(280)
})

test("[WB6] what is folded away on this device is read with care", () => {
  expect(parseCollapsed(null).size).toBe(0)
  for (const text of ["", "{", "7", '{"a":1}']) expect(parseCollapsed(text).size).toBe(0)
  expect([...parseCollapsed('["a",3,"b"]')]).toEqual(["a", "b"])
})
