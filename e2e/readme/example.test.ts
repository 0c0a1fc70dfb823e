import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { RelayProcess } from "../relay-process.ts"
import { writeOneMessage } from "./example.ts"

test("[EE1] the README's example is this file, and runs", async () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")
  const example = readFileSync(new URL("example.ts", import.meta.url), "utf8")
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``)
  const relay = await RelayProcess.start()
  try {
    expect(await writeOneMessage(relay.url.replace("http", "ws"))).toMatch(/^[0-9a-z-]+$/)
  } finally {
    await relay.dispose()
  }
})
