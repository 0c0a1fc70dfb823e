import { eraseDocument, indexDocumentId, Source, sourceCards, sourceDocumentId, WorkspaceIndex } from "@polylogue/conversation"
import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import { Town } from "../../replica/test/support/town.ts"
import { SHELF_PATIENCE_MS, type ShelfReplica, SourceShelf, SourceShelves } from "../src/index.ts"
import { Library, WORKSPACE } from "./support/library.ts"

function shelfOf({ replica, clock }: Library, limits = {}): SourceShelf {
  return new SourceShelf({ replica, clock, workspace: WORKSPACE, limits })
}

async function found(shelf: SourceShelf, question: string): Promise<readonly string[]> {
  return (await shelf.search(question, 5)).passages.map(({ sourceId }) => sourceId)
}

test("[RS26] a passage found says what stands in its source, where, and under which title", async () => {
  const library = await Library.open()
  const text = "Trains leave at nine.\n\nBuses leave at ten."
  await library.add("timetable", "Timetable", text, [{ page: 3, start: 0 }])
  await library.add("menu", "Menu", "Soup is served at noon.")
  const { passages, searched, unsearched } = await shelfOf(library).search("when do trains leave?", 5)
  expect({ searched, unsearched }).toEqual({ searched: 2, unsearched: 0 })
  expect(passages).toHaveLength(1)
  const [passage] = passages
  expect(passage).toMatchObject({ sourceId: "timetable", title: "Timetable", page: 3, rank: 1, text })
  expect(text.slice(passage!.start, passage!.end)).toBe(passage!.text)
  expect(passage!.words.toJSON()).toBe(text)
  expect(passage!.chunkId.startsWith(passage!.hash)).toBe(true)
})

test("[RS26] what is added, changed, deleted and erased after the first search counts at the next", async () => {
  const library = await Library.open()
  const shelf = shelfOf(library)
  expect(await found(shelf, "trains")).toEqual([])
  await library.add("one", "One", "Trains leave at nine.")
  expect(await found(shelf, "trains")).toEqual(["one"])

  await library.write(sourceDocumentId(WORKSPACE, "one"), (ydoc) => {
    const source = new Source(ydoc, library.options)
    source.text.delete(0, source.text.length)
    source.text.insert(0, "Ships leave at nine.")
  })
  expect(await found(shelf, "trains")).toEqual([])
  expect(await found(shelf, "ships")).toEqual(["one"])

  await library.write(indexDocumentId(WORKSPACE), (ydoc) => sourceCards(new WorkspaceIndex(ydoc, library.options)).delete("one"))
  expect(await found(shelf, "ships")).toEqual([])
  await library.write(indexDocumentId(WORKSPACE), (ydoc) => sourceCards(new WorkspaceIndex(ydoc, library.options)).restore("one"))
  expect(await found(shelf, "ships")).toEqual(["one"])

  const document = await library.replica.open(sourceDocumentId(WORKSPACE, "one"))
  await document.erase(eraseDocument(document.ydoc))
  expect(await found(shelf, "ships")).toEqual([])
})

test("[RS26] a change of which no hint came is seen before anybody is shown a word of the old text", async () => {
  const library = await Library.open()
  const { onDisk, status } = library.replica
  const replica: ShelfReplica = {
    status,
    open: (documentId) => library.replica.open(documentId),
    watch: () => () => {},
    onDisk: {
      read: (documentId) => onDisk.read(documentId),
      hasMovedOn: (documentId, place) => onDisk.hasMovedOn(documentId, place),
      note: (documentId) => onDisk.note(documentId),
      setNote: (documentId, note) => onDisk.setNote(documentId, note),
      subscribe: () => () => {},
    },
  }
  const shelf = new SourceShelf({ replica, clock: library.clock, workspace: WORKSPACE })
  await library.add("one", "One", "The secret word is heron.")
  await library.add("two", "Two", "A heron is a bird.")
  expect(await found(shelf, "heron")).toContain("one")
  await library.write(sourceDocumentId(WORKSPACE, "one"), (ydoc) => {
    const source = new Source(ydoc, library.options)
    source.text.delete(0, source.text.length)
    source.text.insert(0, "Nothing.")
  })
  expect(await found(shelf, "heron")).toEqual(["two"])
})

test("[RS27] a shelf searches as much as it has room for, and says how many sources it did not search", async () => {
  const library = await Library.open()
  await library.add("one", "One", "x".repeat(50) + " herons")
  await library.add("two", "Two", "y".repeat(50) + " herons")
  await library.list("nowhere", "Never came")
  const all = await shelfOf(library, { maxIndexedCharacters: 114 }).search("herons", 5)
  expect([all.passages.length, all.searched, all.unsearched]).toEqual([2, 2, 1])
  const one = await shelfOf(library, { maxIndexedCharacters: 113 }).search("herons", 5)
  expect([one.passages.length, one.searched, one.unsearched]).toEqual([1, 1, 2])
})

test("[RS27] texts for which there is no room in memory are read again when they are found", async () => {
  const library = await Library.open()
  for (const name of ["one", "two", "three"]) await library.add(name, name, `${name} herons`)
  const shelf = shelfOf(library, { maxKeptCharacters: 1 })
  for (let time = 0; time < 2; time++)
    expect((await shelf.search("herons", 5)).passages.map(({ text }) => text).sort()).toEqual(["one herons", "three herons", "two herons"])
})

test("[RS27] a closed shelf gives its index back, and the shelves of a responder are one for each workspace", async () => {
  const library = await Library.open()
  await library.add("one", "One", "Trains leave at nine.")
  const shelves = new SourceShelves({ replica: library.replica, clock: library.clock })
  expect(shelves.of(WORKSPACE)).toBe(shelves.of(WORKSPACE))
  expect(shelves.of("elsewhere")).not.toBe(shelves.of(WORKSPACE))
  expect((await shelves.of(WORKSPACE).search("trains", 1)).passages).toHaveLength(1)
  await shelves.close()
  await shelves.close()
  await library.replica.close()
})

/** A relay with a device that adds sources and one that searches, each with its own copy. */
async function neighbours(): Promise<{ readonly town: Town; readonly writer: Library; readonly reader: Library }> {
  const town = new Town()
  await town.raise(new MemoryDisk())
  const [writer, reader] = await Promise.all([town.replica(), town.replica()])
  return { town, writer: Library.over(writer, town.clock, 1), reader: Library.over(reader, town.clock, 2) }
}

test("[RS26] sources that the device has not got yet are brought, those of a first start too", async () => {
  const { town, writer, reader } = await neighbours()
  await writer.add("one", "One", "Trains leave at nine.")
  await town.clock.pass(10_000)
  const shelf = shelfOf(reader)
  const searching = shelf.search("trains", 5)
  await town.clock.pass(1_000)
  expect(await searching).toMatchObject({ passages: [{ sourceId: "one" }], searched: 1, unsearched: 0 })

  await writer.add("two", "Two", "Ships leave at ten.")
  await writer.write(sourceDocumentId(WORKSPACE, "one"), (ydoc) => new Source(ydoc, writer.options).text.insert(0, "Night ships and "))
  await town.clock.pass(10_000)
  const again = shelf.search("ships", 5)
  await town.clock.pass(1_000)
  expect((await again).passages.map(({ sourceId }) => sourceId).sort()).toEqual(["one", "two"])
})

test("[RS27] a source that does not come in time is left out and told of; nothing waits for a relay that is gone", async () => {
  const { town, writer, reader } = await neighbours()
  await writer.add("one", "One", "Trains leave at nine.")
  await writer.list("never", "Never added")
  await town.clock.pass(10_000)
  const shelf = shelfOf(reader)
  const searching = shelf.search("trains", 5)
  await town.clock.pass(SHELF_PATIENCE_MS)
  expect(await searching).toMatchObject({ searched: 1, unsearched: 1 })
  reader.replica.setCutOff(true)
  expect(await shelf.search("trains", 5)).toMatchObject({ searched: 1, unsearched: 1 })
})
