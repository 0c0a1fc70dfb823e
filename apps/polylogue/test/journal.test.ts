import process from "node:process"
import { afterEach, expect, test, vi } from "vitest"
import { type Fields, openJournal } from "../src/journal.ts"
import { journalRelayEvent } from "../src/relay-journal.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

/** What `act` writes to standard error, line by line. */
function written(act: () => void): Record<string, unknown>[] {
  const lines: string[] = []
  vi.spyOn(process.stderr, "write").mockImplementation((line) => lines.push(String(line)) > 0)
  act()
  return lines.map((line) => {
    expect(line.indexOf("\n")).toBe(line.length - 1)
    return JSON.parse(line) as Record<string, unknown>
  })
}

test("[PL14] events below the level are not written, and one without a level is info", () => {
  const names = (level: "debug" | "warning"): unknown[] =>
    written(() => {
      const journal = openJournal(level)
      journal("a", {}, "debug")
      journal("b")
      journal("c", {}, "warning")
      journal("d", {}, "error")
    }).map(({ event }) => event)
  expect(names("debug")).toEqual(["a", "b", "c", "d"])
  expect(names("warning")).toEqual(["c", "d"])
})

test("[PL14] a line is one line whatever a field holds, and no longer than it may be", () => {
  const [line] = written(() =>
    openJournal("info")("odd", { reason: `one\ntwo "three" ${"x".repeat(1000)}`, count: 7, on: true, none: undefined }),
  )
  expect(line).toMatchObject({ level: "info", event: "odd", count: 7, on: true })
  expect(line!["reason"]).toHaveLength(300)
})

test("[PL14] a relay's error is told by its text alone", () => {
  const told: [string, Fields | undefined, string | undefined][] = []
  const journal = (event: string, fields?: Fields, level?: string): void => void told.push([event, fields, level])
  const error = Object.assign(new Error("cannot be\nread"), { content: "words of people" })
  journalRelayEvent(journal, { type: "quarantined", documentId: "home/a", error })
  journalRelayEvent(journal, { type: "store-recovered", attempts: 2 })
  expect(told).toEqual([
    ["quarantined", { documentId: "home/a", error: "cannot be read" }, "error"],
    ["store-recovered", { attempts: 2 }, undefined],
  ])
})
