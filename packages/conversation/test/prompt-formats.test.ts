import { readFileSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  type ExportedPrompt,
  type ImportedPrompt,
  MAX_NUMBERED_VERSIONS,
  MAX_PROMPT_FILE_LENGTH,
  parsePrompts,
  type PortablePrompt,
  type PortableVersion,
  PROMPT_FORMATS,
  type PromptFormatName,
  type PromptImportItem,
  type PromptLeft,
  writePrompts,
} from "@polylogue/conversation"
import { readCsv, writeCsvRow } from "../src/prompt-formats/csv-text.ts"
import { MAX_FRONT_MATTER_LENGTH } from "../src/prompt-formats/front-matter.ts"
import { hasSharedData, readShared } from "./shared-data.ts"

const fixture = (name: string): Uint8Array => readFileSync(new URL(`fixtures/${name}`, import.meta.url))
const itemsOf = (content: string | Uint8Array, name = "x", options = {}): PromptImportItem[] => [
  ...parsePrompts([{ name, content }], options),
]
const promptsIn = (items: readonly PromptImportItem[]): ImportedPrompt[] =>
  items.flatMap((item) => (item.kind === "prompt" ? item.prompt : []))
const problemsIn = (items: readonly PromptImportItem[]): string[] =>
  items.flatMap((item) =>
    item.kind === "report" ? `${item.report.where.position} ${item.report.status} ${item.report.reason?.code}: ${item.report.name}` : [],
  )
const noticesIn = (items: readonly PromptImportItem[]): string[] =>
  items.flatMap((item) => (item.kind === "prompt" ? item.notices.map(({ code }) => code) : []))

function written(format: PromptFormatName, ...prompts: ExportedPrompt[]): { readonly content: string; readonly left: PromptLeft[] } {
  const left: PromptLeft[] = []
  return { content: [...writePrompts(format, prompts, left)].join(""), left }
}

/** A prompt as a file says it, without the id and the source that reading gave it. */
const said = ({ name, description, tags, versions }: PortablePrompt): PortablePrompt => ({ name, description, tags, versions })

/** Read, written and read again, the prompts are the same, ids included. */
function checkRoundTrip(format: PromptFormatName, content: string | Uint8Array): ImportedPrompt[] {
  const prompts = promptsIn(itemsOf(content, "x", { format }))
  const each = PROMPT_FORMATS.find(({ name }) => name === format)?.files === "each"
  for (const group of each ? prompts.map((prompt) => [prompt]) : [prompts]) {
    const { content: again, left } = written(format, ...group)
    expect(left).toEqual([])
    expect(promptsIn(itemsOf(again, "x", { format }))).toEqual(group)
  }
  return prompts
}

const FIXTURES: readonly (readonly [PromptFormatName, string])[] = [
  ["langfuse", "prompts-langfuse.json"],
  ["csv", "prompts.csv"],
  ["json", "prompts-list.json"],
  ["markdown", "prompt.md"],
]

describe("formats are told apart", () => {
  test("[CV100] each fixture has its own format, told from its content whatever the file is called", () => {
    for (const [format, name] of FIXTURES) {
      const items = itemsOf(fixture(name), "download")
      expect(items).toEqual(itemsOf(fixture(name), "download", { format }))
      expect(new Set(promptsIn(items).map(({ source }) => source))).toEqual(new Set([format]))
    }
    expect(promptsIn(itemsOf("Say hello.\n", "notes/Hello there.txt"))).toMatchObject([{ source: "text", name: "Hello there" }])
    // Where the content says nothing the name does, and what is named is taken at its word.
    expect(promptsIn(itemsOf("# Hello\n", "hello.md"))).toMatchObject([{ source: "markdown", name: "hello" }])
    expect(promptsIn(itemsOf("act,prompt\na,b\n", "x", { format: "text" }))).toMatchObject([{ source: "text" }])
  })

  test("[CV100] what is no prompt is no text of one", () => {
    expect(problemsIn(itemsOf("", "a.md"))).toEqual([" skipped empty: null"])
    expect(problemsIn(itemsOf("[]", "a.json"))).toEqual([" skipped unknown-format: null"])
    expect(problemsIn(itemsOf('{"mapping":{}}', "a.json"))).toEqual([" skipped unknown-format: null"])
    expect(problemsIn(itemsOf('[{"act":"a","prompt":"b"', "a.json"))).toEqual([" failed not-json: null"])
    expect(problemsIn(itemsOf("name;when\na;b\n", "a.csv"))).toEqual([" failed unknown-format: null"])
    expect(problemsIn(itemsOf("act,prompt\n", "a.csv"))).toEqual([" skipped empty: null"])
    expect(problemsIn(itemsOf(Uint8Array.of(0x61, 0xff), "a.txt"))).toEqual([" failed bad-encoding: null"])
    expect(problemsIn(itemsOf(`[${'{"a":'.repeat(200)}1${"}".repeat(200)}]`, "a.json", { format: "json" }))).toEqual([
      "[0] failed too-deep: null",
    ])
    // A template may begin with a brace: it is a text unless it says that it is JSON.
    expect(promptsIn(itemsOf("{{name}}, say hello.", "a.txt"))).toHaveLength(1)
  })

  test("[CV100] a file at the bound is read, and one past it is not", () => {
    const text = "a".repeat(MAX_PROMPT_FILE_LENGTH)
    expect(promptsIn(itemsOf(text, "a.txt"))).toHaveLength(1)
    expect(problemsIn(itemsOf(`${text}a`, "a.txt"))).toEqual([" failed too-large: null"])
  })
})

describe("Langfuse", () => {
  test("[CV101] records of a name are versions in the order of their numbers, with all that they say", () => {
    const items = itemsOf(fixture("prompts-langfuse.json"))
    const [answer, greeting] = promptsIn(items)
    expect(answer).toMatchObject({ name: "support/Antwort", tags: ["support", "de"], description: "" })
    expect(answer?.versions.map(({ number, labels, message, author }) => ({ number, labels, message, author }))).toEqual([
      { number: 1, labels: ["staging.eu"], message: "", author: "API" },
      { number: 2, labels: ["production"], message: "Verlauf vor der Frage", author: "ines" },
    ])
    expect(answer?.versions[1]).toMatchObject({
      kind: "chat",
      slots: [
        { role: "system", text: "Du bist {{ton}} und knapp." },
        { role: "placeholder", name: "history", text: "" },
        { role: "user", text: "{{frage}}\n" },
      ],
      config: { model: "tide-2", temperature: 0.3, stop: ["\n\n"], nested: { a: [1, null, true] } },
      createdAt: Date.parse("2025-03-02T10:15:00.000Z"),
      extra: {
        of: "langfuse",
        fields: { id: "cm5-0002", projectId: "harbour", messages: { 2: { cache_control: { type: "ephemeral" } } } },
      },
    })
    expect(greeting?.versions).toMatchObject([
      { kind: "text", slots: [{ text: 'Schreibe {{name}} einen Gruß.\r\n  "kurz"\n' }], config: {} },
    ])
  })

  test("[CV101] written, they are what was read: fields without a place here too", () => {
    const prompts = checkRoundTrip("langfuse", fixture("prompts-langfuse.json"))
    const again = JSON.parse(written("langfuse", ...prompts).content) as Record<string, unknown>[]
    const source = JSON.parse(new TextDecoder().decode(fixture("prompts-langfuse.json"))) as Record<string, unknown>[]
    const byNumber = [source[1], source[0]]
    for (const [index, record] of byNumber.entries()) {
      const { resolutionGraph, ...kept } = record ?? {}
      expect(resolutionGraph ?? null).toBeNull()
      // `latest` follows the numbers, and tags are of the prompt.
      expect(again[index]).toEqual({ ...kept, labels: index === 1 ? ["production"] : ["staging.eu"], tags: ["support", "de"] })
    }
    expect(again[2]).toMatchObject({ type: "text", config: ["a list is no configuration"] })
  })

  test("[CV101] one record, a list in an answer, a line each, older records and messages that are no text are read", () => {
    const one = { name: "a", prompt: "text", isActive: true }
    for (const content of [one, [one], { data: [one], meta: { page: 1 } }])
      expect(promptsIn(itemsOf(JSON.stringify(content)))).toMatchObject([{ name: "a", versions: [{ labels: ["production"] }] }])
    expect(promptsIn(itemsOf(`${JSON.stringify(one)}\n${JSON.stringify({ ...one, name: "b" })}\n`))).toHaveLength(2)
    const parts = itemsOf(
      JSON.stringify({ name: "a", type: "chat", prompt: [{ type: "chatmessage", role: "user", content: [{ type: "text", text: "hi" }] }] }),
    )
    expect(noticesIn(parts)).toEqual(["reshaped"])
    expect(promptsIn(parts)[0]?.versions[0]?.slots).toEqual([{ role: "user", text: '[{"type":"text","text":"hi"}]' }])
    expect(problemsIn(itemsOf(JSON.stringify([one, { name: "b", prompt: 1 }, { name: " ", prompt: "x" }])))).toEqual([
      "[1] failed bad-record: null",
      "[2] failed bad-record: null",
    ])
    // Labels that nobody may set here stand with what has no place.
    const odd = promptsIn(itemsOf(JSON.stringify({ ...one, labels: ["Production!"] })))
    expect(odd[0]?.versions[0]).toMatchObject({ extra: { fields: { labels: ["Production!"] } } })
  })
})

describe("lists", () => {
  test("[CV102] quotes, line breaks within them, a mark at the beginning: rows that are not well formed fail by their number", () => {
    const items = itemsOf(fixture("prompts.csv"))
    expect(
      promptsIn(items).map(({ name, tags, versions }) => ({
        name,
        tags,
        text: versions[0]?.slots[0]?.text,
        extra: versions[0]?.extra?.fields,
      })),
    ).toEqual([
      {
        name: "Lighthouse keeper",
        tags: ["sea", "night"],
        text: 'I want you to act as a "lighthouse" keeper.\r\nNight, fog, and one ship.',
        extra: { for_devs: "FALSE" },
      },
      { name: "Brief one", tags: [], text: "Say it in five words", extra: { for_devs: "TRUE" } },
      { name: "Brief one", tags: [], text: "Say it, in six words", extra: { for_devs: "TRUE" } },
    ])
    expect(problemsIn(items)).toEqual([
      'row 5 failed bad-record: Broken "row',
      "row 6 failed bad-record: too",
      "row 8 failed bad-record: null",
    ])
    expect(noticesIn(items)).toEqual(["same-name"])
    checkRoundTrip("csv", fixture("prompts.csv"))
    for (const separator of [";", "\t"]) {
      const content = `Title${separator}Text\r\nA${separator}"one\ntwo"\r\n`
      expect(promptsIn(itemsOf(content))).toMatchObject([{ name: "A", versions: [{ slots: [{ text: "one\ntwo" }] }] }])
    }
    expect(problemsIn(itemsOf('act,prompt\na,"never closed\nb,c\n'))).toEqual(["row 2 failed bad-record: a"])
  })

  test("[CV102] any fields come back from a row", () => {
    const field = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", '"', ",", "\n", "\r", "\r\n", '"",', " a ", "=1+1"))
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        const text = rows.map(writeCsvRow).join("")
        expect([...readCsv(text)].map(({ fields, problem }) => problem ?? fields)).toEqual(rows)
      }),
    )
  })

  test("[CV102] any text is read as rows that hold every character between separators, and no text hangs", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "a") }), (text) => {
        const letters = [...readCsv(text)]
          .flatMap(({ fields }) => fields)
          .join("")
          .replaceAll(/[^a]/gu, "")
        expect(letters).toBe(text.replaceAll(/[^a]/gu, ""))
      }),
    )
  })

  test("[CV103] a list of objects: names and texts by whatever they are called, other fields kept, what is none reported", () => {
    const items = itemsOf(fixture("prompts-list.json"))
    expect(promptsIn(items).map(({ name }) => name)).toEqual(["担任船长", "Empty", "Named otherwise"])
    expect(promptsIn(items)[2]).toMatchObject({
      tags: ["x", "y"],
      versions: [{ slots: [{ text: "and written otherwise" }], extra: { fields: { lang: "en", votes: 12 } } }],
    })
    expect(problemsIn(items)).toEqual(["[2] failed bad-record: null", "[3] failed bad-record: null"])
    checkRoundTrip("json", fixture("prompts-list.json"))
  })
})

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "",
    "\n",
    " a\n",
    "---\n",
    "## user",
    "a\n## system\n\nb",
    "````prompt\nx\n````",
    "```\nopen",
    "a\r\nb",
    "\ufeff",
    "- x\n\n",
    "# role: a",
  ),
)
const line = fc
  .string({ unit: "grapheme", minLength: 1 })
  .map((one) => one.trim())
  .filter((one) => one !== "" && one !== "latest")
// As documents hold them: JSON knows no negative zero, and no key may be the name of a prototype.
const json = fc
  .jsonValue({ depthSize: "small" })
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll("__proto__", "proto")) as unknown)
const variable = fc.record(
  { type: fc.constantFrom("text", "number", "boolean", "json"), default: text, description: text },
  { requiredKeys: ["type"] },
)
const version = (kind: "chat" | "text"): fc.Arbitrary<PortableVersion> =>
  fc.record({
    kind: fc.constant(kind),
    slots:
      kind === "text"
        ? text.map((only) => [{ role: "user", text: only }])
        : fc.array(
            fc.oneof(
              fc.record({ role: fc.constantFrom("system", "user", "assistant"), text }),
              fc.record({ role: line.filter((role) => role !== "placeholder"), text }),
              fc.record({ role: fc.constant("placeholder"), name: line, text }),
            ),
            { minLength: 1 },
          ),
    variables: fc.dictionary(fc.constantFrom("a", "b-c", "d.e"), variable) as fc.Arbitrary<PortableVersion["variables"]>,
    config: fc.dictionary(fc.constantFrom("model", "true", "1", "~", "a: b"), json) as fc.Arbitrary<PortableVersion["config"]>,
    message: text,
    createdAt: fc.option(fc.integer({ min: 0, max: 4e12 })),
    author: fc.option(line),
    labels: fc.uniqueArray(fc.constantFrom("production", "staging", "v1.0_x")),
    number: fc.option(fc.integer({ min: 1 })),
    extra: fc.constant(null),
  })

const NAMED = { name: "n", description: "", tags: [] }
const CHAT: Omit<PortableVersion, "slots"> = {
  kind: "chat",
  variables: {},
  config: {},
  message: "",
  createdAt: null,
  author: null,
  labels: [],
  number: null,
  extra: null,
}

describe("Markdown", () => {
  test("[CV104] front matter, sections, fences: what a file says", () => {
    const items = itemsOf(fixture("prompt.md"))
    const [prompt] = promptsIn(items)
    expect(prompt).toMatchObject({
      name: "Harbour answers",
      description: "What the harbour desk answers, by mail",
      tags: ["harbour", "mail"],
    })
    expect(prompt?.versions[0]).toMatchObject({
      kind: "chat",
      variables: {
        tone: { type: "choice", choices: ["warm", "formal"], default: "warm" },
        berth: { type: "number", default: "7", description: "Number of the berth" },
        ship: { type: "text", default: "Aurora" },
      },
      config: { model: "tide-2", temperature: 0.2 },
      extra: { of: "markdown", fields: { owner: "desk@harbour.example", review: { due: "2026-01-31", by: ["ana", "omar"] } } },
    })
    expect(prompt?.versions[0]?.slots).toEqual([
      {
        role: "system",
        text: "You answer for the harbour, {{ tone }}.\n\n### A heading of the text itself\n\n```text\n## not a role of ours\n```",
      },
      { role: "placeholder", name: "history", text: "" },
      { role: "user", text: "The ship {{ship}} lies at {{berth}}." },
      { role: "second reader", text: "" },
      { role: "assistant", text: "\n## user\nis text here, with white space around it \n" },
    ])
    expect(written("markdown", prompt!).content).toContain("Read before use.\n\n## system\n")
    checkRoundTrip("markdown", fixture("prompt.md"))
    // The same file from Windows says the same.
    const windows = new TextDecoder().decode(fixture("prompt.md")).replaceAll("\n", "\r\n")
    expect(promptsIn(itemsOf(windows))).toEqual([prompt])
  })

  test("[CV104, I12] any prompt comes back from its file exactly", () => {
    const prompt = fc.record({
      name: line,
      description: text,
      tags: fc.uniqueArray(line),
      versions: fc.oneof(version("chat"), version("text")).map((one) => [one]),
    })
    fc.assert(
      fc.property(prompt, (given) => {
        const { content, left } = written("markdown", { ...given, id: "0b5e" })
        expect(left).toEqual([])
        const [read] = promptsIn(itemsOf(content, "a.md"))
        expect(read?.id).toBe("0b5e")
        expect(said(read!)).toEqual(given)
      }),
      { numRuns: 200 },
    )
  })

  test("[CV104] a file without front matter is its text; with it, its line breaks at both ends are the file's", () => {
    expect(promptsIn(itemsOf("\n# Title\n\nText \n\n", "a.md"))[0]?.versions[0]).toMatchObject({
      kind: "text",
      slots: [{ text: "\n# Title\n\nText \n\n" }],
    })
    expect(promptsIn(itemsOf("---\nname: a\n---\n\nText\n"))[0]?.versions[0]?.slots).toEqual([{ role: "user", text: "Text" }])
    expect(promptsIn(itemsOf("# System\n\nA\n\n# User\n\nB\n", "a.md"))[0]?.versions[0]?.slots).toEqual([
      { role: "system", text: "A" },
      { role: "user", text: "B" },
    ])
    // A rule at the beginning is no front matter.
    expect(promptsIn(itemsOf("---\nA sentence.\n---\nAnother.", "a.md"))[0]?.versions[0]?.slots[0]?.text).toBe(
      "---\nA sentence.\n---\nAnother.",
    )
  })

  test("[CV104, CV106] front matter that is wrong is told with its line, and none of it is taken for more than it is", () => {
    const failing = (front: string): string[] => problemsIn(itemsOf(`---\n${front}\n---\ntext\n`, "a.md"))
    expect(failing("name: a\ntags: [a")).toEqual([" failed bad-record: null"])
    expect(failing("name: a\nname: b")).toEqual([" failed bad-record: null"])
    const bomb = Array.from(
      { length: 12 },
      (_, depth) =>
        `a${depth}: &a${depth} [${Array(9)
          .fill(depth === 0 ? "x" : `*a${depth - 1}`)
          .join(",")}]`,
    )
    expect(failing(bomb.join("\n"))).toEqual([" failed bad-record: null"])
    expect(failing(`name: ${"[".repeat(150)}${"]".repeat(150)}`)).toEqual([" failed too-deep: null"])
    const odd = promptsIn(itemsOf("---\nname: a\nvariables: [b]\nlabels: [Two Words]\nversion: 1.5\n__proto__: x\n---\ntext\n"))
    expect(odd[0]?.versions[0]).toMatchObject({
      variables: {},
      labels: [],
      number: null,
      extra: { fields: { variables: ["b"], labels: ["Two Words"], version: 1.5 } },
    })
    expect(noticesIn(itemsOf("---\nname: a # of ours\n---\ntext\n"))).toContain("reshaped")
  })
})

describe("hostile files", () => {
  test("[CV106] files made to be slow are read as fast as others", () => {
    const many = 50_000
    const files: readonly (readonly [PromptFormatName, string])[] = [
      ["markdown", `---\ntype: chat\n---\n${"## user\n````prompt\n".repeat(many)}`],
      ["markdown", `---\ntype: chat\n---\n## role: ${" \t".repeat(many * 10)}x\n`],
      ["markdown", `## role: ${" ".repeat(many * 20)}`],
      ["csv", `act,prompt${",".repeat(many)}\n${"a\n".repeat(many)}`],
      ["csv", `act,prompt\n"${'"",'.repeat(many)}`],
      ["text", `---\n${"-".repeat(many)}`],
      ["json", `[${'{"act":"a","prompt":"b"},'.repeat(many / 10)}{}]`],
    ]
    for (const [format, content] of files) expect(itemsOf(content, "x", { format }).length).toBeGreaterThan(0)
    const runs = "a`b".repeat(300_000)
    expect(
      said(
        promptsIn(
          itemsOf(written("markdown", { ...NAMED, versions: [{ ...CHAT, slots: [{ role: "user", text: ` ${runs}` }] }] }).content),
        )[0]!,
      ).versions[0]?.slots[0]?.text,
    ).toBe(` ${runs}`)
  })

  test("[CV106] as many versions as get numbers, and one more; front matter at its bound, and past it", () => {
    const records = (count: number): string =>
      JSON.stringify(Array.from({ length: count }, (_, index) => ({ name: "a", prompt: String(index) })))
    expect(promptsIn(itemsOf(records(MAX_NUMBERED_VERSIONS)))[0]?.versions).toHaveLength(MAX_NUMBERED_VERSIONS)
    expect(problemsIn(itemsOf(records(MAX_NUMBERED_VERSIONS + 1)))).toEqual(["[0] failed too-large: a"])
    const front = (length: number): string => `---\nname: "${"n".repeat(length - 'name: ""\n'.length)}"\n---\ntext\n`
    expect(promptsIn(itemsOf(front(MAX_FRONT_MATTER_LENGTH), "a.md"))).toHaveLength(1)
    expect(problemsIn(itemsOf(front(MAX_FRONT_MATTER_LENGTH + 1), "a.md"))).toEqual([" failed too-large: null"])
  })
})

test("[CV105] a plain text is one prompt, named by its file, with every character", () => {
  const content = "\n  Tell {{who}}:\r\n\tnothing \n\n"
  const [prompt] = promptsIn(itemsOf(content, "C:\\prompts\\tell me.txt"))
  expect(prompt).toMatchObject({ name: "tell me", versions: [{ kind: "text", slots: [{ text: content }] }] })
  expect(written("text", prompt!)).toEqual({ content, left: [] })
})

describe("what is not held is said", () => {
  const full: PortablePrompt = {
    name: "Full",
    description: "of everything",
    tags: ["t"],
    versions: [
      {
        kind: "text",
        slots: [{ role: "user", text: "old" }],
        variables: {},
        config: {},
        message: "",
        createdAt: null,
        author: null,
        labels: [],
        number: 1,
        extra: null,
      },
      {
        kind: "chat",
        slots: [
          { role: "system", text: "a" },
          { role: "placeholder", name: "p", text: "b" },
        ],
        variables: { v: { type: "text", default: "x" } },
        config: { model: "m" },
        message: "why",
        createdAt: 1,
        author: "ana",
        labels: ["production"],
        number: 2,
        extra: { of: "langfuse", fields: { id: "1" } },
      },
    ],
  }

  test("[CV107] by every format, thing by thing", () => {
    const codes = (format: PromptFormatName): string[] =>
      written(format, full)
        .left.map(({ code }) => code)
        .toSorted()
    expect(codes("langfuse")).toEqual(["description", "roles", "variables"])
    expect(codes("markdown")).toEqual(["extra", "versions"])
    const flat = ["config", "extra", "history", "labels", "roles", "variables", "versions"]
    expect(codes("csv")).toEqual(flat)
    expect(codes("json")).toEqual(flat)
    expect(codes("text")).toEqual([...flat, "description", "tags"].toSorted())
    expect(written("text", full).content).toBe("a\n\nb")
  })

  test("[CV107] what a format is said to hold it holds, and one of several prompts takes no second", () => {
    for (const { name, holds, files } of PROMPT_FORMATS) {
      expect(written(name, full).left.some(({ code }) => code === "versions")).toBe(holds !== "versions")
      expect(written(name, full).left.some(({ code }) => code === "config")).toBe(holds === "text")
      if (files === "each") expect(() => written(name, full, full)).toThrow(RangeError)
      else expect(written(name).left).toEqual([])
    }
  })
})

describe.runIf(hasSharedData)("shared prompts", () => {
  const textsOf = ({ versions }: PortablePrompt): string[] => versions.map(({ slots }) => slots[0]?.text ?? "")
  const byText = (one: string, other: string): number => (one < other ? -1 : 1)
  const shared = (path: string): string => new TextDecoder().decode(readShared(`prompts/${path}`))

  test("[CV102, I12] hundreds of prompts in CSV go in, out and in again", () => {
    const prompts = checkRoundTrip("csv", shared("awesome-chatgpt-prompts.csv.gz"))
    expect(prompts.length).toBeGreaterThan(200)
    expect(problemsIn(itemsOf(shared("awesome-chatgpt-prompts.csv.gz")))).toEqual([])
  })

  test("[CV103, I12] Chinese prompts in JSON go in, out and in again, and through CSV", () => {
    const content = shared("prompts-zh.json.gz")
    const prompts = checkRoundTrip("json", content)
    const records = JSON.parse(content) as { readonly act: string; readonly prompt: string }[]
    expect(prompts.map(({ name, versions }) => ({ act: name, prompt: versions[0]?.slots[0]?.text }))).toEqual(
      records.map(({ act, prompt }) => ({ act: act.trim(), prompt })),
    )
    const { content: csv, left } = written("csv", ...prompts)
    expect(left).toEqual([])
    expect(promptsIn(itemsOf(csv)).map(said)).toEqual(prompts.map(said))
  })

  test("[CV104, CV105, I12] a book in four scripts goes through every format", () => {
    const book = promptsIn(itemsOf(shared("prompt-book-a.jsonl.gz")))
    expect(book).toHaveLength(112)
    expect(new Set(book.map(({ id }) => id)).size).toBe(book.length)
    for (const prompt of book) {
      const text = prompt.versions[0]?.slots[0]?.text ?? ""
      expect(said(promptsIn(itemsOf(written("markdown", prompt).content, "a.md"))[0]!).versions[0]?.slots[0]?.text).toBe(text)
      expect(written("text", prompt).content).toBe(text)
    }
    for (const format of ["langfuse", "json", "csv"] as const) {
      const again = promptsIn(itemsOf(written(format, ...book).content))
      expect(again.flatMap(textsOf).toSorted(byText)).toEqual(book.flatMap(textsOf).toSorted(byText))
    }
  })
})

test.runIf(!hasSharedData)("[I12] the shared prompts are not here: their round trips are skipped", () => {
  expect(hasSharedData).toBe(false)
})
