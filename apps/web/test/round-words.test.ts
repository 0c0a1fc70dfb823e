import { expect, test } from "vitest"
import type { Polylogue } from "@polylogue/react"
import { annotatorHere, annotatorName } from "../src/judging/round-words.ts"

test("[WB169] people who judge under one name are told apart by what the relay calls them, or by the start of their id", () => {
  const all = [
    { id: "a0".repeat(16), name: "Guest" },
    { id: "f4".repeat(16), name: "Guest" },
    { id: "ana", name: "Ana" },
    { id: "ana.b", name: "Ana " },
    { id: "ben", name: "" },
  ]
  expect(all.map((person) => annotatorName(person, all))).toEqual(["Guest (a0a0)", "Guest (f4f4)", "Ana (ana)", "Ana (ana.b)", "ben"])
  expect(all.map((person) => annotatorName(person))).toEqual(["Guest", "Guest", "Ana", "Ana", "ben"])
})

test("[WB169] who gave no name is called as the relay calls them, where it knows people", () => {
  const here = (name: string, user?: string) => annotatorHere({ author: { id: "device", kind: "person", name }, user } as Polylogue)
  expect(here("Guest")).toEqual({ id: "device", name: "Guest" })
  expect(here("Guest", "ana")).toEqual({ id: "ana", name: "" })
  expect(here("Ana", "ana")).toEqual({ id: "ana", name: "Ana" })
})
