import { expect, test } from "vitest"
import { PullQueue } from "../src/links/pull-queue.ts"

const ids = (queue: PullQueue): string[] => [...queue].map(([documentId]) => documentId)

test("[RL138] what is in use goes first, each in the order in which it came, whatever it was wanted for before", () => {
  const queue = new PullQueue()
  queue.want("home/a", { used: false, hash: "1" })
  queue.want("home/b", { used: true, hash: undefined })
  queue.want("home/c", { used: false, hash: "3" })
  queue.want("home/d", { used: true, hash: undefined })
  expect(ids(queue)).toEqual(["home/b", "home/d", "home/a", "home/c"])
  queue.want("home/c", { used: true, hash: undefined })
  expect(ids(queue)).toEqual(["home/b", "home/d", "home/c", "home/a"])
  expect(queue.get("home/c")).toEqual({ used: true, hash: "3" })
  queue.want("home/c", { used: false, hash: "4" })
  expect(queue.get("home/c")).toEqual({ used: true, hash: "4" })
  expect(queue.size).toBe(4)
})

test("[RL138] what is taken out while the queue is looked through is left out, and what comes is found at its end", () => {
  const queue = new PullQueue()
  for (const name of ["a", "b", "c"]) queue.want(`home/${name}`, { used: false, hash: name })
  const seen: string[] = []
  for (const [documentId] of queue) {
    seen.push(documentId)
    queue.delete(documentId)
    if (documentId === "home/a") {
      queue.delete("home/b")
      queue.want("home/d", { used: false, hash: "d" })
    }
  }
  expect(seen).toEqual(["home/a", "home/c", "home/d"])
  expect(queue.size).toBe(0)
  queue.want("home/e", { used: false, hash: undefined })
  queue.clear()
  expect(ids(queue)).toEqual([])
})
