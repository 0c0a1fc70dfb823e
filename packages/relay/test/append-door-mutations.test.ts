import { expect, test } from "vitest"
import * as Y from "yjs"
import { type RelayError, runCompaction } from "../src/index.ts"
import { cutUpdate, summarizeUpdate } from "../src/yjs/closed-update.ts"
import { DocumentSummary } from "../src/yjs/document-summary.ts"
import { mutated, randomUpdates } from "./random-updates.ts"
import { seededNumbers } from "./test-relay.ts"

const MUTATIONS = 100_000
const ORIGINALS = 500
const SEED = 20_261_121
const WRITER = { principal: "p", handOver: false }

function summaryOf(before: Uint8Array): DocumentSummary {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, before)
  return new DocumentSummary({ stateVector: Y.encodeStateVector(doc), owners: new Map() })
}

/** The update as the door lets it into a document with `summary`, `undefined` when it does not. */
function admitted(summary: DocumentSummary, update: Uint8Array): Uint8Array | undefined {
  try {
    const sum = summarizeUpdate(update)
    if (summary.judge(sum, WRITER) !== undefined) return undefined
    const cutAt = summary.cutAt(sum)
    return cutAt === undefined ? update : cutUpdate(update, cutAt)
  } catch {
    return undefined
  }
}

/** What is wrong with a document that the door let `update` into; `undefined` when nothing is. */
function faultOf(before: Uint8Array, update: Uint8Array): string | undefined {
  const doc = new Y.Doc()
  try {
    Y.applyUpdate(doc, before)
    Y.applyUpdate(doc, update)
  } catch (error) {
    return String(error)
  }
  if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) return "something is pending"
  const known = summaryOf(before)
  known.take(summarizeUpdate(update), WRITER)
  return Buffer.compare(known.stateVector(), Y.encodeStateVector(doc)) === 0 ? undefined : "the state vector differs"
}

/** Whether `before` and `update` become a snapshot; `false` when compaction refuses, which leaves them as they are. */
function compacts(before: Uint8Array, update: Uint8Array): boolean {
  try {
    const document = { snapshot: { update: before, owners: new Map<number, string>() }, entries: [{ update, ...WRITER }] }
    const compacted = runCompaction({ kind: "compact", document })
    expect(faultOf(compacted.update, Uint8Array.of(0, 0))).toBeUndefined()
    return true
  } catch (error) {
    expect((error as RelayError).code).toBe("unsound")
    return false
  }
}

test("[RL2] what the door accepts of 100,000 mutated updates every reader can apply, and compaction compacts or leaves alone", () => {
  const random = seededNumbers(SEED)
  const originals = randomUpdates(random, ORIGINALS).map((arisen) => ({ ...arisen, summary: summaryOf(arisen.before) }))
  for (const { before, update, summary } of originals) {
    const entry = admitted(summary, update)
    expect(entry).toBeDefined()
    expect([faultOf(before, entry!), compacts(before, entry!)]).toEqual([undefined, true])
  }
  const faults: string[] = []
  let accepted = 0
  let leftAlone = 0
  for (let index = 0; index < MUTATIONS; index++) {
    const { before, update, summary } = originals[index % ORIGINALS]!
    const entry = admitted(summary, mutated(random, update))
    if (entry === undefined) continue
    accepted++
    const fault = faultOf(before, entry)
    if (fault !== undefined) faults.push(`${fault}: ${Buffer.from(before).toString("hex")} + ${Buffer.from(entry).toString("hex")}`)
    if (!compacts(before, entry)) leftAlone++
  }
  expect(faults).toEqual([])
  // The mutations reached both outcomes, and compaction is rarely refused by what the door lets pass.
  expect(accepted).toBeGreaterThan(MUTATIONS * 0.04)
  expect(leftAlone).toBeLessThan(accepted / 500)
}, 300_000)

test("[RL2] a struct whose known part was collected as garbage under another length is cut, and applies", () => {
  const before = Buffer.from(
    "03088bf7e18009002801016d016b0175027d0175027d0275017d0387010803017007008bf7e18009010604008bf7e180090205776f72647328008bf7e180090105636c61737301770163a8010d017e2701016d016e0128008bf7e180090a0178017d0103020008010161017706737472696e678102000100030801000701017803017007000100060400010105776f7264732800010005636c61737301770163870100060400010804746578742101016d016c010001020201010401010d02",
    "hex",
  )
  const update = Buffer.from(
    "03088bf7e18009002801016d016b0175027d0175027d0275017d0387010803017007008bf7e18009010604008bf7e180090205776f72647328208bf7e180090105636c61737301770163a8010d017e2701016d016e0128008bf7e180090a0178017d0104020008010161017706737472696e678102000500030401017401610801000701017803017007000100060400010105776f7264732800010005636c61737301770163870100060400010804746578742101016d016c010001020201010401010d02",
    "hex",
  )
  expect(faultOf(before, update)).toContain("TypeError")
  const entry = admitted(summaryOf(before), update)
  expect([faultOf(before, entry!), compacts(before, entry!)]).toEqual([undefined, true])
})
