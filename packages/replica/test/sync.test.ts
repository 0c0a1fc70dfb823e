import { expect, test } from "vitest"
import { textOf, type, World } from "./support/device.ts"
import { settle } from "./support/manual-clock.ts"

test("[RP1] what one device types, the other shows, and both know where it is safe", async () => {
  const world = new World()
  const [left, right] = [await world.device(), await world.device()]
  const [here, there] = [await left.open(), await right.open()]
  await settle()
  expect(left.replica.status).toMatchObject({ connection: "online", principal: "ada", holder: true })
  type(here, "hello")
  expect(here.safetyOf(here.ydoc.clientID, 4)).toBe("memory")
  await here.whenDurable("local")
  await here.whenDurable("stored")
  expect(here.safetyOf(here.ydoc.clientID, 4)).toBe("stored")
  await settle()
  expect(textOf(there)).toBe("hello")
  type(there, " you")
  await settle()
  expect(textOf(here)).toBe("hello you")
  expect(world.relay.text("home/a")).toBe("hello you")
  expect(left.replica.status.waitingRows).toBe(0)
  expect(there.status).toMatchObject({ synced: true, mayWrite: true, waitingRows: 0, unsavedUpdates: 0, rejected: undefined })
  expect([...left.problems, ...right.problems]).toEqual([])
})
