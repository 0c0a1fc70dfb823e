import type { Replica, ReplicaDocument } from "@polylogue/replica"
import * as decoding from "lib0/decoding"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { CalmNetwork } from "./calm-network.ts"
import { Random } from "./random.ts"
import { hasSharedData, readSharedData } from "./shared-data.ts"

const FILE = "yjs-golden-a.bin.gz"
/** Documents that are open at once. */
const BATCH = 190
/** Updates are shuffled within a window: Yjs takes seconds for a long set in wholly random order, for it searches what is pending again and again. */
const WINDOW = 40

interface Case {
  readonly updates: readonly Uint8Array[]
  readonly text: string
  readonly map: unknown
  readonly array: unknown
}

function readCases(): Case[] {
  const decoder = decoding.createDecoder(readSharedData(FILE))
  return Array.from({ length: decoding.readVarUint(decoder) }, () => {
    const updates = Array.from({ length: decoding.readVarUint(decoder) }, () => decoding.readVarUint8Array(decoder))
    return { updates, text: decoding.readVarString(decoder), map: decoding.readAny(decoder), array: decoding.readAny(decoder) }
  })
}

/** All of `updates`, shuffled, every fifth twice. */
function disorder(updates: readonly Uint8Array[], random: Random): Uint8Array[] {
  const disordered: Uint8Array[] = []
  for (let start = 0; start < updates.length; start += WINDOW) {
    const window = updates.slice(start, start + WINDOW)
    disordered.push(...random.shuffle([...window, ...window.filter(() => random.chance(0.2))]))
  }
  return disordered
}

function outcome(ydoc: Y.Doc): Omit<Case, "updates"> {
  const text = ydoc.getText("text").toJSON()
  return { text, map: ydoc.getMap("map").toJSON(), array: ydoc.getArray("array").toJSON() }
}

async function openAll(network: CalmNetwork, replica: Replica, ids: readonly string[]): Promise<ReplicaDocument[]> {
  const documents: ReplicaDocument[] = []
  for (const id of ids) documents.push(await network.openDocument(replica, id))
  return documents
}

test.skipIf(!hasSharedData(FILE))(
  `[SM6] known update sets through two replicas and a relay (skipped without ${FILE})`,
  { timeout: 120_000 },
  async () => {
    const cases = readCases()
    const random = new Random("golden")
    const network = new CalmNetwork(1)
    await network.open()
    const replicas = [await network.addReplica(), await network.addReplica()]
    const fresh = await network.addReplica()
    for (let start = 0; start < cases.length; start += BATCH) {
      const batch = cases.slice(start, start + BATCH)
      const ids = batch.map((_, index) => `golden/${start + index}`)
      const documents: ReplicaDocument[][] = []
      for (const replica of replicas) documents.push(await openAll(network, replica, ids))
      const feeds = documents.flatMap((list) => list.map(({ ydoc }, index) => ({ ydoc, updates: disorder(batch[index]!.updates, random) })))
      // Both replicas get everything, each in an order of its own, a few updates at a time, so that the relay stands between.
      while (feeds.some(({ updates }) => updates.length > 0)) {
        for (const { ydoc, updates } of feeds) for (const update of updates.splice(0, random.between(1, 60))) Y.applyUpdate(ydoc, update)
        await network.clock.runFor(random.between(1, 40))
      }
      await network.settle(documents.flat())
      const readers = await openAll(network, fresh, ids)
      await network.settle(readers)
      for (const [index, { text, map, array }] of batch.entries()) {
        for (const document of [...documents.map((list) => list[index]!), readers[index]!]) {
          expect(outcome(document.ydoc), document.documentId).toEqual({ text, map, array })
          expect(document.ydoc.store.pendingStructs).toBeNull()
        }
      }
      await network.clock.complete(Promise.all([...documents.flat(), ...readers].map((document) => document.close())), 60_000, "close")
    }
    await network.close()
  },
)
