import { doneKey, roundDocumentId } from "@polylogue/conversation"
import type { Register } from "@polylogue/replica"
import { expect, test, vi } from "vitest"
import { createPolylogue } from "../src/index.ts"
import { MAX_KEPT_ROUNDS, RoundKeeper } from "../src/round-keeper.ts"
import { FakeReplica } from "./fake-replica.ts"

/** What the authority says of somebody who is done, and waits for nobody. */
function claim(roundDocument: string, setAt: number): Register {
  const commitment = `${setAt}`.padStart(43, "c")
  const value = JSON.stringify({ commitment, count: 1, roster: [] })
  return {
    key: doneKey(roundDocument, "ana"),
    value,
    revision: `0000000000000001:${setAt}`,
    guarded: false,
    setAt,
    principal: "ana",
    asOf: 0,
  }
}

test.each([MAX_KEPT_ROUNDS, MAX_KEPT_ROUNDS + 1])(
  "[RE47, I5] of %i finished rounds the latest are looked after, up to a limit",
  async (count) => {
    const replica = new FakeReplica()
    const rounds = Array.from({ length: count }, (_, at) => roundDocumentId("home", `blind.r${at}`))
    const heard = new Map(rounds.map((roundDocument, at) => claim(roundDocument, at + 1)).map((register) => [register.key, register]))
    const others = [doneKey(roundDocumentId("home", "open-round"), "ana"), doneKey(rounds[0] ?? "", "ben"), `${rounds[0]}#closed`]
    replica.registers = {
      get: () => Promise.resolve({ outcome: "unavailable" }),
      cas: () => Promise.resolve({ outcome: "unavailable" }),
      cached: (key) => heard.get(key),
      watch: (_prefix, changed) => {
        for (const key of [...others, ...heard.keys()]) changed(key)
        return () => {}
      },
    }
    const author = () => ({ id: "ana", kind: "person" })
    const polylogue = createPolylogue({ replica, writer: "device", author, user: "ana", now: () => 0, lingerMs: 0 })
    const stop = new RoundKeeper(polylogue).start()
    const opened = (): string[] => [...replica.documents.keys()].filter((id) => id.startsWith("home/anno/"))
    await vi.waitFor(() => expect(opened().length).toBe(MAX_KEPT_ROUNDS))
    expect(opened().toSorted()).toEqual(rounds.slice(-MAX_KEPT_ROUNDS).toSorted())
    stop()
  },
)
