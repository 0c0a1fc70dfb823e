import { expect, test } from "vitest"
import { Lifecycle } from "../src/lifecycle.ts"

/** Something to acquire that notes how many are held at once. */
function counted() {
  const counts = { held: 0, most: 0, made: 0 }
  const acquire = async () => {
    const resource = { number: ++counts.made }
    counts.most = Math.max(counts.most, ++counts.held)
    return resource
  }
  const release = async () => {
    counts.held--
  }
  return { counts, acquire, release }
}

test("[ST28] calls of open and close in any order hold at most one resource, and end as the last call says", async () => {
  const { counts, acquire, release } = counted()
  const lifecycle = new Lifecycle<{ number: number }>("it")
  await Promise.all([lifecycle.open(acquire), lifecycle.open(acquire), lifecycle.close(release), lifecycle.open(acquire)])
  expect(lifecycle.resource.number).toBe(2)
  const again = lifecycle.open(acquire)
  const closing = lifecycle.close(release)
  expect(() => lifecycle.resource).toThrow(expect.objectContaining({ code: "closed" }))
  await Promise.all([again, closing, lifecycle.close(release)])
  expect(counts).toEqual({ held: 0, most: 1, made: 2 })
})

test("[ST28] a failed open or close is reported and does not stand in the way of the next", async () => {
  const { acquire, release } = counted()
  const lifecycle = new Lifecycle<{ number: number }>("it")
  const failing = () => Promise.reject(new Error("no"))
  await expect(lifecycle.open(failing)).rejects.toThrow("no")
  await lifecycle.open(acquire)
  await expect(lifecycle.close(failing)).rejects.toThrow("no")
  expect(() => lifecycle.resource).toThrow(expect.objectContaining({ code: "closed" }))
  await lifecycle.open(acquire)
  expect(lifecycle.resource.number).toBe(2)
  await lifecycle.close(release)
})

test("[ST28] what was taken away from outside is closed; word of an earlier one, or of none, changes nothing", async () => {
  const { acquire } = counted()
  const lifecycle = new Lifecycle<{ number: number }>("it")
  lifecycle.lost(() => true)
  await lifecycle.open(acquire)
  const first = lifecycle.resource
  lifecycle.lost((held) => held === first)
  expect(() => lifecycle.resource).toThrow(expect.objectContaining({ code: "closed" }))
  await lifecycle.open(acquire)
  lifecycle.lost((held) => held === first)
  expect(lifecycle.resource.number).toBe(2)
})
