import { expect, test } from "vitest"
import { Lobby } from "../src/lobby.ts"

test("[PL11] the lobby takes as many as it may of one address and over all, not one more, and again when one has left", () => {
  const lobby = new Lobby({ maxUnauthenticated: 3, maxUnauthenticatedPerAddress: 2 })
  const first = lobby.enter("a")!
  expect(lobby.enter("a")).toBeDefined()
  expect(lobby.enter("a")).toBeUndefined()
  expect(lobby.enter("b")).toBeDefined()
  expect(lobby.enter("b")).toBeUndefined()
  expect(lobby.size).toBe(3)
  first()
  first()
  expect(lobby.size).toBe(2)
  expect(lobby.enter("b")).toBeDefined()
  expect(lobby.enter("a")).toBeUndefined()
})
