import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  type AnnotationLeft,
  annotationFileKind,
  type ByteSource,
  escapeId,
  type EvaluationSet,
  MAX_LINE_BYTES,
  parseSource,
  qrelsParser,
  readBeirCorpus,
  readBeirQueries,
  readMtRag,
  readQrels,
  readRun,
  type RelevanceGrade,
  turnsIn,
  unescapeId,
  writeBeir,
  writeJudgementsCsv,
  writeQrels,
  writeRagas,
  writeRun,
} from "@polylogue/conversation"
import { readCsv } from "../src/prompt-formats/csv-text.ts"
import { hasSharedData, readShared } from "./shared-data.ts"

const EMPTY: EvaluationSet = { name: "set", passages: [], questions: [], grades: [], rankings: [], answers: [] }
const shared = (path: string): string => new TextDecoder().decode(readShared(path))

function written(write: (left: AnnotationLeft[]) => Iterable<string>): { readonly text: string; readonly told: readonly string[] } {
  const left: AnnotationLeft[] = []
  const text = [...write(left)].join("")
  return { text, told: left.map(({ item, code }) => `${code} ${item}`) }
}

function sourceOf(text: string, chunk: number): ByteSource {
  const bytes = new TextEncoder().encode(text)
  return {
    name: "x",
    size: bytes.length,
    async *read(start, end) {
      for (let at = start; at < end; at += chunk) yield await Promise.resolve(bytes.slice(at, Math.min(end, at + chunk)))
    },
  }
}

const anId = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ unit: "grapheme", minLength: 1 }),
  fc.constantFrom("a b", "a%20b", "%:a%20b", "%:", "100%", "%25", "\u2028", "q\t1", '"q"', "q\r\n1", "%2g", " "),
)

test("[CV190] any name survives the columns of TREC, and no two names have one form", () => {
  fc.assert(
    fc.property(anId, anId, (one, other) => {
      expect(escapeId(one)).not.toMatch(/[\s\p{Cc}]/u)
      expect(unescapeId(escapeId(one))).toBe(one)
      if (one !== other) expect(escapeId(one)).not.toBe(escapeId(other))
    }),
  )
  expect(escapeId("doc-1<::>2")).toBe("doc-1<::>2")
  expect(escapeId("a%20b")).toBe("a%20b")
  expect(escapeId("a b")).toBe("%:a%20b")
})

test("[CV190] qrels of either form come back as they were, whatever names and grades they have", () => {
  const aGrade = fc.record({ questionId: anId, passageId: anId, grade: fc.integer() })
  const unique = fc.uniqueArray(aGrade, { selector: ({ questionId, passageId }) => JSON.stringify([questionId, passageId]) })
  fc.assert(
    fc.property(unique, fc.constantFrom("trec" as const, "beir" as const), (grades, form) => {
      const { text, told } = written((left) => writeQrels(grades, left, form))
      const { values, problems } = readQrels(text)
      expect(problems).toEqual([])
      expect(values).toEqual(grades)
      expect(told.every((one) => one.startsWith("id "))).toBe(true)
    }),
  )
})

test("[CV190] qrels are told by their columns; iterations are kept, and tabs, blanks and CR LF alike separate", () => {
  expect(readQrels("q1 0 d1 2\nq1\tQ0\td2\t-1\r\n").values).toEqual([
    { questionId: "q1", passageId: "d1", grade: 2 },
    { questionId: "q1", passageId: "d2", grade: -1, iteration: "Q0" },
  ])
  expect(readQrels("query-id\tcorpus-id\tscore\nq 1\td1\t0").values).toEqual([{ questionId: "q 1", passageId: "d1", grade: 0 }])
  expect(readQrels("\ufeffq 1\td1\t1").values).toEqual([{ questionId: "q 1", passageId: "d1", grade: 1 }])
  expect(written((left) => writeQrels(readQrels("q Q0 d 1\n").values, left)).text).toBe("q Q0 d 1\n")
})

test("[CV191] a line that is not what it should be is told by its number and stops no other", () => {
  const text = 'query-id\tcorpus-id\tscore\nq1\td1\t1\n\nq1\td2\nq1\td3\t1.5\n\td4\t1\nq1\t"d5\t1\nq1\td6\t1\nq2\td7\t1\t9'
  const { values, problems } = readQrels(text)
  expect(values.map(({ passageId }) => passageId)).toEqual(["d1", "d6"])
  expect(problems.map(({ line, problem }) => `${line} ${problem.code}`)).toEqual([
    "4 bad-record",
    "5 bad-record",
    "6 bad-record",
    "7 bad-record",
    "9 bad-record",
  ])
  expect(
    readBeirCorpus('{"_id":"a","text":"x"}\n{"_id":1,"text":"x"}\n[]\n{"_id":"b"}\n{').problems.map(
      ({ line, problem }) => `${line} ${problem.code}`,
    ),
  ).toEqual(["2 bad-id", "3 bad-record", "4 bad-record", "5 not-json"])
})

test("[CV191] a stream gives what the whole gives, however it is cut", async () => {
  const aText = fc.array(fc.constantFrom("q1 0 d1 2", "q\u00e9 0 d\u{1f600} 1", "wrong", "", "\ufeffq 0 d 1", "\r"), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(aText, fc.constantFrom("\n", "\r\n"), fc.integer({ min: 1, max: 9 }), async (lines, end, chunk) => {
      const text = lines.join(end)
      const results = []
      for await (const result of parseSource(sourceOf(text, chunk), qrelsParser())) results.push(result)
      const { values, problems } = readQrels(text)
      expect(results.flatMap((result) => ("value" in result ? [result.value] : []))).toEqual(values)
      expect(results.flatMap((result) => ("problem" in result ? [result] : []))).toEqual(problems)
    }),
  )
})

test("[CV191] a line of the most bytes is read, one past it fails by itself, as does one of wrong bytes", async () => {
  const line = (size: number): string => `q 0 ${"d".repeat(size - 6)} 1`
  const found: string[] = []
  for await (const result of parseSource(
    sourceOf(`${line(MAX_LINE_BYTES)}\n${line(MAX_LINE_BYTES + 1)}\nq 0 d 2\n`, 1 << 20),
    qrelsParser(),
  ))
    found.push("problem" in result ? `${result.line} ${result.problem.code}` : `${result.line}`)
  expect(found).toEqual(["1", "2 too-large", "3"])
  const wrong: ByteSource = {
    name: "x",
    size: 20,
    async *read() {
      yield await Promise.resolve(Uint8Array.from([0xff, 0x0a, ...new TextEncoder().encode("q 0 d 1")]))
    },
  }
  const codes: string[] = []
  for await (const result of parseSource(wrong, qrelsParser())) codes.push("problem" in result ? result.problem.code : "read")
  expect(codes).toEqual(["bad-encoding", "read"])
})

test("[CV192] a run is written by question and rank, one line a passage, and read again", () => {
  const rankings = [
    { questionId: "q2", passageId: "b", rank: 2, score: 0.5 },
    { questionId: "q1", passageId: "a", rank: 1, score: null },
    { questionId: "q2", passageId: "a b", rank: 1, score: 1.25 },
    { questionId: "q2", passageId: "b", rank: 3, score: 0.25 },
    { questionId: "q2", passageId: "c", rank: 4, score: 9 },
  ]
  const { text, told } = written((left) => writeRun(rankings, "bm25 k1", left))
  expect(text).toBe("q2 Q0 %:a%20b 1 1.25 %:bm25%20k1\nq2 Q0 b 2 0.5 %:bm25%20k1\nq2 Q0 c 4 9 %:bm25%20k1\nq1 Q0 a 1 1 %:bm25%20k1\n")
  expect(told).toEqual(["id a b", "id bm25 k1", "line q2 b", "rank q2 c", "score q1 a"])
  expect(readRun(text).values[0]).toEqual({ questionId: "q2", passageId: "a b", rank: 1, score: 1.25, tag: "bm25 k1" })
  expect(readRun("q Q0 d x 1 t\nq Q0 d 1 x t\nq Q0 d 1").problems.map(({ line }) => line)).toEqual([1, 2, 3])
})

const aJson = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }))

test("[CV193] corpora and questions come back line for line, in the words in which they were written", () => {
  const aRecord = fc.record({ _id: fc.string({ minLength: 1 }), title: fc.string(), text: fc.string() }, { requiredKeys: ["_id", "text"] })
  const aLine = fc.tuple(aRecord, aJson, fc.constantFrom(0, 1)).map(([record, extra, indent]) => {
    const rest = Object.entries(extra).filter(([key]) => !["_id", "title", "text", "__proto__"].includes(key))
    return JSON.stringify({ ...Object.fromEntries(rest), ...record }, null, indent).replaceAll("\n", "")
  })
  fc.assert(
    fc.property(fc.array(aLine), (lines) => {
      const file = lines.map((line) => `${line}\n`).join("")
      const { values: passages, problems } = readBeirCorpus(file)
      expect(problems).toEqual([])
      const { values: questions } = readBeirQueries(file)
      const [corpus, queries] = writeBeir({ ...EMPTY, passages, questions }, [])
      expect([...(corpus?.pieces ?? [])].join("")).toBe(file)
      expect([...(queries?.pieces ?? [])].join("")).toBe(file)
    }),
  )
})

test("[CV193] a line that says something else than its record is written anew", () => {
  const { values } = readBeirCorpus('{"_id": "a", "title": "old", "text": "x", "url": "u"}')
  const [corpus] = writeBeir({ ...EMPTY, passages: values.map((passage) => ({ ...passage, title: "new" })) }, [])
  expect([...(corpus?.pieces ?? [])]).toEqual(['{"_id":"a","title":"new","text":"x","url":"u"}\n'])
})

test("[CV193] a dialogue in one question is taken apart, anything else is one turn", () => {
  expect(turnsIn("|user|: a\nb\n|agent|: c\n|user|: d")).toEqual([
    { role: "user", text: "a\nb" },
    { role: "assistant", text: "c" },
    { role: "user", text: "d" },
  ])
  expect(turnsIn("what is |user|: ?")).toEqual([{ role: "user", text: "what is |user|: ?" }])
})

const ROUND: EvaluationSet = {
  name: "round",
  passages: [
    { id: "p1", text: "one", collection: "c" },
    { id: "p2", text: null },
  ],
  questions: [
    {
      id: "q1",
      text: "why?",
      turns: [
        { role: "user", text: "hi" },
        { role: "system", text: "be short" },
        { role: "user", text: "why?" },
      ],
    },
  ],
  grades: [
    { questionId: "q1", passageId: "p1", grade: 2, annotator: "ana", labels: ["a;b", "c"], confidence: 0.5, note: '=1+1 "x"\nline' },
    { questionId: "q1", passageId: "p2", grade: null, annotator: "ben" },
  ],
  rankings: [
    { questionId: "q1", passageId: "p2", rank: 2, score: 1 },
    { questionId: "q1", passageId: "p1", rank: 1, score: 2 },
  ],
  answers: [
    {
      questionId: "q1",
      response: "because",
      reference: "for a reason",
      labels: ["good"],
      opinions: [{ annotator: "ana", grade: 1, labels: ["good"] }],
    },
  ],
}

test("[CV194] a sample of RAGAS has the question, what was found, what it should rest on and both answers", () => {
  const one = written((left) => writeRagas(ROUND, left))
  expect(JSON.parse(one.text)).toEqual({
    user_input: "why?",
    retrieved_contexts: ["one", ""],
    retrieved_context_ids: ["p1", "p2"],
    reference_contexts: ["one"],
    reference_context_ids: ["p1"],
    response: "because",
    reference: "for a reason",
  })
  expect(one.told).toEqual(["turns q1", "grade q1 p1", "labels q1 p1", "note q1 p1", "passage q1 p2", "labels q1", "answer q1"])
  const irrelevant = [{ questionId: "q1", passageId: "p2", grade: 0 }]
  expect(written((left) => writeRagas({ ...ROUND, grades: irrelevant, answers: [] }, left)).told).toContain("grade q1 p2")
  const many = written((left) => writeRagas(ROUND, left, { turns: "multi" }))
  expect(JSON.parse(many.text)).toEqual({
    user_input: [
      { content: "hi", type: "human" },
      { content: "why?", type: "human" },
      { content: "because", type: "ai" },
    ],
    reference: "for a reason",
  })
  expect(many.told).toEqual(["labels q1", "answer q1", "rank q1", "grade q1", "turns q1"])
  expect(JSON.parse(written((left) => writeRagas({ ...ROUND, grades: [], rankings: [], answers: [] }, left)).text)).toEqual({
    user_input: "why?",
  })
})

test("[CV195] the table of judgements has a row for each, and no field that a spreadsheet computes", () => {
  const { text, told } = written((left) => writeJudgementsCsv(ROUND, left))
  expect([...readCsv(text)].map(({ fields }) => fields)).toEqual([
    ["question_id", "question", "judged", "passage_id", "text", "annotator", "grade", "labels", "confidence", "note"],
    ["q1", "why?", "passage", "p1", "one", "ana", "2", "a;;b;c", "0.5", `'=1+1 "x"\nline`],
    ["q1", "why?", "passage", "p2", "", "ben", "", "", "", ""],
    ["q1", "why?", "answer", "", "because", "ana", "1", "good", "", ""],
  ])
  expect(told).toEqual(["line q1 p1", "rank q1"])
  const grades: RelevanceGrade[] = [{ questionId: "-1", passageId: "+x", grade: -1 }]
  expect(written((left) => writeJudgementsCsv({ ...EMPTY, grades }, left)).text.split("\r\n")[1]).toBe("-1,,passage,'+x,,,-1,,,")
})

test("[CV200, I12] what qrels and BEIR cannot hold is told item by item", () => {
  const trec = written((left) =>
    writeQrels(
      [
        ...ROUND.grades,
        { questionId: "", passageId: "p1", grade: 1 },
        { questionId: "q1", passageId: "p1", grade: 1.5 },
        { questionId: "q1", passageId: "p1", grade: 0 },
      ],
      left,
    ),
  )
  expect(trec.text).toBe("q1 0 p1 2\nq1 0 p1 0\n")
  expect(trec.told).toEqual([
    "annotator q1 p1",
    "labels q1 p1",
    "confidence q1 p1",
    "note q1 p1",
    "ungraded q1 p2",
    "annotator q1 p2",
    "id ",
    "grade q1 p1",
    "line q1 p1",
  ])
  const left: AnnotationLeft[] = []
  const files = writeBeir(ROUND, left).map(({ path, pieces }) => [path, [...pieces].join("")])
  expect(files).toEqual([
    ["corpus.jsonl", '{"_id":"p1","text":"one"}\n'],
    ["queries.jsonl", '{"_id":"q1","text":"why?"}\n'],
    ["qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\tp1\t2\n"],
  ])
  expect(left.map(({ code, item }) => `${code} ${item}`)).toEqual([
    "extra p1",
    "passage p2",
    "turns q1",
    "rank q1",
    "answer q1",
    "annotator q1 p1",
    "labels q1 p1",
    "confidence q1 p1",
    "note q1 p1",
    "ungraded q1 p2",
    "annotator q1 p2",
  ])
})

test("[CV199] a task of MT-RAG has its turns with authors and times, its passages, targets and labels, and keeps the rest", () => {
  const line = JSON.stringify({
    conversation_id: "c",
    task_id: "c<::>2",
    turn: "2",
    Collection: "docs",
    "Question Type": ["Factoid", "Opinion"],
    answerability: ["PARTIAL"],
    "Multi-Turn": ["N/A"],
    input: [
      { speaker: "user", text: "a", metadata: { author_type: "human", author_id: "u", created_at: 1_723_641_766 } },
      { speaker: "agent", text: "b" },
      { speaker: "user", text: "c" },
    ],
    contexts: [{ document_id: "d", title: "T", text: "words", score: 3 }],
    targets: [{ speaker: "agent", text: "r" }],
  })
  const { values, problems } = readMtRag(`${line}\n{"task_id":"x"}\n{"task_id":"x","conversation_id":"c","input":[{}]}`)
  expect(problems.map((failure) => `${failure.line} ${failure.problem.code}`)).toEqual(["2 bad-record", "3 bad-record"])
  expect(values).toEqual([
    {
      taskId: "c<::>2",
      conversationId: "c",
      turn: "2",
      collection: "docs",
      turns: [
        { role: "user", text: "a", author: "u", authorKind: "human", createdAt: 1_723_641_766_000 },
        { role: "assistant", text: "b" },
        { role: "user", text: "c" },
      ],
      contexts: [{ id: "d", title: "T", text: "words", collection: "docs", extra: { score: 3 } }],
      targets: [{ role: "assistant", text: "r" }],
      labels: ["answerability: PARTIAL", "question-type: Factoid", "question-type: Opinion"],
      extra: { answerability: ["PARTIAL"], "Question Type": ["Factoid", "Opinion"], "Multi-Turn": ["N/A"] },
    },
  ])
})

test("[CV201] files are told from how they begin, a corpus from questions by name or title", () => {
  const record = '{"_id":"a","text":"x"}\n'
  expect(annotationFileKind("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq\td\t1")).toBe("qrels")
  expect(annotationFileKind("x", "301 0 FBIS3-1 1\n")).toBe("qrels")
  expect(annotationFileKind("x", "301 Q0 FBIS3-1 1 12.5 run\n")).toBe("run")
  expect(annotationFileKind("data/corpus.jsonl", record)).toBe("corpus")
  expect(annotationFileKind("corpus/queries.jsonl", record)).toBe("queries")
  expect(annotationFileKind("x", record)).toBe("queries")
  expect(annotationFileKind("x", '{"_id":"a","title":"","text":"x"}\n')).toBe("corpus")
  expect(annotationFileKind("x", '{"task_id":"a<::>1","conversation_id":"a","input":[]}')).toBe("mt-rag")
  expect(annotationFileKind("x", '{\n  "@context": "http://www.w3.org/ns/anno.jsonld",\n "ty')).toBe("webannotation")
  expect(annotationFileKind("x", '[{"uri":"u","user":"a","target":[]}]')).toBe("webannotation")
  for (const none of ["", "hello there", '{"messages":[]}', "[1,2]", "[10:20] <bob> got 7\n", '[{"role":"user"}]', "a,b,c,d\n"])
    expect(annotationFileKind("x.json", none)).toBeUndefined()
})

describe.runIf(hasSharedData)("shared data sets", () => {
  test.each(["clapnq", "govt"])("[CV190, CV193] qrels and questions of %s come back byte for byte", (name) => {
    const qrels = shared(`rag/mtrag-${name}-qrels.tsv.gz`)
    const { values: grades, problems } = readQrels(qrels)
    expect(problems).toEqual([])
    expect(written((left) => writeQrels(grades, left, "beir"))).toEqual({ text: qrels, told: [] })
    const trec = written((left) => writeQrels(grades, left))
    expect(readQrels(trec.text).values).toEqual(grades)
    expect(trec.told).toEqual([])
    const queries = shared(`rag/mtrag-${name}-questions.jsonl.gz`)
    const { values: questions } = readBeirQueries(queries)
    expect(questions.length).toBe(queries.trimEnd().split("\n").length)
    const file = writeBeir({ ...EMPTY, questions }, []).find(({ path }) => path === "queries.jsonl")
    expect([...(file?.pieces ?? [])].join("")).toBe(queries)
  })

  test("[CV199] every task of MT-RAG is read", () => {
    const text = shared("rag/mtrag-un-a.jsonl.gz")
    const { values, problems } = readMtRag(text)
    expect(problems).toEqual([])
    expect(values.length).toBe(text.trimEnd().split("\n").length)
    expect(values.every(({ turns, targets }) => turns.at(-1)?.role === "user" && targets.length > 0)).toBe(true)
  })
})

test("[CV190] a name that only looks like one that was escaped here stays as it is", () => {
  for (const name of ["%:%41", "%:a", "%:%2"]) expect(readQrels(`${name} 0 p 1\n`).values[0]?.questionId).toBe(name)
  expect(readQrels("%:a%20b 0 p 1\n").values[0]?.questionId).toBe("a b")
})
