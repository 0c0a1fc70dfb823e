import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  type AnnotationRecord,
  framedAnnotations,
  readWebAnnotations,
  webAnnotation,
  type WebAnnotationFile,
  writeWebAnnotations,
} from "@polylogue/conversation"
import { hasSharedData, readShared } from "./shared-data.ts"

const CONTEXT = "http://www.w3.org/ns/anno.jsonld"
const BASE = { "@context": CONTEXT, id: "http://example.org/a", type: "Annotation", target: "http://example.org/page" }
const shared = (path: string): string => new TextDecoder().decode(readShared(path))

const annotationsIn = ({ results }: WebAnnotationFile): AnnotationRecord[] =>
  results.flatMap((result) => ("annotation" in result ? [result.annotation] : []))
const problemsIn = ({ results }: WebAnnotationFile): string[] =>
  results.flatMap((result) => ("problems" in result ? result.problems.map(({ path }) => path) : []))
const only = (value: object): AnnotationRecord => annotationsIn(readWebAnnotations(JSON.stringify(value)))[0]!

test("[CV196] words, tags, makers, times and places are read; all else is kept and written back", () => {
  const annotation = {
    ...BASE,
    "x:unknown": { deep: [1, null] },
    motivation: ["commenting", "tagging"],
    creator: { id: "http://example.org/ana", type: "Person", name: "Ana" },
    created: "2015-01-28T12:00:00Z",
    body: [
      { type: "TextualBody", value: "first", language: "en" },
      { type: "TextualBody", value: "a tag", purpose: "tagging" },
      "http://example.org/elsewhere",
    ],
    target: {
      type: "SpecificResource",
      source: "http://example.org/page",
      selector: [
        { type: "x:MySelector", where: "here" },
        { type: "TextQuoteSelector", exact: "words", prefix: "some ", suffix: " here" },
        { type: "TextPositionSelector", start: 5, end: 10 },
      ],
    },
  }
  const record = only(annotation)
  expect(record).toEqual({
    id: "http://example.org/a",
    motivations: ["commenting", "tagging"],
    text: "first",
    tags: ["a tag"],
    creator: { id: "http://example.org/ana", name: "Ana" },
    createdAt: Date.UTC(2015, 0, 28, 12),
    modifiedAt: null,
    places: [
      {
        source: "http://example.org/page",
        quote: { exact: "words", prefix: "some ", suffix: " here" },
        position: { start: 5, end: 10, unit: "code-points" },
      },
    ],
    original: annotation,
  })
  expect(webAnnotation(record)).toEqual(annotation)
  const changed = webAnnotation({ ...record, text: "second" })
  expect(changed["x:unknown"]).toEqual({ deep: [1, null] })
  expect(changed["target"]).toEqual(annotation.target)
  expect(changed["body"]).toEqual([
    "http://example.org/elsewhere",
    { type: "TextualBody", value: "second", format: "text/plain" },
    { type: "TextualBody", value: "a tag", purpose: "tagging" },
  ])
})

test("[CV196] of selectors that choose, the words are taken; of those that refine others, the words and not the numbers", () => {
  const target = (selector: unknown): AnnotationRecord["places"] =>
    only({ ...BASE, target: { source: "http://example.org/p", selector } }).places
  const quote = { type: "TextQuoteSelector", exact: "x" }
  const position = { type: "TextPositionSelector", start: 1, end: 2 }
  const read = { exact: "x", prefix: "", suffix: "" }
  expect(target({ type: "Choice", items: [quote, position] })).toEqual([
    { source: "http://example.org/p", quote: read, position: { start: 1, end: 2, unit: "code-points" } },
  ])
  expect(target({ type: "FragmentSelector", value: "page=2", refinedBy: [quote, position] })).toEqual([
    { source: "http://example.org/p", quote: read },
  ])
  expect(target({ type: "RangeSelector", startSelector: quote, endSelector: quote })).toEqual([{ source: "http://example.org/p" }])
})

test("[CV196] what was written is read as what it was", () => {
  const aText = fc.string({ unit: "grapheme", minLength: 1 })
  const aTime = fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 }))
  const aRecord = fc.record({
    id: fc.uuid().map((id) => `urn:uuid:${id}`),
    motivations: fc.constantFrom(["commenting"], ["highlighting"], ["commenting", "tagging"]),
    text: fc.string({ unit: "grapheme" }),
    tags: fc.array(aText),
    creator: fc.option(fc.record({ id: fc.uuid().map((id) => `urn:uuid:${id}`), name: aText })),
    createdAt: aTime,
    modifiedAt: aTime,
    places: fc.array(
      fc.record({
        source: fc.webUrl(),
        quote: fc.record({ exact: aText, prefix: fc.string(), suffix: fc.string() }),
        position: fc.nat().map((start) => ({ start, end: start + 3, unit: "code-points" as const })),
      }),
      { minLength: 1 },
    ),
  })
  fc.assert(
    fc.property(fc.array(aRecord), (records) => {
      const text = [...writeWebAnnotations(records, { id: "urn:x:collection", label: "Notes", total: records.length })].join("")
      const file = readWebAnnotations(text)
      expect(problemsIn(file)).toEqual([])
      expect(annotationsIn(file)).toEqual(records.map((record) => ({ ...record, original: expect.any(Object) as object })))
      expect(framedAnnotations(file.frame, annotationsIn(file))).toEqual(JSON.parse(text))
    }),
  )
})

const BROKEN: readonly (readonly [path: string, value: Record<string, unknown>])[] = [
  ["@context", { ...BASE, "@context": "http://www.w3.org/ns/other" }],
  ["id", { ...BASE, id: ["http://a", "http://b"] }],
  ["id", { ...BASE, id: "no address" }],
  ["type", { ...BASE, type: "Note" }],
  ["target", { ...BASE, target: undefined }],
  ["target[1]", { ...BASE, target: ["http://a", 5] }],
  ["bodyValue", { ...BASE, bodyValue: "x", body: "http://b" }],
  ["bodyValue", { ...BASE, bodyValue: 3 }],
  ["body", { ...BASE, body: { items: ["http://a"] } }],
  ["body.items", { ...BASE, body: { type: "Choice" } }],
  ["body.value", { ...BASE, body: { type: "TextualBody", value: ["a", "b"] } }],
  ["body.format", { ...BASE, body: { id: "http://a", format: 6 } }],
  ["body.textDirection", { ...BASE, body: { id: "http://a", textDirection: "down" } }],
  ["body.processingLanguage", { ...BASE, body: { id: "http://a", processingLanguage: ["en", "de"] } }],
  ["target.source", { ...BASE, target: { type: "SpecificResource", selector: "http://s" } }],
  ["target.selector.value", { ...BASE, target: { source: "http://a", selector: { type: "CssSelector" } } }],
  ["target.selector.exact", { ...BASE, target: { source: "http://a", selector: { type: "TextQuoteSelector", prefix: "x" } } }],
  ["target.selector.start", { ...BASE, target: { source: "http://a", selector: { type: "TextPositionSelector", start: -1, end: 2 } } }],
  [
    "target.selector.endSelector",
    { ...BASE, target: { source: "http://a", selector: { type: "RangeSelector", startSelector: "http://s" } } },
  ],
  [
    "target.selector.refinedBy.end",
    { ...BASE, target: { source: "http://a", selector: { type: "x", refinedBy: { type: "DataPositionSelector", start: 1 } } } },
  ],
  [
    "target.selector.items[0].value",
    { ...BASE, target: { source: "http://a", selector: { type: "Choice", items: [{ type: "XPathSelector" }] } } },
  ],
  ["target.state.sourceDate", { ...BASE, target: { source: "http://a", state: { type: "TimeState", sourceDate: "yesterday" } } }],
  ["target.state.value", { ...BASE, target: { source: "http://a", state: { type: "HttpRequestState" } } }],
  ["created", { ...BASE, created: "2015-01-28T12:00:00" }],
  ["modified", { ...BASE, modified: ["2015-01-28T12:00:00Z", "2015-01-28T12:00:01Z"] }],
  ["generator", { ...BASE, generator: 42 }],
  ["rights", { ...BASE, rights: "not a uri" }],
  ["canonical", { ...BASE, canonical: ["http://a", "http://b"] }],
]

test.each(BROKEN)("[CV197] an annotation that breaks the model at %s is refused and says so", (path, value) => {
  expect(problemsIn(readWebAnnotations(JSON.stringify(value)))).toEqual([path])
})

test("[CV197] of a page, a broken annotation is refused alone; a broken page, or one that is no JSON, whole", () => {
  const page = {
    "@context": CONTEXT,
    id: "http://p",
    type: "AnnotationPage",
    items: [
      { ...BASE, "@context": undefined },
      { id: "http://b", type: "Annotation" },
    ],
  }
  const { results } = readWebAnnotations(JSON.stringify(page))
  expect(results.map((result) => ("annotation" in result ? result.position : `${result.position} ${result.problems[0]?.path}`))).toEqual([
    "items[0]",
    "items[1] target",
  ])
  expect(problemsIn(readWebAnnotations(JSON.stringify({ ...page, items: 1, startIndex: -1 })))).toEqual(["startIndex", "items"])
  const loose = readWebAnnotations('{\n  "@context": "fish, ]",\n  "id": "http://a",\n  "type": "Annotation",\n}')
  expect(loose.results[0]).toEqual({
    position: "",
    problems: [
      { path: "", message: "it is no JSON: a comma before a closing bracket (line 4)" },
      { path: "@context", message: `it must name ${CONTEXT}` },
      { path: "target", message: "there must be at least one" },
    ],
  })
})

test("[CV197, I7] one that is nested too deep is refused, alone where it stands on a line of its own", () => {
  const good = {
    "@context": "http://www.w3.org/ns/anno.jsonld",
    id: "http://example.org/1",
    type: "Annotation",
    target: "http://example.org/p",
  }
  const deep = `${'{"type":"List","items":['.repeat(20_000)}"http://example.org/p"${"]}".repeat(20_000)}`
  const bad = JSON.stringify(good).replace('"http://example.org/p"', deep)
  expect(readWebAnnotations(bad).results).toMatchObject([{ problems: [{ message: "nested more than 100 deep" }] }])
  expect(readWebAnnotations(`${bad}\n${JSON.stringify(good)}\n`).results).toMatchObject([
    { position: "line 1", problems: [{ message: "nested more than 100 deep" }] },
    { position: "line 2", annotation: { id: "http://example.org/1" } },
  ])
})

test("[CV197, I7] whatever a file holds, reading it throws nothing", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.json().map((json) => `{"@context":"${CONTEXT}","type":"Annotation","target":${json},"body":${json}}`),
      ),
      (text) => {
        for (const record of annotationsIn(readWebAnnotations(text))) webAnnotation(record)
      },
    ),
  )
  const deep = `${"[".repeat(200)}${"]".repeat(200)}`
  expect(problemsIn(readWebAnnotations(`{"@context":"${CONTEXT}","body":${deep}}`))).toEqual([""])
})

test("[CV198] what the API of Hypothesis gives is read, its positions as UTF-16 and replies as such", () => {
  const row = {
    id: "abc",
    uri: "https://example.org/page",
    user: "acct:ana@example.org",
    user_info: { display_name: "Ana" },
    text: "",
    tags: ["t"],
    references: ["parent"],
    created: "2016-12-16T11:24:14.673557+00:00",
    links: { json: "https://example.org/api/abc" },
    target: [
      {
        source: "https://example.org/page",
        selector: [
          { type: "RangeSelector", startContainer: "/p" },
          { type: "TextPositionSelector", start: 1, end: 2 },
        ],
      },
    ],
  }
  const file = readWebAnnotations(JSON.stringify({ total: 2, rows: [row, { uri: "u" }] }))
  expect(problemsIn(file)).toEqual([""])
  expect(annotationsIn(file)).toEqual([
    {
      id: "https://example.org/api/abc",
      motivations: ["replying"],
      text: "",
      tags: ["t"],
      creator: { id: "acct:ana@example.org", name: "Ana" },
      createdAt: Date.parse("2016-12-16T11:24:14.673Z"),
      modifiedAt: null,
      places: [{ source: "https://example.org/page", position: { start: 1, end: 2, unit: "utf-16" } }],
      original: row,
    },
  ])
})

describe.runIf(hasSharedData)("shared annotations", () => {
  const samples = hasSharedData
    ? shared("rag/w3c-annotation-samples-a.jsonl.gz")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { readonly path: string; readonly text: string })
    : []

  test.each(samples.filter(({ path }) => path.startsWith("correct/")))("[CV196] $path is read and written back equal", ({ text }) => {
    const file = readWebAnnotations(text)
    expect(problemsIn(file)).toEqual([])
    expect(framedAnnotations(file.frame, annotationsIn(file))).toEqual(JSON.parse(text))
  })

  // What the label of each sample says is wrong with it, beside the two ids that most of them have.
  test.each([
    ["anno2", ["@context", "id", "type", "target"]],
    ["anno4", ["@context"]],
    ["anno6", ["id"]],
    ["anno8", ["id", "type"]],
    ["anno10", ["", "id", "target"]],
    ["anno12", ["", "id", "body"]],
    ["anno14", ["", "id", "body.format"]],
    ["anno16", ["", "id", "body.textDirection"]],
    ["anno18", ["", "id", "body.value"]],
    ["anno21", ["", "id", "bodyValue"]],
    ["anno23", ["", "id", "body.processingLanguage"]],
    ["anno25", ["", "id", "body"]],
    ["anno27", ["id", "generator"]],
    ["anno29", ["id", "modified"]],
    ["anno30", ["id", "generated"]],
    ["anno32", ["id", "created"]],
    ["anno34", ["id", "rights"]],
    ["anno36", ["id", "canonical"]],
    ["anno38", ["id", "target.source", "target.selector.value"]],
  ])("[CV197] incorrect/%s.json is refused for what it breaks", (name, paths) => {
    const sample = samples.find(({ path }) => path === `incorrect/${name}.json`)
    expect(problemsIn(readWebAnnotations(sample?.text ?? ""))).toEqual(paths)
  })

  test("[CV197] every incorrect sample is refused", () => {
    const incorrect = samples.filter(({ path }) => path.startsWith("incorrect/"))
    expect(incorrect.length).toBeGreaterThan(0)
    for (const { text } of incorrect) expect(annotationsIn(readWebAnnotations(text))).toEqual([])
  })

  test("[CV198] the annotations of a page are read with their words", () => {
    const text = shared("rag/hypothesis-wikipedia-annotations.json.gz")
    const { rows } = JSON.parse(text) as { readonly rows: readonly { readonly text: string }[] }
    const records = annotationsIn(readWebAnnotations(text))
    expect(records.map((record) => record.text)).toEqual(rows.map((row) => row.text))
    for (const { places } of records) expect(places[0]?.position!.end).toBe(places[0]!.position!.start + places[0]!.quote!.exact.length)
  })
})
