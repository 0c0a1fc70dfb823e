import { expect, test } from "vitest"
import * as Y from "yjs"
import { runCompaction } from "../src/index.ts"
import { cutUpdate, summarizeUpdate } from "../src/yjs/closed-update.ts"
import { DocumentSummary } from "../src/yjs/document-summary.ts"
import { mutated, randomUpdates } from "./random-updates.ts"
import { seededNumbers } from "./test-relay.ts"

const MUTATIONS = Number(process.env.MUTATIONS ?? 100_000)
const SEED = Number(process.env.SEED ?? 20_261_121)
const ORIGINALS = 500

interface Outcome {
  originals: number
  refused: number
  accepted: number
  faults: string[]
  notCompacted: Map<string, number>
}

function summaryOf(before: Uint8Array): DocumentSummary {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, before)
  return new DocumentSummary({ stateVector: Y.encodeStateVector(doc), owners: new Map() })
}

/** The update as the door lets it into a document with `summary`, `undefined` when it does not. */
function passes(summary: DocumentSummary, update: Uint8Array): Uint8Array | undefined {
  try {
    const sum = summarizeUpdate(update)
    if (summary.judge(sum, { principal: "p", handOver: false }) !== undefined) return undefined
    const cutAt = summary.cutAt(sum)
    return cutAt === undefined ? update : cutUpdate(update, cutAt)
  } catch {
    return undefined
  }
}

function judge(outcome: Outcome, before: Uint8Array, update: Uint8Array, compact: boolean): void {
  outcome.accepted++
  const doc = new Y.Doc()
  const name = Buffer.from(update).toString("hex")
  try {
    Y.applyUpdate(doc, before)
    Y.applyUpdate(doc, update)
  } catch (error) {
    outcome.faults.push(`throws ${String(error)}: ${Buffer.from(before).toString("hex")} + ${name}`)
    return
  }
  if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null)
    outcome.faults.push(`pending: ${Buffer.from(before).toString("hex")} + ${name}`)
  const known = summaryOf(before)
  known.take(summarizeUpdate(update), { principal: "p", handOver: false })
  if (Buffer.compare(known.stateVector(), Y.encodeStateVector(doc)) !== 0) outcome.faults.push(`state vector: ${name}`)
  if (!compact) return
  try {
    runCompaction({
      kind: "compact",
      document: { snapshot: { update: before, owners: new Map() }, entries: [{ update, principal: "p", handOver: false }] },
    })
  } catch (error) {
    const why = `${(error as Error).message}: ${String((error as Error).cause)}`
    outcome.notCompacted.set(why, (outcome.notCompacted.get(why) ?? 0) + 1)
    if (process.env.SHOW) console.log("NC", why, Buffer.from(before).toString("hex"), "+", name)
  }
}

test("[RL2] what the door accepts of 100,000 mutated updates every reader can apply, and compaction can compact", () => {
  const random = seededNumbers(SEED)
  const outcome: Outcome = { originals: 0, refused: 0, accepted: 0, faults: [], notCompacted: new Map() }
  const originals = randomUpdates(random, ORIGINALS).map(({ before, update }) => ({ before, update, summary: summaryOf(before) }))
  for (const { before, update, summary } of originals) {
    if (passes(summary, update) !== undefined) outcome.originals++
    judge(outcome, before, update, true)
  }
  for (let index = 0; index < MUTATIONS; index++) {
    const { before, update, summary } = originals[index % ORIGINALS]!
    const mutant = mutated(random, update)
    const accepted = passes(summary, mutant)
    if (accepted !== undefined) judge(outcome, before, accepted, true)
    else outcome.refused++
  }
  console.log(outcome)
  expect(outcome.originals).toBe(ORIGINALS)
  expect(outcome.faults).toEqual([])
})
