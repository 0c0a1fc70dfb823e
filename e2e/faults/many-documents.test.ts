import process from "node:process"
import { expect, test } from "vitest"
import { RelayProcess } from "../relay-process.ts"
import { connect, eventually, metric } from "./fault-kit.ts"

const MIB = 1024 * 1024
/** Documents that are opened and closed: POLYLOGUE_DOCUMENTS, else 10,000. */
const DOCUMENTS = Number(process.env["POLYLOGUE_DOCUMENTS"] ?? 10_000)
/** Documents open at once. */
const AT_ONCE = 500
/** What may be left of the heap that they took: heads that the store keeps, and noise. */
const LEFT = 16 * MIB

test("[OF3, I5] ten thousand documents opened and closed leave no room, and the heap as it was", async () => {
  const relay = await RelayProcess.start({ flags: ["--limits", JSON.stringify({ roomIdleMs: 100 })] })
  const replica = await connect(relay)
  try {
    const heap = (): Promise<number> => metric(relay, "nodejs_heap_size_used_bytes")
    const rooms = (): Promise<number> => metric(relay, "polylogue_relay_rooms")
    const open = async (from: number, count: number): Promise<void> => {
      const documents = await Promise.all(Array.from({ length: count }, (_, index) => replica.open(`many/${from + index}`)))
      for (const document of documents) document.ydoc.getArray("words").push(["one"])
      await Promise.all(documents.map((document) => document.whenDurable("stored")))
      await Promise.all(documents.map((document) => document.close()))
    }
    await open(0, AT_ONCE)
    await eventually(async () => (await rooms()) === 0)
    const before = await heap()
    let most = 0
    for (let from = 0; from < DOCUMENTS; from += AT_ONCE) {
      await open(from, AT_ONCE)
      most = Math.max(most, await rooms())
    }
    expect(most).toBeGreaterThan(0)
    await eventually(async () => (await rooms()) === 0)
    let after = await heap()
    // Garbage goes when V8 finds the time: asking makes some more of it.
    await eventually(async () => (after = Math.min(after, await heap())) < before + LEFT)
    console.log(`${DOCUMENTS} documents: the heap was ${(before / MIB).toFixed(1)} MiB before and ${(after / MIB).toFixed(1)} MiB after`)
    expect(after).toBeLessThan(before + LEFT)
  } finally {
    await replica.close()
    await relay.dispose()
  }
}, 120_000)
