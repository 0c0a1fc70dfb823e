import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { citationsAt, type StepEnd } from "@polylogue/responder/models"
import { hear, joined, modelAt } from "./asking.ts"
import { ProviderServer } from "./provider-server.ts"
import { recordedAnswer } from "./recorded-answer.ts"
import { hasRecordings, recordings } from "./recordings.ts"

let server: ProviderServer
beforeAll(async () => {
  server = await ProviderServer.start()
})
afterAll(async () => server.close())

describe.skipIf(!hasRecordings)("recorded answers (skipped without the shared data)", () => {
  test("[RS17] the recordings are there, of three wire formats, and calls, thoughts and citations are in them", () => {
    const answers = recordings().map((recording) => ({ ...recordedAnswer(recording), api: recording.api }))
    expect(answers).toHaveLength(23)
    expect(new Set(answers.map(({ api }) => api)).size).toBe(3)
    for (const field of ["text", "reasoning", "calls", "ended", "annotations"] as const)
      expect(answers.filter((answer) => answer[field].length > 0).length, field).toBeGreaterThan(0)
  })

  test.each(recordings())("[RS17] $name: text, thoughts, calls, sources and citations are those of the recording", async (recording) => {
    const recorded = recordedAnswer(recording)
    server.next({ events: recording.events })
    const { events, error } = await hear(modelAt(server, recording.api))
    expect(error).toBeUndefined()
    expect(joined(events, "text")).toBe(recorded.text)
    expect(joined(events, "reasoning")).toBe(recorded.reasoning)

    const calls = events.filter((event) => event.type === "tool-call")
    expect(calls.map(({ toolCallId: id, byProvider }) => ({ id, byProvider }))).toEqual(
      recorded.calls.map(({ id, byProvider }) => ({ id, byProvider })),
    )
    // The SDK adds to some inputs what it needs to give them back.
    for (const [index, { input }] of recorded.calls.entries())
      if (typeof input === "object" && input !== null) expect(calls[index]?.input).toMatchObject(input)
    expect(events.filter((event) => event.type === "tool-output").map(({ toolCallId }) => toolCallId)).toEqual(recorded.ended)
    expect(JSON.stringify(events.filter(({ type }) => type === "tool-output"))).not.toContain("encryptedContent")

    const end = events.at(-1) as StepEnd
    const awaited = recorded.calls.some(({ byProvider }) => !byProvider)
    expect(end).toMatchObject({
      type: "finish",
      finishReason: awaited ? "tool-calls" : "stop",
      usage: { outputTokens: recorded.outputTokens },
    })
    const pages = events.flatMap((event) => (event.type === "part" && event.part["url"] !== undefined ? [event.part["url"]] : []))
    expect(pages).toHaveLength(recorded.pages.size)
    expect(new Set(pages)).toEqual(recorded.pages)

    const { citations, texts } = end.cited
    expect(citations.map(({ origin }) => JSON.parse(origin.raw) as unknown)).toEqual(recorded.annotations.map(({ raw }) => raw))
    const parts = texts.map((text, index) => ({ pid: `7.${index}`, type: "text", text }))
    const made = citationsAt([end.cited], parts)
    expect(made).toHaveLength(recorded.annotations.length)
    for (const [index, { words }] of recorded.annotations.entries()) {
      const { partId, answer } = made[index]!
      const text = parts.find(({ pid }) => pid === partId)?.text ?? ""
      if (words !== undefined) expect(answer === null ? text : text.slice(answer.from, answer.to)).toBe(words)
    }
  })
})
