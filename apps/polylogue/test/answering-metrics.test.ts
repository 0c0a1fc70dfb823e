import { expect, test, vi } from "vitest"
import type { ResponderEvent } from "@polylogue/responder"
import { answeringEvent } from "../src/answering-event.ts"
import { journalAnswering } from "../src/answering-journal.ts"
import { AnsweringMetrics } from "../src/answering-metrics.ts"
import { Metrics } from "../src/metrics.ts"

const PLACE = { workspace: "secret-workspace", conversationId: "secret-conversation", messageId: "m", slot: "1" }
const OFFERED = new Set(["qwen3"])

async function text(metrics: Metrics): Promise<string> {
  const end = vi.fn()
  await metrics.endpoint().answer({ response: { writeHead: () => ({ end }) } } as never)
  return end.mock.calls[0]![0] as string
}

const EVENTS: readonly ResponderEvent[] = [
  { type: "writing", place: PLACE, model: "qwen3", takesOver: false },
  { type: "writing", place: PLACE, model: "what somebody asked for", takesOver: true },
  {
    type: "written",
    place: PLACE,
    model: "qwen3",
    outcome: "done",
    usage: { inputTokens: 30, outputTokens: 12 },
    firstWordMs: 700,
    tookMs: 2_000,
  },
  { type: "held", place: PLACE, code: "rate-limited", forMs: 5_000 },
  { type: "written", place: PLACE, model: "what somebody asked for", outcome: "failed", code: "rate-limited", tookMs: 100 },
  { type: "writing", place: PLACE, model: "qwen3", takesOver: false },
  { type: "problem", where: "answer", documentId: "home/conv/1", error: new SyntaxError("Unexpected token in: what somebody wrote") },
]

test("[PL104] answers are counted by outcome, code, tokens and time, and nobody is named", async () => {
  const metrics = new Metrics()
  const measured = new AnsweringMetrics(metrics)
  measured.observe({ type: "online" })
  for (const event of EVENTS) measured.observe(answeringEvent(event, OFFERED))
  const lines = (await text(metrics)).split("\n")
  for (const line of [
    "polylogue_responder_up 1",
    "polylogue_answers_writing 1",
    'polylogue_answers_total{outcome="done"} 1',
    'polylogue_answers_total{outcome="failed"} 1',
    'polylogue_answers_failed_total{code="rate-limited"} 1',
    'polylogue_answers_held_total{code="rate-limited"} 1',
    'polylogue_answer_tokens_total{direction="in"} 30',
    'polylogue_answer_tokens_total{direction="out"} 12',
    'polylogue_answer_first_word_seconds_bucket{le="0.5"} 0',
    'polylogue_answer_first_word_seconds_bucket{le="1"} 1',
    "polylogue_answer_seconds_count 2",
  ])
    expect(lines).toContain(line)
  expect(lines.filter((line) => /secret|somebody|qwen3/.test(line))).toEqual([])
  measured.ended()
  expect(await text(metrics)).toMatch(/^polylogue_answers_writing 0$/m)
})

test("[PL104] the journal has no word of people, and names no model that this responder does not offer", () => {
  const journal = vi.fn()
  for (const event of EVENTS) journalAnswering(journal, answeringEvent(event, OFFERED))
  const told = JSON.stringify(journal.mock.calls)
  expect(told).not.toMatch(/secret|somebody/)
  expect(told).toContain('"model":"qwen3"')
  expect(journal).toHaveBeenLastCalledWith(
    "responder-problem",
    expect.objectContaining({ where: "answer", document: "home/conv/1", error: "SyntaxError" }),
    "warning",
  )
})
