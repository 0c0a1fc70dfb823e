import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { writeDurably } from "../src/durable-file.ts"
import { WatchedFile } from "../src/watched-file.ts"
import { folder } from "./program.ts"

test("[PL8] a file that changes counts within a second; one that breaks counts as it was, and is told of once", () => {
  const path = join(folder(), "file")
  const failures: unknown[] = []
  let now = 0
  const parse = (text: string): string => {
    if (text === "bad") throw new TypeError("bad")
    return text
  }
  const file = new WatchedFile({ path, parse, missing: "nothing", failed: (error) => failures.push(error), monotonic: () => now })
  expect(file.value).toBe("nothing")
  writeDurably(path, "one")
  expect(file.value).toBe("nothing")
  now += 1_000
  expect(file.value).toBe("one")
  writeFileSync(path, "bad")
  for (let look = 0; look < 3; look++) {
    now += 1_000
    expect(file.value).toBe("one")
  }
  expect(failures).toHaveLength(1)
  rmSync(path)
  now += 1_000
  expect(file.value).toBe("nothing")
})

test("[PL8] a file that has to be there and is not, or cannot be read, is no start", () => {
  const options = { path: join(folder(), "file"), failed: () => undefined, monotonic: () => 0 }
  expect(() => new WatchedFile({ ...options, parse: (text) => text })).toThrow("ENOENT")
})
