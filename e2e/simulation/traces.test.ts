import { expect, test } from "vitest"
import type { ReplicaDocument } from "@polylogue/replica"
import * as Y from "yjs"
import { CalmNetwork } from "./calm-network.ts"
import { hasSharedData, readSharedData } from "./shared-data.ts"

type Patch = readonly [position: number, deleted: number, inserted: string]

interface Trace {
  readonly endContent: string
  readonly txns: readonly { readonly parents?: readonly number[]; readonly agent?: number; readonly patches: readonly Patch[] }[]
}

const CONCURRENT = "clownschool.json.gz"
const SEQUENTIAL = "automerge-paper.json.gz"
function readTrace(name: string): Trace {
  return JSON.parse(new TextDecoder().decode(readSharedData(name))) as Trace
}

function strike(ydoc: Y.Doc, patches: readonly Patch[]): void {
  const text = ydoc.getText("text")
  ydoc.transact(() => {
    for (const [position, deleted, inserted] of patches) {
      if (deleted > 0) text.delete(position, deleted)
      if (inserted !== "") text.insert(position, inserted)
    }
  })
}

async function openOnAll(network: CalmNetwork, count: number): Promise<ReplicaDocument[]> {
  const documents: ReplicaDocument[] = []
  await network.open()
  for (let index = 0; index < count; index++) documents.push(await network.openDocument(await network.addReplica(), "trace"))
  return documents
}

/** What one author saw at each of their keystrokes: all that the trace names as its causes, and nothing else. */
class Author {
  readonly #ydoc = new Y.Doc()
  readonly #seen = new Set<number>()

  /** Shows the author what keystroke `index` was made upon. Returns whether any of it was new. */
  see({ parents = [] }: Trace["txns"][number], updates: readonly Uint8Array[], trace: Trace): boolean {
    const missing: number[] = []
    const open = [...parents]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (this.#seen.has(next)) continue
      this.#seen.add(next)
      missing.push(next)
      open.push(...(trace.txns[next]!.parents ?? []))
    }
    for (const other of missing.toSorted((left, right) => left - right)) Y.applyUpdate(this.#ydoc, updates[other]!)
    return missing.length > 0
  }

  /** Makes keystroke `index`; returns its update. */
  strike(index: number, { patches }: Trace["txns"][number]): Uint8Array {
    let update = new Uint8Array()
    this.#ydoc.once("update", (made: Uint8Array) => {
      update = Uint8Array.from(made)
    })
    strike(this.#ydoc, patches)
    this.#seen.add(index)
    return update
  }
}

/*
 * The people of this trace wrote at the same time: 10,218 of 23,136 keystrokes were made without having seen another's. A replica shows what
 * the relay has sent, which cannot be held to exactly what an author had seen; so each keystroke is made in a Y.Doc of its author that holds
 * exactly that, and is handed to the author's replica as an update.
 */
test.skipIf(!hasSharedData(CONCURRENT))(
  `[SM7] keystrokes of three people at once (skipped without ${CONCURRENT})`,
  { timeout: 120_000 },
  async () => {
    const trace = readTrace(CONCURRENT)
    const network = new CalmNetwork(2)
    const documents = await openOnAll(network, 4)
    const authors = [new Author(), new Author(), new Author()]
    const updates: Uint8Array[] = []
    for (const [index, txn] of trace.txns.entries()) {
      const author = authors[txn.agent!]!
      // What was new to the author has come to the author's replica, too.
      if (author.see(txn, updates, trace) || index % 40 === 0) await network.clock.runFor(50)
      const update = author.strike(index, txn)
      updates.push(update)
      Y.applyUpdate(documents[txn.agent!]!.ydoc, update)
    }
    await network.settle(documents)
    for (const { ydoc } of documents) expect(ydoc.getText("text").toJSON() === trace.endContent).toBe(true)
    await network.close()
  },
)

test.skipIf(!hasSharedData(SEQUENTIAL))(
  `[SM7] 259,778 keystrokes of a long text (skipped without ${SEQUENTIAL})`,
  { timeout: 120_000 },
  async () => {
    const trace = readTrace(SEQUENTIAL)
    const network = new CalmNetwork(3)
    const documents = await openOnAll(network, 2)
    const [writer] = documents
    for (const [index, { patches }] of trace.txns.entries()) {
      strike(writer!.ydoc, patches)
      if (index % 500 === 0) await network.clock.runFor(20)
    }
    await network.settle(documents)
    for (const { ydoc } of documents) expect(ydoc.getText("text").toJSON() === trace.endContent).toBe(true)
    await network.close()
  },
)
