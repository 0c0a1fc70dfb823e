import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { type Applied, ENTRY_LOG_RULES, MemoryEntryLog, type NewOutboxRow, type Page } from "../src/index.ts"
import { INDEXED_DB_RULES } from "./indexeddb-rules.ts"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")

test("[ST1, ST21] the example of the README runs as it says", async () => {
  const example = /```ts\n([^]*?)```/.exec(readme)![1]!
  const module = `export const run = async (MemoryEntryLog) => {\n${example}\nreturn { log, row, applied, page }\n}`
  const { run } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(module)}`)) as { run: Example }
  const { log, row, applied, page } = await run(MemoryEntryLog)
  expect(applied.head!.vector).toEqual(new Map([["5eed5eed5eed5eed", 1]]))
  expect(page.kind === "items" && page.items.map(({ position }) => position)).toEqual([1])
  await log.open()
  expect(row.row).toBe("00000000000000a1")
  expect(await log.outbox("home/index")).toEqual([])
})

type Example = (store: typeof MemoryEntryLog) => Promise<{ log: MemoryEntryLog; row: NewOutboxRow; applied: Applied; page: Page }>

test("[ST1] the README names each rule as the code does", () => {
  for (const { id, name } of [...ENTRY_LOG_RULES, ...INDEXED_DB_RULES]) {
    expect(readme).toContain(`- **${id}** ${name[0]!.toUpperCase()}${name.slice(1)}.\n`)
  }
})
