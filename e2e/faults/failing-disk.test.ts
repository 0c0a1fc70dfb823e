import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openRelay, type Relay, runCompaction } from "@polylogue/relay"
import { openReplica } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { LevelEntryLog } from "@polylogue/storage/level"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { dialInside, FailingDisk, fastClock } from "./failing-disk.ts"
import { eventually } from "./fault-kit.ts"

const DOCUMENTS = ["disk/a", "disk/b"]
const WORDS = 8

/** A relay on `disk` takes words until all are acknowledged. @returns what is missing on the disk when it is read again. */
async function takeWords(disk: FailingDisk): Promise<string[]> {
  const location = await mkdtemp(join(tmpdir(), "polylogue-failing-"))
  const clock = fastClock(50)
  const start = (): Promise<Relay> =>
    openRelay({
      log: new LevelEntryLog({ location, database: (folder) => disk.open(folder) }),
      clock,
      randomBytes,
      compactor: { run: (job) => Promise.resolve(runCompaction(job)) },
      limits: { compactItems: 3, windowItems: 1 },
    })
  // Who starts a relay starts it again.
  const relay = await start().catch(start)
  const replica = await openReplica({
    store: new MemoryEntryLog(),
    relays: ["ws://inside/sync"],
    dial: dialInside((socket) => relay.accept(socket)),
    clock,
    randomBytes,
    agent: "failing-disk",
    keeps: "tab",
  })
  const acknowledged: string[] = []
  try {
    const documents = await Promise.all(DOCUMENTS.map((documentId) => replica.open(documentId)))
    for (let count = 0; count < WORDS; count++) {
      await Promise.all(
        documents.map(async (document) => {
          document.ydoc.getArray<string>("words").push([`w${count}`])
          await document.whenDurable("stored")
          acknowledged.push(`${document.documentId} w${count}`)
        }),
      )
    }
    await eventually(() => relay.ready)
  } finally {
    await replica.close()
    await relay.close()
  }
  const log = new LevelEntryLog({ location })
  await log.open()
  const stored = new Set((await Promise.all(DOCUMENTS.map((documentId) => wordsIn(log, documentId)))).flat())
  await log.close()
  await rm(location, { recursive: true })
  expect(acknowledged).toHaveLength(DOCUMENTS.length * WORDS)
  return acknowledged.filter((word) => !stored.has(word))
}

async function wordsIn(log: LevelEntryLog, documentId: string): Promise<string[]> {
  const ydoc = new Y.Doc()
  const snapshot = await log.snapshot(documentId)
  if (snapshot !== undefined) Y.applyUpdate(ydoc, snapshot.update)
  const page = await log.read(documentId, (await log.head(documentId)).base)
  for (const item of page.kind === "items" ? page.items : [])
    Y.applyUpdate(ydoc, item.kind === "entry" ? item.entry.update : item.snapshot.update)
  return ydoc
    .getArray<string>("words")
    .toArray()
    .map((word) => `${documentId} ${word}`)
}

for (const effect of [false, true]) {
  test(`[OF4, I1] whichever operation of the disk fails, ${effect ? "having" : "without having"} an effect, what is acknowledged is there`, async () => {
    const hit = new Set<string>()
    for (let failAt = 1; ; failAt++) {
      const disk = new FailingDisk({ failAt, effect })
      expect(await takeWords(disk), `operation ${failAt}`).toEqual([])
      if (disk.hit === undefined) break
      hit.add(disk.hit)
    }
    expect([...hit]).toEqual(expect.arrayContaining(["open", "get", "batch", "nextv"]))
  })
}

test("[OF4, I1] a slow disk delays acknowledgements, and takes nothing back", async () => {
  const disk = new FailingDisk({ slowMs: 15 })
  expect(await takeWords(disk)).toEqual([])
})
