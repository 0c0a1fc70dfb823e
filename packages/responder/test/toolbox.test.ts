import { expect, test, vi } from "vitest"
import { ManualClock, settle } from "../../replica/test/support/manual-clock.ts"
import { AnswerError, type InputSchema, type Question, type Tool, Toolbox } from "../src/index.ts"

const question = {} as Question
const never = new AbortController().signal
const cite = (): number => 1
const bytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length

const INPUT: InputSchema = {
  type: "object",
  properties: {
    query: { type: "string", minLength: 1, maxLength: 5 },
    limit: { type: ["integer", "null"], minimum: 1, maximum: 3 },
    kinds: { type: "array", items: { enum: ["pdf", "text"] }, minItems: 1, maxItems: 2 },
    place: { type: "object", properties: { page: { type: "number" }, exact: { const: true } }, required: ["page"] },
  },
  required: ["query"],
  additionalProperties: false,
}

function tool(given: Partial<Tool>): Tool {
  return { name: "look", description: "Looks.", input: { type: "object" }, asks: false, readsOnly: true, run: async () => null, ...given }
}

function box(tools: readonly Tool[], clock = new ManualClock()): Toolbox {
  return new Toolbox(tools, { clock, limits: { timeoutMs: 1_000, maxOutputBytes: 300 } })
}

test("[RS39] what a tool is called with is checked, and a problem says where it is", () => {
  const tools = box([tool({ input: INPUT })])
  const problems = (input: unknown): string | undefined => tools.problemOf("look", input)
  expect(problems({ query: "abc", limit: null, kinds: ["pdf"], place: { page: 1.5, exact: true, more: 1 } })).toBeUndefined()
  expect(problems({ query: "👩‍🚀12" })).toBeUndefined()
  for (const [input, problem] of [
    ["abc", "input has to be object"],
    [[], "input has to be object"],
    [{}, "input.query is missing"],
    [Object.create({ query: "abc" }), "input.query is missing"],
    [{ query: "" }, "input.query needs 1 characters or more"],
    [{ query: "abcdef" }, "input.query may have 5 characters or fewer"],
    [{ query: "abc", limit: 0 }, "input.limit has to be 1 or more"],
    [{ query: "abc", limit: 4 }, "input.limit has to be 3 or less"],
    [{ query: "abc", limit: 1.5 }, "input.limit has to be integer or null"],
    [{ query: "abc", kinds: [] }, "input.kinds needs 1 items or more"],
    [{ query: "abc", kinds: ["pdf", "text", "pdf"] }, "input.kinds may have 2 items or fewer"],
    [{ query: "abc", kinds: ["pdf", "html"] }, 'input.kinds[1] has to be one of "pdf", "text"'],
    [{ query: "abc", place: {} }, "input.place.page is missing"],
    [{ query: "abc", place: { page: Number.NaN } }, "input.place.page has to be number"],
    [{ query: "abc", place: { page: 1, exact: "true" } }, "input.place.exact has to be true"],
    [JSON.parse('{ "query": "abc", "__proto__": 1 }'), 'input has no field "__proto__"'],
    [{ query: "abc", constructor: 1 }, 'input has no field "constructor"'],
  ] as const)
    expect(problems(input)).toBe(`The input does not fit: ${problem}.`)
  expect(tools.problemOf("erase", {})).toBe('There is no tool "erase".')
})

test("[RS39] what nests deeper than a document takes is no input", () => {
  const tools = box([tool({})])
  const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth - 1)}{}${"}".repeat(depth - 1)}`)
  expect(tools.problemOf("look", nested(100))).toBeUndefined()
  expect(tools.problemOf("look", nested(101))).toBe("The input nests too deeply.")
})

test("[RS39] a tool that cannot be checked, or named, is refused when it is set up", () => {
  expect(() => box([tool({ input: { type: "string" } })])).toThrow(TypeError)
  expect(() => box([tool({ input: { type: "object", properties: { a: { pattern: "^a" } as InputSchema } } })])).toThrow(
    /input\.a says pattern/u,
  )
  expect(() => box([tool({ input: { type: "object", properties: { a: { items: { $ref: "#" } as InputSchema } } } })])).toThrow(
    /input\.a\[\] says \$ref/u,
  )
  for (const name of ["", "two words", "a".repeat(65)]) expect(() => box([tool({ name })])).toThrow(TypeError)
  expect(() => box([tool({}), tool({})])).toThrow(TypeError)
  expect(box([tool({ name: "a".repeat(64) })]).describe()).toHaveLength(1)
  const clock = new ManualClock()
  expect(() => new Toolbox([], { clock, limits: { timeoutMs: 0 } })).toThrow(RangeError)
  expect(() => new Toolbox([], { clock, limits: { maxOutputBytes: 255 } })).toThrow(RangeError)
})

test("[RS40] an output of the most bytes is kept whole; one byte more is cut between characters, and says so", async () => {
  const run = async (output: unknown): Promise<unknown> => {
    const tools = box([tool({ run: async () => output })])
    const result = await tools.run(tools.get("look")!, {}, { question, signal: never, cite })
    return "output" in result ? result.output : result
  }
  const whole = "é".repeat(149)
  expect(bytes(whole)).toBe(300)
  expect(await run(whole)).toBe(whole)
  const text = (await run(`${whole}a`)) as string
  expect(text).toMatch(/^é+\n\n\[Cut: this is the beginning of 301 bytes\.\]$/u)
  expect(bytes(text)).toBeGreaterThan(297)
  expect(bytes(text)).toBeLessThanOrEqual(300)
  const emoji = (await run("🌈".repeat(200))) as string
  expect(emoji.isWellFormed()).toBe(true)
  expect(bytes(emoji)).toBeGreaterThan(295)
  const list = (await run(Array.from({ length: 500 }, (_, index) => `"${index}"`))) as { note: string; json: string }
  expect(list.note).toBe("Cut: this is the beginning of 4891 bytes.")
  expect(bytes(list)).toBeLessThanOrEqual(300)
  expect(bytes(list)).toBeGreaterThan(290)
  expect(await run(undefined)).toBeNull()
  expect(await run({ at: new Date(0), none: undefined })).toEqual({ at: "1970-01-01T00:00:00.000Z" })
})

test("[RS40] what is no JSON, or an error, fails the call; only words that were meant for people are told", async () => {
  const toolFailed = vi.fn<(name: string, error: unknown) => void>()
  const cycle: Record<string, unknown> = {}
  cycle["self"] = cycle
  const secret = new Error("postgres://ada:secret@db")
  const outcomes: (() => Promise<unknown>)[] = [
    async () => cycle,
    async () => 1n,
    async () => () => 1,
    async () => JSON.parse(`${"[".repeat(101)}${"]".repeat(101)}`) as unknown,
    () => Promise.reject(new AnswerError("failed", "No such room.")),
    () => Promise.reject(secret),
    () => {
      throw secret
    },
  ]
  const failed: unknown[] = []
  for (const run of outcomes) {
    const tools = new Toolbox([tool({ run })], { clock: new ManualClock(), toolFailed })
    failed.push(await tools.run(tools.get("look")!, {}, { question, signal: never, cite }))
  }
  const [kept, broke] = ["The tool gave something that cannot be kept.", "The tool broke off with an error."]
  expect(failed).toEqual([kept, kept, kept, kept, "No such room.", broke, broke].map((words) => ({ failed: words })))
  expect(toolFailed.mock.calls).toEqual([
    ["look", secret],
    ["look", secret],
  ])
})

test("[RS40] a run ends when its time is up or the answer is stopped, whether or not the tool listens", async () => {
  const clock = new ManualClock()
  const signals: AbortSignal[] = []
  const deaf = tool({
    run: (_, { signal }) => {
      signals.push(signal)
      return new Promise(() => undefined)
    },
  })
  const tools = box([deaf], clock)
  const late = tools.run(deaf, {}, { question, signal: never, cite })
  const ended = vi.fn<() => void>()
  void late.then(ended)
  await clock.pass(999)
  expect(ended).not.toHaveBeenCalled()
  await clock.pass(1)
  expect(await late).toEqual({ failed: "It took longer than 1000 ms." })
  const stop = new AbortController()
  const stopped = tools.run(deaf, {}, { question, signal: stop.signal, cite })
  await settle()
  stop.abort()
  expect(await stopped).toEqual({ failed: "It was stopped." })
  expect(await tools.run(deaf, {}, { question, signal: stop.signal, cite })).toEqual({ failed: "It was stopped." })
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
  expect(clock.pending).toBe(0)
})

test("[RS41] what writes always asks, and so does a tool that cannot say whether it does", () => {
  const tools = box([])
  const large = tool({ asks: (input) => (input as { sum: number }).sum > 9 })
  expect([tools.asks(large, { sum: 9 }), tools.asks(large, { sum: 10 }), tools.asks(large, null)]).toEqual([false, true, true])
  expect(tools.asks(tool({ asks: true }), {})).toBe(true)
  expect(tools.asks(tool({ asks: false, readsOnly: false }), {})).toBe(true)
  expect(tools.asks(tool({ asks: () => false, readsOnly: false }), {})).toBe(true)
})
