import { indexDocumentId, responderKey, responderValue } from "@polylogue/conversation"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import { RegisterAuthority } from "../../conversation/test/register-authority.ts"
import { createPolylogue, type HeardResponder, PolylogueProvider, useResponders } from "../src/index.ts"
import { FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const INDEX = indexDocumentId("home")

test("[RE57] who answers is known as last heard; who has ended goes, and what is no card is passed over", async () => {
  const authority = new RegisterAuthority()
  const replica = new FakeReplica()
  replica.registers = authority.client("ana")
  const polylogue = createPolylogue({ replica, writer: "device", author: () => ({ id: "ana", kind: "person", name: "Ana" }) })
  let heard: readonly HeardResponder[] = []
  function Shown() {
    heard = useResponders()
    return null
  }
  const root = createRoot(document.createElement("div"))
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <Shown />
      </PolylogueProvider>,
    ),
  )
  const set = (id: string, value: string | null, key = responderKey(INDEX, id)): Promise<unknown> =>
    act(() => authority.client(id).cas(key, { expected: authority.read(key).revision, value, ttlMs: value === null ? 0 : 60_000 }))
  const cardOf = (id: string) => ({ id, name: `Responder ${id}`, models: [], problem: null })
  expect(heard).toEqual([])
  await set("b", responderValue(cardOf("b")))
  await set("a", responderValue(cardOf("a")))
  await set("c", "nothing of the kind")
  await set("x", responderValue(cardOf("x")), `${INDEX}#other`)
  const at = { asOf: authority.now, until: authority.now + 60_000 }
  expect(heard).toEqual([
    { card: cardOf("a"), ...at },
    { card: cardOf("b"), ...at },
  ])
  const before = heard
  authority.now += 20_000
  await set("a", responderValue(cardOf("a")))
  expect(heard).not.toBe(before)
  expect(heard[0]?.until).toBe(authority.now + 60_000)
  await set("a", null)
  expect(heard.map(({ card }) => card.id)).toEqual(["b"])
  await act(async () => root.unmount())
})
