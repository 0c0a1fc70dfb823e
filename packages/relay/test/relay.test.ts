import { expect, test } from "vitest"
import * as Y from "yjs"
import { openTestBed, settle } from "./test-relay.ts"

function typed(text: string, doc = new Y.Doc()): { doc: Y.Doc; update: Uint8Array } {
  const before = Y.encodeStateVector(doc)
  doc.getText("t").insert(doc.getText("t").length, text)
  return { doc, update: Y.encodeStateAsUpdate(doc, before) }
}

test("[RL1] an appended row is acked to its writer and sent to the others", async () => {
  const bed = await openTestBed()
  const writer = await bed.device()
  const reader = await bed.device()
  await writer.open("home/a")
  await reader.open("home/a")
  expect(writer.of("opened")).toMatchObject([{ handle: 1, mayWrite: true, vector: new Map() }])

  const { update } = typed("hello")
  const row = writer.append(update)
  await settle()

  expect(writer.of("ack")).toMatchObject([{ row, log: bed.relay.log, seq: 1, level: 1 }])
  expect(writer.of("entries")).toEqual([])
  const [entries] = reader.of("entries")
  expect(entries?.entries).toMatchObject([{ stamp: { log: bed.relay.log, seq: 1 }, row, principal: "anonymous", handOver: false }])
  const doc = new Y.Doc()
  for (const update of reader.updates()) Y.applyUpdate(doc, update)
  expect(doc.getText("t").toJSON()).toBe("hello")
})
