import { spawn } from "node:child_process"
import { once } from "node:events"
import process from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { expect, onTestFinished, test } from "vitest"
import { LevelEntryLog } from "../src/level/index.ts"
import { A, placed, rowId, run } from "../src/rules/rule.ts"
import { freshFolder } from "./level-place.ts"
import { Random } from "./random-changes.ts"

const KILLS = 3

test("[I1] a writer killed with -9 at random moments, again and again on one folder, loses nothing that it acknowledged", async () => {
  const random = new Random(730114)
  const location = await freshFolder()
  let known = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const acknowledged = await writeAndKill(location, 1 + random.below(200))
    expect(acknowledged).toBeGreaterThan(known)
    known = await check(location, acknowledged)
  }
})

/** Runs the writer, kills it once `count` commits are acknowledged, and answers the number of the last that was. */
async function writeAndKill(location: string, count: number): Promise<number> {
  const script = fileURLToPath(new URL("level-writer.mjs", import.meta.url))
  const writer = spawn(process.execPath, [script, location], { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => void writer.kill("SIGKILL"))
  const exit = once(writer, "exit")
  let last = 0
  let seen = 0
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Number(line)
    if (++seen === count) writer.kill("SIGKILL")
  }
  expect(await exit).toEqual([null, "SIGKILL"])
  return last
}

/** Every commit up to `acknowledged` is there whole, and so is each one after it that reached the disk; answers the last. */
async function check(location: string, acknowledged: number): Promise<number> {
  const log = new LevelEntryLog({ location })
  await log.open()
  const { head } = await log.head("one")
  expect(head).toBeGreaterThanOrEqual(acknowledged)
  const page = await log.read("one", 0, { maxItems: Infinity, maxBytes: Infinity })
  expect(page.kind === "items" && page.items).toEqual(placed(run(A, 1, head), 1))
  const two = await log.head("two")
  expect(two).toMatchObject({ head, through: head - (head % 5), base: Math.max(0, head - (head % 5) - 2) })
  expect((await log.read("two", two.base)).kind).toBe("items")
  expect((await log.outbox("one")).map(({ row }) => row)).toEqual([rowId(head)])
  expect(await log.record("last")).toEqual(Uint8Array.of(head & 0xff))
  // Whatever a purge was in the midst of, the next one can do.
  await log.purge(["one", "two"])
  expect(await log.head("two")).toEqual(two)
  await log.close()
  return head
}
