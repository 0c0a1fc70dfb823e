import { readFileSync } from "node:fs"
import { expect, test, vi } from "vitest"
import * as Y from "yjs"
import { example } from "./readme-example.ts"

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8")

test("[CV16] the README's example is the one that runs, and does what it says", () => {
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(read("../README.md")) ?? []
  expect(read("readme-example.ts")).toBe(shown)
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  const exported = JSON.stringify({ messages: [{ role: "user", content: "Hello" }] })
  const [question, answer, status, markdown] = example(new Y.Doc(), exported)
  expect([question, answer, status]).toEqual(["Why is the sky blue?", "Rayleigh scattering.", "imported: 1 messages"])
  expect(markdown).toContain("# Hello")
  expect(log.mock.calls).toEqual([["Rayleigh "], ["Rayleigh scattering."], ["Rayleigh scattering."]])
  log.mockRestore()
})
