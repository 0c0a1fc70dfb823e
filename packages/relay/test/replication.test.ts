import { expect, test } from "vitest"
import type { VersionVector } from "@polylogue/protocol"
import { Replication } from "../src/links/replication.ts"

const vector = (seqs: Record<string, number>): VersionVector => new Map(Object.entries(seqs))

function replicationOf(others: number, seqs: Record<string, number>) {
  const told: Record<string, number>[] = []
  const own = { vector: vector(seqs) }
  const gone = new Set<string>()
  const replication = new Replication(
    others,
    () => own.vector,
    (news) => told.push(Object.fromEntries(news)),
    () => undefined,
    (relay) => !gone.has(relay),
  )
  return { told, own, gone, replication }
}

test("[RL89] what only another relay has is on one disk, and is called replicated when it is on this one too", () => {
  const { told, own, replication } = replicationOf(1, { here: 2 })
  replication.learn("b", vector({ here: 1, there: 3 }))
  expect(told).toEqual([{ here: 1 }])
  own.vector = vector({ here: 2, there: 2 })
  replication.grew(["there"])
  expect(told.at(-1)).toEqual({ here: 1, there: 2 })
  replication.grew(["there"])
  expect(told).toHaveLength(2)
})

test("[RL89] each log counts as far as enough relays have it, and a relay that begins anew counts for nothing until it says what it has", () => {
  const { told, replication } = replicationOf(2, { here: 9 })
  replication.learn("b", vector({ here: 5 }))
  expect(told).toEqual([])
  replication.learn("c", vector({ here: 3 }))
  expect(told).toEqual([{ here: 3 }])
  replication.forget("c")
  replication.learn("b", vector({ here: 8 }))
  expect(told).toHaveLength(1)
  replication.learn("c", vector({ here: 4 }))
  expect(told.at(-1)).toEqual({ here: 4 })
})

test("[RL155] a relay whose disk counts no more is no other disk, whatever it was heard to have", () => {
  const { told, gone, replication } = replicationOf(2, { here: 9 })
  replication.learn("b", vector({ here: 5 }))
  gone.add("b")
  replication.learn("b2", vector({ here: 5 }))
  expect(told).toEqual([])
  replication.learn("c", vector({ here: 4 }))
  expect(told).toEqual([{ here: 4 }])
})
