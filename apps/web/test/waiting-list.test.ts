import { expect, test } from "vitest"
import { waitingCards } from "../src/sync/waiting-list.tsx"

test("[WB69] the conversations of which something waits are named, in their order, and no others", () => {
  const cards = ["a", "b", "c"].map((id) => ({ id, title: id }) as never)
  expect(waitingCards(cards, (id) => id !== "b").map(({ id }) => id)).toEqual(["a", "c"])
  expect(waitingCards(cards, () => false)).toEqual([])
})
