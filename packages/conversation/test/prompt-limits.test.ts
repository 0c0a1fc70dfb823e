import { expect, test } from "vitest"
import {
  type ConversationError,
  MAIN_DRAFT,
  MAX_COMMENTS,
  MAX_CONFIG_KEYS,
  MAX_DESCRIPTION_LENGTH,
  MAX_DRAFT_NAME_LENGTH,
  MAX_DRAFTS,
  MAX_FIELD_LENGTH,
  MAX_PARENTS,
  MAX_PROMPT_NAME_LENGTH,
  MAX_THREADS,
  MAX_VALUE_LENGTH,
  MAX_VARIABLES,
} from "@polylogue/conversation"
import { countUpdates, promptDevice, sync } from "./devices.ts"

const TOO_LARGE = expect.objectContaining({ code: "too-large" }) as ConversationError
const x = (length: number): string => "x".repeat(length)

test("[CV73] names, fields and values are as long as their limits allow and no longer", () => {
  const { prompt, ydoc } = promptDevice("a")
  prompt.create()
  const draft = prompt.createDraft({ from: MAIN_DRAFT, name: x(MAX_DRAFT_NAME_LENGTH) })
  const limited: readonly (readonly [most: number, set: (text: string) => void])[] = [
    [MAX_PROMPT_NAME_LENGTH, (text): void => prompt.setName(text)],
    [MAX_DESCRIPTION_LENGTH, (text): void => prompt.setDescription(text)],
    [MAX_DRAFT_NAME_LENGTH, (text): void => prompt.renameDraft(draft, text)],
    [MAX_FIELD_LENGTH, (text): void => prompt.setRole(MAIN_DRAFT, "system", text)],
    [MAX_FIELD_LENGTH, (text): void => prompt.renamePlaceholder(MAIN_DRAFT, "system", text)],
    [MAX_FIELD_LENGTH, (text): void => prompt.setConfig(MAIN_DRAFT, text, 1)],
    // Two quotation marks are part of the JSON.
    [MAX_VALUE_LENGTH - 2, (text): void => prompt.setConfig(MAIN_DRAFT, "value", text)],
  ]
  for (const [most, set] of limited) {
    expect(() => set(x(most))).not.toThrow()
    expect(countUpdates(ydoc, () => expect(() => set(x(most + 1))).toThrow(TOO_LARGE))).toBe(0)
  }
})

test("[CV73] drafts, variables and keys of configuration are as many as their limits allow and no more", () => {
  const { prompt, ydoc } = promptDevice("a")
  prompt.create()
  const limited: readonly (readonly [most: number, have: number, add: (count: number) => void])[] = [
    [MAX_DRAFTS, 1, (): void => void prompt.createDraft({ from: MAIN_DRAFT, name: "d" })],
    [MAX_VARIABLES, 0, (count): void => prompt.setVariable(MAIN_DRAFT, `v${count}`, { type: "text" })],
    [MAX_CONFIG_KEYS, 0, (count): void => prompt.setConfig(MAIN_DRAFT, `k${count}`, count)],
  ]
  for (const [most, have, add] of limited) {
    for (let count = have; count < most; count++) add(count)
    expect(countUpdates(ydoc, () => expect(() => add(most)).toThrow(TOO_LARGE))).toBe(0)
  }
  // What is there can be changed, and room that is made can be used.
  prompt.setConfig(MAIN_DRAFT, "k0", "other")
  prompt.setConfig(MAIN_DRAFT, "k1", null)
  prompt.setConfig(MAIN_DRAFT, "new", 1)
  expect(Object.keys(prompt.getConfig(MAIN_DRAFT))).toHaveLength(MAX_CONFIG_KEYS)
})

test("[CV73] threads of a draft and comments of a thread are as many as their limits allow and no more", () => {
  const { prompt, ydoc } = promptDevice("a")
  prompt.create()
  const first = prompt.comment(MAIN_DRAFT, "system", null, "x")
  // One transaction for all, as one sees what was before it.
  ydoc.transact(() => {
    for (let count = 1; count < MAX_THREADS; count++) prompt.comment(MAIN_DRAFT, "system", null, "x")
    for (let count = 1; count < MAX_COMMENTS; count++) prompt.reply(MAIN_DRAFT, first, "x")
  })
  expect(prompt.getThreads(MAIN_DRAFT)).toHaveLength(MAX_THREADS)
  expect(prompt.getThreads(MAIN_DRAFT).find(({ id }) => id === first)?.comments).toHaveLength(MAX_COMMENTS)
  expect(countUpdates(ydoc, () => expect(() => prompt.comment(MAIN_DRAFT, "system", null, "x")).toThrow(TOO_LARGE))).toBe(0)
  expect(countUpdates(ydoc, () => expect(() => prompt.reply(MAIN_DRAFT, first, "x")).toThrow(TOO_LARGE))).toBe(0)
})

test("[CV73] a draft that more devices saved at once than a version may come from is saved in two steps, and no version is left out", () => {
  const devices = Array.from({ length: MAX_PARENTS + 1 }, (_, at) => promptDevice(`w${at}`, at))
  const [first] = devices
  if (first === undefined) throw new RangeError("no device")
  for (const { prompt } of devices) {
    prompt.create()
    prompt.saveVersion(MAIN_DRAFT, { message: "mine" })
  }
  for (const { ydoc } of devices.slice(1)) sync(first.ydoc, ydoc)
  expect(first.prompt.getDraft(MAIN_DRAFT)?.base).toHaveLength(MAX_PARENTS + 1)
  const one = first.prompt.saveVersion(MAIN_DRAFT, { message: "first step" })
  expect(first.prompt.getVersion(one)?.parents).toHaveLength(MAX_PARENTS)
  expect(first.prompt.getDraft(MAIN_DRAFT)?.base).toHaveLength(2)
  const two = first.prompt.saveVersion(MAIN_DRAFT, { message: "second step" })
  expect(first.prompt.getDraft(MAIN_DRAFT)?.base).toEqual([two])
})
