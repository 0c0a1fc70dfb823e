import fc from "fast-check"
import { expect, test } from "vitest"
import { type ConversationError, type Folder, type FolderForest, MAX_FOLDER_NAME_LENGTH, workspaceFolders } from "@polylogue/conversation"
import * as Y from "yjs"
import { countUpdates, indexDevice, reload, seededBytes, seededRandom, sync } from "./devices.ts"
import { orderBetween } from "../src/order-key.ts"

const coded = (code: string): ConversationError => expect.objectContaining({ code }) as ConversationError

/** A forest as text: names, nested by indentation. */
function drawing(forest: FolderForest): string[] {
  const lines: string[] = []
  const draw = (id: string | null, depth: number): void => {
    for (const folder of forest.childrenOf(id)) {
      lines.push("  ".repeat(depth) + folder.name)
      draw(folder.id, depth + 1)
    }
  }
  draw(null, 0)
  return lines
}

test("[CV26] folders are made, renamed, moved, deleted and restored, each in its place", () => {
  const { index, ydoc } = indexDevice("a")
  const folders = workspaceFolders(index)
  let calls = 0
  const stop = folders.subscribe(() => calls++)
  const work = folders.create(" Work \n now ")
  const home = folders.create("Home")
  const taxes = folders.create("Taxes", home)
  expect(drawing(folders.getForest())).toEqual(["Work now", "Home", "  Taxes"])
  expect(folders.getForest()).toBe(folders.getForest())
  expect(countUpdates(ydoc, () => folders.rename(work, "Work now"))).toBe(0)
  folders.rename(work, "Work")
  folders.move(home, work)
  expect(drawing(folders.getForest())).toEqual(["Work", "  Home", "    Taxes"])
  expect(
    folders
      .getForest()
      .pathTo(taxes)
      .map(({ name }) => name),
  ).toEqual(["Work", "Home", "Taxes"])
  folders.delete(home)
  expect(drawing(folders.getForest())).toEqual(["Work", "  Taxes"])
  expect(folders.getForest().placeOf(home)).toBe(work)
  expect(folders.getForest().deleted.map(({ name }) => name)).toEqual(["Home"])
  folders.restore(home)
  expect(drawing(folders.getForest())).toEqual(["Work", "  Home", "    Taxes"])
  folders.move(taxes, null, work)
  expect(drawing(folders.getForest())).toEqual(["Taxes", "Work", "  Home"])
  const third = folders.create("Between")
  folders.move(third, null, work)
  expect(drawing(folders.getForest())).toEqual(["Taxes", "Between", "Work", "  Home"])
  expect(drawing(workspaceFolders(indexDevice("b", 1).index).getForest())).toEqual([])
  const before = calls
  stop()
  index.destroy()
  folders.rename(third, "Unheard")
  expect(calls).toBe(before)
})

test("[CV26] what cannot be done has a code or is a programming error, and writes nothing", () => {
  const { index, ydoc } = indexDevice("a")
  const folders = workspaceFolders(index)
  const outer = folders.create("outer")
  const inner = folders.create("inner", outer)
  const update = countUpdates(ydoc, () => {
    expect(() => folders.move(outer, inner)).toThrow(coded("folder-cycle"))
    expect(() => folders.move(outer, outer)).toThrow(coded("folder-cycle"))
    expect(() => folders.move(outer, "nowhere")).toThrow(coded("unknown-folder"))
    for (const id of ["nowhere", "", "a/b"]) expect(() => folders.rename(id, "x")).toThrow(coded("unknown-folder"))
    expect(() => folders.create("x", "nowhere")).toThrow(coded("unknown-folder"))
    expect(() => folders.create(" \n ")).toThrow(RangeError)
    expect(() => folders.create("x".repeat(MAX_FOLDER_NAME_LENGTH + 1))).toThrow(RangeError)
    expect(() => index.setFolder("c", "a/b")).toThrow(coded("bad-id"))
  })
  expect(update).toBe(0)
  folders.create("x".repeat(MAX_FOLDER_NAME_LENGTH))
})

test("[CV26] two folders put into each other at the same time are cut at the lower id, and both show", () => {
  for (let seed = 1; seed < 30; seed++) {
    const a = indexDevice("a", seed)
    const b = indexDevice("b", seed)
    const one = workspaceFolders(a.index).create("one")
    a.clock.now += 5
    const two = workspaceFolders(a.index).create("two")
    sync(a.ydoc, b.ydoc)
    workspaceFolders(a.index).move(one, two)
    workspaceFolders(b.index).move(two, one)
    sync(a.ydoc, b.ydoc)
    expect(one < two).toBe(true)
    for (const { index } of [a, b]) expect(drawing(workspaceFolders(index).getForest())).toEqual(["one", "  two"])
    // Taking one out again moves that one, and not the other into it.
    const out = seed % 2 === 0 ? one : two
    workspaceFolders(b.index).move(out, null)
    sync(a.ydoc, b.ydoc)
    expect(drawing(workspaceFolders(a.index).getForest()).sort()).toEqual(out === one ? ["  two", "one"] : ["one", "two"])
    expect(drawing(workspaceFolders(b.index).getForest())).toEqual(drawing(workspaceFolders(a.index).getForest()))
  }
})

test("[CV26] a card shows in its folder, in what is left around a deleted one, and at the root until the folder has arrived", () => {
  const a = indexDevice("a")
  const folder = workspaceFolders(a.index).create("Work")
  const inner = workspaceFolders(a.index).create("Inner", folder)
  const card = a.index.create({ title: "x" })
  a.index.setFolder(card, inner)
  const late = indexDevice("b")
  late.index.create({ id: card })
  late.index.setFolder(card, inner)
  expect(
    workspaceFolders(late.index)
      .getForest()
      .placeOf(late.index.getCard(card)?.folderId ?? null),
  ).toBeNull()
  sync(a.ydoc, late.ydoc)
  const place = (): string | null =>
    workspaceFolders(a.index)
      .getForest()
      .placeOf(a.index.getCard(card)?.folderId ?? null)
  expect(place()).toBe(inner)
  workspaceFolders(a.index).delete(inner)
  expect(place()).toBe(folder)
  workspaceFolders(a.index).delete(folder)
  expect(place()).toBeNull()
  workspaceFolders(a.index).restore(inner)
  expect(place()).toBe(inner)
  a.index.setFolder(card, null)
  expect(a.index.getCard(card)?.folderId).toBeNull()
})

test("[CV26] foreign keys and values make no folder and hurt none", () => {
  const { index, ydoc } = indexDevice("a")
  const map = ydoc.getMap("folders")
  const cut = { turn: 1, clock: 1 }
  map.set("ghost/parent/b", { ...cut, value: "x" })
  map.set("/name/b", { ...cut, value: "no id" })
  map.set("odd%2Fid/name/b", { ...cut, value: "bad id" })
  map.set("blank/name/b", { ...cut, value: "  " })
  map.set("ok/name/b", { ...cut, value: "y".repeat(MAX_FOLDER_NAME_LENGTH * 2) })
  map.set("ok/parent/b", { ...cut, value: 7 })
  map.set("ok/order/b", 9)
  map.set("self/name/b", { ...cut, value: "self" })
  map.set("self/parent/b", { ...cut, value: "self" })
  expect(drawing(workspaceFolders(index).getForest())).toEqual(["y".repeat(MAX_FOLDER_NAME_LENGTH), "self"])
  map.set("ghost/name/b", { ...cut, value: "arrived" })
  expect(workspaceFolders(index).getForest().folders.get("ghost")?.parentId).toBeNull()
})

type Step = readonly [device: number, kind: number, which: number, other: number]

test("[CV26, I2] whatever devices do with folders at once and in whatever order it arrives, all see one forest with each folder in it once", () => {
  const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(2), fc.nat(6), fc.nat(20), fc.nat(20))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.infiniteStream(fc.nat(1000)), (steps, picks) => {
      const devices = ["a", "b", "c"].map((name, at) => indexDevice(name, at + 1))
      const updates: Uint8Array[] = []
      for (const { ydoc } of devices) {
        ydoc.on("update", (update: Uint8Array, origin: unknown) => void (origin === "sync" || updates.push(update)))
      }
      for (const [at, kind, which, other] of steps) {
        const { index, ydoc, clock } = devices[at] ?? devices[0]!
        clock.now += 1
        act(workspaceFolders(index), kind, which, other)
        if (kind === 6) for (const from of devices) Y.applyUpdate(ydoc, Y.encodeStateAsUpdate(from.ydoc), "sync")
      }
      // A reader that gets everything in some other order.
      const reader = indexDevice("r", 9)
      for (const update of updates.toSorted(() => picks.next().value! - 500)) Y.applyUpdate(reader.ydoc, update)
      sync(...devices.map(({ ydoc }) => ydoc), reader.ydoc)
      const expected = drawing(workspaceFolders(reader.index).getForest())
      for (const { index } of devices) expect(drawing(workspaceFolders(index).getForest())).toEqual(expected)
      const fresh = indexDevice("f", 8)
      Y.applyUpdate(fresh.ydoc, Y.encodeStateAsUpdate(reload(reader.ydoc)))
      const forest = workspaceFolders(fresh.index).getForest()
      expect(drawing(forest)).toEqual(expected)
      expect(expected).toHaveLength(forest.folders.size)
    }),
    { numRuns: 150 },
  )
})

function act(folders: ReturnType<typeof workspaceFolders>, kind: number, which: number, other: number): void {
  const forest = folders.getForest()
  const alive = [...forest.folders.values()]
  const pick = (at: number): Folder | undefined => alive[at % Math.max(1, alive.length)]
  const folder = pick(which)
  const target = pick(other)?.id ?? null
  if (kind <= 1 || folder === undefined) folders.create(`f${which}`, other % 3 === 0 ? null : target)
  else if (kind === 2 || kind === 3) {
    if (!forest.pathTo(target).some(({ id }) => id === folder.id)) folders.move(folder.id, target)
  } else if (kind === 4) folders.delete(folder.id)
  else if (kind === 5) folders.rename(folder.id, `n${other}`)
  else {
    const gone = forest.deleted[other % Math.max(1, forest.deleted.length)]
    if (gone !== undefined) folders.restore(gone.id)
  }
}

test("[CV27] between two places there is always another, at the ends too, and two devices that put something there do not meet", () => {
  const random = seededRandom(5)
  const randomBytes = seededBytes(random)
  const places: string[] = []
  for (let step = 0; step < 3000; step++) {
    const at = Math.floor(random() * (places.length + 1))
    const place = orderBetween(places[at - 1] ?? null, places[at] ?? null, randomBytes)
    places.splice(at, 0, place)
  }
  expect(places).toEqual(places.toSorted())
  expect(new Set(places).size).toBe(places.length)
  // Always at the end, always at the start, always between the same two.
  let last: string | null = null
  let first: string | null = null
  let [low, high] = ["A", "B"]
  for (let step = 0; step < 1000; step++) {
    const next = orderBetween(last, null, randomBytes)
    expect(next > (last ?? "")).toBe(true)
    last = next
    first = orderBetween(null, first, randomBytes)
    const middle = orderBetween(low, high, randomBytes)
    expect(middle > low && middle < high).toBe(true)
    if (step % 2 === 0) low = middle
    else high = middle
  }
  expect(last?.length).toBeLessThan(100)
  const both = ["a", "b"].map((name, at) => {
    const device = indexDevice(name, at + 1)
    workspaceFolders(device.index).create("x")
    return [...workspaceFolders(device.index).getForest().folders.values()][0]?.order
  })
  expect(both[0]).not.toBe(both[1])
})

test("[CV27] places that leave no room, or are not of our making, still give a place", () => {
  const randomBytes = seededBytes(seededRandom(1))
  for (const [low, high] of [
    ["A", "A"],
    ["B", "A"],
    ["A", "A0"],
    ["A", "A000"],
    ["é", "ü"],
    ["", ""],
    ["zzzz", "zzzzz"],
  ] as const) {
    expect(orderBetween(low, high, randomBytes)).toMatch(/^[0-9A-Za-z]+$/)
  }
})
