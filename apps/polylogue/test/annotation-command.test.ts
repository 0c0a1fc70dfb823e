import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { ANNOTATION_FORMATS } from "@polylogue/conversation"
import { folder, polylogue, unread } from "./program.ts"

const CORPUS = [
  '{"_id":"d1","title":"Apples","text":"Apples fall."}',
  '{"_id":"d2","title":"","text":"Pears stay.","url":"http://x"}',
].join("\n")
const QUERIES = ['{"_id":"c<::>1","text":"|user|: hello"}', '{"_id": "c<::>2", "text": "|user|: hello\\n|user|: what falls?"}'].join("\n")
const QRELS = "query-id\tcorpus-id\tscore\nc<::>2\td1\t2\nc<::>2\td2\t0\n"

/** A folder with a data set as BEIR has it. */
function dataSet(qrels: Readonly<Record<string, string>> = { "test.tsv": QRELS }): string {
  const place = folder()
  writeFileSync(join(place, "corpus.jsonl"), `${CORPUS}\n`)
  writeFileSync(join(place, "queries.jsonl"), `${QUERIES}\n`)
  mkdirSync(join(place, "qrels"))
  for (const [name, text] of Object.entries(qrels)) writeFileSync(join(place, "qrels", name), text)
  return place
}

async function exported(data: string, format: string, ...flags: readonly string[]): Promise<string> {
  const out = join(folder(), "out")
  expect(await polylogue("export", "--format", format, "--out", out, "--data", data, ...flags)).toMatchObject({ code: 0, stderr: "" })
  return out
}

test("[PL55, PL56] a data set of BEIR goes in as a folder and comes out as it was; twice changes nothing", async () => {
  const [data, set] = [folder(), dataSet()]
  const first = await polylogue("import", set, "--name", "Fruit", "--data", data)
  expect(first).toMatchObject({ code: 0, stderr: "" })
  expect(first.stdout).toMatch(/^imported {2}source "Fruit" \S+, 2 passages$/m)
  expect(first.stdout).toMatch(/^imported {2}round "Fruit" \S+, 2 judgements$/m)
  const again = await polylogue(
    "import",
    join(set, "corpus.jsonl"),
    join(set, "queries.jsonl"),
    join(set, "qrels", "test.tsv"),
    "--name",
    "Fruit",
    "--data",
    data,
  )
  expect(again.code).toBe(0)
  expect(again.stdout).not.toContain("imported")

  const out = await exported(data, "beir")
  expect(readFileSync(join(out, "corpus.jsonl"), "utf8")).toBe(`${CORPUS}\n`)
  expect(readFileSync(join(out, "qrels", "test.tsv"), "utf8")).toBe(QRELS)
  // The question that nobody judged is a turn of the other's conversation, and of no round.
  expect(readFileSync(join(out, "queries.jsonl"), "utf8")).toBe(`${QUERIES.split("\n")[1]}\n`)
  expect(readFileSync(await exported(data, "qrels"), "utf8")).toBe("c<::>2 0 d1 2\nc<::>2 0 d2 0\n")
  expect(readFileSync(await exported(data, "run"), "utf8")).toBe("")
  expect(JSON.parse(readFileSync(await exported(data, "ragas"), "utf8"))).toEqual({
    user_input: "what falls?",
    reference_contexts: ["Apples fall."],
    reference_context_ids: ["d1"],
  })
  expect(JSON.parse(readFileSync(await exported(data, "ragas-turns"), "utf8"))).toMatchObject({
    user_input: [{ content: "hello" }, { content: "what falls?" }],
  })
  expect(readFileSync(await exported(data, "judgements-csv"), "utf8").split("\r\n")[1]).toBe(
    'c<::>2,"|user|: hello\n|user|: what falls?",passage,d1,Apples fall.,import,2,,,',
  )
  const told = await polylogue("export", "--format", "qrels", "--out", "-", "--data", data)
  expect(told.stdout).toBe("c<::>2 0 d1 2\nc<::>2 0 d2 0\n")
})

test("[PL55] a line that cannot be read is told by its number, and the rest is imported", async () => {
  const [data, set] = [folder(), dataSet({ "test.tsv": `${QRELS}c<::>2\td3\n` })]
  writeFileSync(join(set, "corpus.jsonl"), `${CORPUS}\n{"_id":7}\n`)
  const run = await polylogue("import", set, "--data", data)
  expect(run.code).toBe(2)
  expect(run.stdout).toMatch(/^failed {2}\S+corpus\.jsonl line 3: `_id` is missing, or no text \(bad-id\)$/m)
  expect(run.stdout).toMatch(/^failed {2}\S+test\.tsv line 4: it has 2 columns/m)
  expect(run.stdout).toMatch(/^imported {2}round "test" \S+, 2 judgements$/m)
})

test("[PL55, PL59] tasks of MT-RAG and conversations are told from their content in one call", async () => {
  const data = folder()
  const [tasks, chat] = [join(folder(), "tasks.jsonl"), join(folder(), "chat.jsonl")]
  const task = {
    conversation_id: "m",
    task_id: "m<::>1",
    turn: "1",
    Collection: "docs",
    contexts: [{ document_id: "d1", text: "Apples fall." }],
    input: [{ speaker: "user", text: "what falls?" }],
    targets: [{ speaker: "agent", text: "Apples." }],
    answerability: ["ANSWERABLE"],
  }
  writeFileSync(tasks, `${JSON.stringify(task)}\n`)
  writeFileSync(chat, `${JSON.stringify({ messages: [{ role: "user", content: "hi" }] })}\n`)
  const run = await polylogue("import", tasks, chat, "--data", data)
  expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/imported {2}\S+chat\.jsonl "hi", 1 message$/m) as string })
  expect(JSON.parse(readFileSync(await exported(data, "ragas"), "utf8"))).toEqual({
    user_input: "what falls?",
    retrieved_contexts: ["Apples fall."],
    retrieved_context_ids: ["d1"],
    reference: "Apples.",
  })
  expect(readFileSync(await exported(data, "run"), "utf8")).toBe("m<::>1 Q0 d1 1 1 tasks\n")
  const refused = await polylogue("import", "--format", "mt-rag", chat, "--data", data)
  expect(refused).toMatchObject({
    code: 2,
    stdout: expect.stringMatching(/^failed .*not in the format mt-rag \(unknown-format\)/) as string,
  })
})

test("[PL59] a file of which nothing is known here fails, and says what could have been in it", async () => {
  const file = join(folder(), "other.json")
  writeFileSync(file, '{"version":"1.1","data":[{"title":"Super_Bowl_50"}]}')
  const { code, stdout } = await polylogue("import", file, "--data", folder())
  expect(code).toBe(2)
  expect(stdout).toContain("no conversations, no data set of questions, passages and grades, and no annotations (unknown-format)")
})

test("[PL56] what was left out of many for the same reason stands on one line, and what is written is counted", async () => {
  const data = folder()
  const tasks = join(folder(), "tasks.jsonl")
  const task = (id: string) => ({
    conversation_id: id,
    task_id: `${id}<::>1`,
    turn: "1",
    Collection: "docs",
    contexts: [{ document_id: `d-${id}`, text: "Apples fall." }],
    input: [{ speaker: "user", text: "what falls?" }],
    targets: [{ speaker: "agent", text: "Apples." }],
    answerability: ["ANSWERABLE"],
  })
  writeFileSync(tasks, ["a", "b", "c", "d", "e"].map((id) => `${JSON.stringify(task(id))}\n`).join(""))
  expect((await polylogue("import", tasks, "--data", data)).code).toBe(0)
  const run = await polylogue("export", "--format", "qrels", "--out", join(folder(), "out"), "--data", data)
  expect(run.stdout).toMatch(
    /^left out of a<::>1, b<::>1, c<::>1 and 2 more: what was judged of its answer\n5 questions and 0 judgements of "tasks"/,
  )
})

test("[PL60] an import goes on to its end when nobody reads what it says, and an export ends without a word", async () => {
  const [data, file] = [folder(), join(folder(), "chats.jsonl")]
  const chat = (at: number) => `${JSON.stringify({ messages: [{ role: "user", content: `question ${at}` }] })}\n`
  writeFileSync(file, Array.from({ length: 40 }, (_, at) => chat(at)).join(""))
  expect(await unread("import", file, "--data", data)).toEqual({ code: 0, stderr: "" })
  expect((await polylogue("import", file, "--data", data)).stdout).toMatch(/^40 unchanged$/m)
  expect(await unread("export", "--out", "-", "--data", data)).toEqual({ code: 1, stderr: "" })
})

test("[PL57] rounds are named by id or name, and whose judgements are meant is said", async () => {
  const [data, set] = [folder(), dataSet({ "dev.tsv": QRELS, "test.tsv": QRELS.replace("d1\t2", "d1\t1") })]
  expect(await polylogue("export", "--format", "qrels", "--out", "-", "--data", data)).toMatchObject({ code: 2 })
  expect((await polylogue("import", set, "--data", data)).code).toBe(0)
  const several = await polylogue("export", "--format", "qrels", "--out", "-", "--data", data)
  expect(several).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /Name one round of judging with --round\. There are: "(dev|test)" \S+, "(dev|test)" \S+\. Nothing was written\./,
    ) as string,
  })
  expect(await polylogue("export", "--format", "qrels", "--round", "other", "--out", "-", "--data", data)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no round "other"') as string,
  })
  expect(readFileSync(await exported(data, "qrels", "--round", "test"), "utf8")).toContain("d1 1\n")
  expect(readFileSync(await exported(data, "qrels", "--round", "dev", "--judgements", "import"), "utf8")).toContain("d1 2\n")
  // An annotator is named by id or by name.
  expect(readFileSync(await exported(data, "qrels", "--round", "dev", "--judgements", "Imported"), "utf8")).toContain("d1 2\n")
  expect(
    await polylogue("export", "--format", "qrels", "--round", "dev", "--judgements", "ana", "--out", "-", "--data", data),
  ).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining('Nobody called "ana" is in the round. There are: import') as string,
  })
  // A file of all conversations is not taken for the round that was named.
  expect(await polylogue("export", "--round", "dev", "--out", "-", "--data", data)).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("--round is for a round of judging, and polylogue holds none") as string,
  })
  expect(
    await polylogue("export", "--format", "qrels", "--round", "dev", "--judgements", "all", "--out", "-", "--data", data),
  ).toMatchObject({ code: 2 })
  const out = join(folder(), "none")
  expect(await polylogue("export", "--format", "beir", "--out", "-", "--data", data)).toMatchObject({ code: 2 })
  expect(existsSync(out)).toBe(false)
})

test("[PL58] annotations go in as notes on a source and out again; what is broken, or about nothing here, is told", async () => {
  const [data, set] = [folder(), dataSet()]
  const imported = await polylogue("import", set, "--data", data)
  const sourceId = /source "\S+" (\S+), 2 passages/.exec(imported.stdout)?.[1] ?? ""
  const base = { "@context": "http://www.w3.org/ns/anno.jsonld", type: "Annotation", "x:kept": 1 }
  const good = {
    ...base,
    id: "http://example.org/1",
    created: "2020-01-01T00:00:00Z",
    body: { type: "TextualBody", value: "really?" },
    target: {
      source: `urn:polylogue:home:source:${sourceId}`,
      selector: { type: "TextQuoteSelector", exact: "fall", prefix: "Apples ", suffix: ".\n\nPears stay." },
    },
  }
  const file = join(folder(), "notes.jsonld")
  writeFileSync(
    file,
    JSON.stringify([
      good,
      { ...base, id: "http://example.org/2" },
      { ...good, id: "http://example.org/3", target: "http://elsewhere.example/" },
    ]),
  )
  const run = await polylogue("import", file, "--data", data)
  expect(run.code).toBe(2)
  expect(run.stdout).toMatch(/^imported {2}note http:\/\/example\.org\/1, (exact|moved)$/m)
  expect(run.stdout).toMatch(/^failed {2}\S+ \[1\]: target: there must be at least one/m)
  expect(run.stdout).toMatch(
    /^skipped {2}\S+ \[2\] http:\/\/example\.org\/3: no source here has the address http:\/\/elsewhere\.example\//m,
  )
  expect((await polylogue("import", file, "--data", data)).stdout).toMatch(/^unchanged {2}note http:\/\/example\.org\/1/m)
  expect((await polylogue("import", file, "--source", "nothing", "--data", data)).stderr).toContain('There is no source "nothing".')
  const out = JSON.parse(readFileSync(await exported(data, "webannotation"), "utf8")) as {
    readonly first: { readonly items: readonly object[] }
  }
  expect(out.first.items).toEqual([Object.fromEntries(Object.entries(good).filter(([key]) => key !== "@context"))])
})

test("[PL58] annotations of an address that no source here has go to the source that is named", async () => {
  const data = folder()
  const [page, file] = [join(folder(), "page.md"), join(folder(), "rows.json")]
  writeFileSync(page, "Apples fall, and pears stay where they are.")
  const selector = [{ type: "TextQuoteSelector", exact: "pears", prefix: "Apples fall, and ", suffix: " stay where they are." }]
  const row = {
    id: "r1",
    uri: "https://example.org/page",
    user: "acct:ana@example.org",
    text: "why?",
    tags: [],
    created: "2020-01-01T00:00:00Z",
    target: [{ source: "https://example.org/page", selector }],
  }
  writeFileSync(file, JSON.stringify({ total: 1, rows: [row] }))
  expect((await polylogue("source", "add", page, "--data", data)).code).toBe(0)
  const id = /^page\S*.* (\S+)$/m.exec((await polylogue("source", "list", "--data", data)).stdout)?.[1] ?? ""
  expect((await polylogue("import", file, "--data", data)).stdout).toMatch(/^skipped /)
  expect((await polylogue("import", file, "--source", id, "--data", data)).stdout).toMatch(
    /^imported {2}note urn:hypothesis:r1, (exact|moved)$/m,
  )
})

test("[PL59] every format of evaluations is named in the help and in refusals", async () => {
  const [help, refused] = [
    await polylogue("export", "--help"),
    await polylogue("export", "--format", "none", "--out", "x", "--data", folder()),
  ]
  for (const { name, exports } of ANNOTATION_FORMATS) {
    expect(help.stdout.includes(`${name},`) || help.stdout.includes(`${name} (`)).toBe(exports)
    expect(refused.stderr.includes(` ${name},`)).toBe(exports)
  }
})
