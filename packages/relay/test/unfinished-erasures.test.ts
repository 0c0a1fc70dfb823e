import type { RelayId, VersionVector } from "@polylogue/protocol"
import { expect, test } from "vitest"
import { ERASURES_NAMED, UnfinishedList } from "../src/links/unfinished-erasures.ts"
import { settle } from "./test-relay.ts"

const LOG = "00000000000001aa"
const [HERE, NEAR, FAR] = ["00000000000000aa", "00000000000000bb", "00000000000000cc"]
const SAID: VersionVector = new Map([[LOG, 1]])

function listOf(relays: RelayId[]): UnfinishedList {
  return new UnfinishedList({ relays: () => relays, said: () => Promise.resolve([]), keep: () => undefined, failed: () => undefined })
}

test("[RL152] all that is not erased everywhere is counted, by relay too, and sixteen documents are named", async () => {
  const relays = [HERE, NEAR, FAR]
  const list = listOf(relays)
  const ids = Array.from({ length: ERASURES_NAMED + 1 }, (_, index) => `home/conv/${index}`)
  for (const id of ids.slice(0, ERASURES_NAMED)) list.announce(id, { log: LOG, seq: 1 })
  await settle()
  expect(list.summary.first.map(({ documentId }) => documentId)).toEqual(ids.slice(0, ERASURES_NAMED))
  list.announce(ids.at(-1)!, { log: LOG, seq: 1 })
  await settle()
  expect(list.summary.first.map(({ documentId }) => documentId)).toEqual(ids.slice(0, ERASURES_NAMED))
  for (const id of ids) list.heard(id, HERE, SAID)
  list.heard(ids[0]!, NEAR, SAID)
  expect(list.summary).toMatchObject({
    documents: 17,
    missing: [
      { relay: FAR, documents: 17 },
      { relay: NEAR, documents: 16 },
    ],
  })
  // One that is not waited for any more is missed by nothing.
  relays.pop()
  list.relaysChanged()
  expect(list.summary).toMatchObject({ documents: 16, missing: [{ relay: NEAR, documents: 16 }] })
  for (const id of ids) list.heard(id, NEAR, SAID)
  expect(list.summary).toEqual({ documents: 0, first: [], missing: [] })
})
