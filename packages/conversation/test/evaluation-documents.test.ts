import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import {
  type AnnotationLeft,
  type AnsweredQuestion,
  agreedGrade,
  type AppliedDocument,
  applyPlannedConversation,
  applyPlannedRound,
  applyPlannedSource,
  collectRound,
  type CollectOptions,
  type CollectedRound,
  type ConversationOptions,
  eraseMessage,
  type EvaluationSet,
  type CorpusPassage,
  type CorpusQuestion,
  type RankedPassage,
  type RelevanceGrade,
  importSegments,
  MAX_ITEM_CHUNKS,
  MAX_PASSAGE_CHARACTERS,
  MAX_ROUND_ITEMS,
  mtRagSet,
  planEvaluation,
  readBeirQueries,
  readMtRag,
  readQrels,
  Round,
  roundCards,
  Source,
  sourceCards,
  WorkspaceIndex,
  writeBeir,
  writeQrels,
} from "@polylogue/conversation"
import { MAX_CORPUS_SOURCE_CHARACTERS, MAX_CORPUS_SOURCE_PASSAGES } from "../src/annotation-formats/evaluation-corpora.ts"
import { erase } from "./erasure.ts"
import { seededBytes, seededRandom } from "./devices.ts"
import { hasSharedData, readShared } from "./shared-data.ts"

const EMPTY: EvaluationSet = { name: "set", passages: [], questions: [], grades: [], rankings: [], answers: [] }
const shared = (path: string): string => new TextDecoder().decode(readShared(path))

/** One device with a workspace, as an import sees it. */
class Device {
  readonly docs = new Map<string, Y.Doc>()
  readonly options: ConversationOptions
  readonly index: WorkspaceIndex

  constructor(name: string, seed = 1) {
    this.options = {
      writer: name,
      author: { id: name, kind: "person" },
      now: () => 1_700_000_000_000,
      randomBytes: seededBytes(seededRandom(seed)),
    }
    this.index = new WorkspaceIndex(this.doc("index"), this.options)
  }

  doc(id: string): Y.Doc {
    const known = this.docs.get(id) ?? new Y.Doc()
    this.docs.set(id, known)
    return known
  }

  import(source: string, set: EvaluationSet): readonly AppliedDocument[] {
    const plan = planEvaluation(source, set)
    return [
      ...plan.sources.map((planned) => applyPlannedSource(planned, this.doc(`source/${planned.id}`), this.options, this.index)),
      ...plan.conversations.map((planned) => {
        const first = this.doc(`conv/${planned.conversation.id}`)
        const count = importSegments(planned.conversation, first)
        const conversationDocs = Array.from({ length: count }, (_, n) =>
          n === 0 ? first : this.doc(`conv/${planned.conversation.id}/s${n}`),
        )
        return applyPlannedConversation(planned, { conversationDocs, indexDoc: this.index.ydoc })
      }),
      ...plan.rounds.map((planned) => applyPlannedRound(planned, this.doc(`anno/${planned.id}`), this.options, this.index)),
    ]
  }

  round(id: string, annotator = "ana"): Round {
    return new Round(this.doc(`anno/${id}`), { ...this.options, annotator, roundId: id })
  }

  collect(round: Round, options: CollectOptions = {}): Promise<CollectedRound> {
    return collectRound(
      round,
      {
        source: (id) => Promise.resolve(this.docs.get(`source/${id}`)),
        conversation: (id) => {
          const first = this.docs.get(`conv/${id}`)
          return Promise.resolve(first === undefined ? undefined : new Map([[0, first]]))
        },
      },
      options,
    )
  }

  /** Counts the updates of all documents while `run` runs. */
  count(run: () => void): number {
    let updates = 0
    const counter = (): void => void updates++
    for (const ydoc of this.docs.values()) ydoc.on("update", counter)
    run()
    for (const ydoc of this.docs.values()) ydoc.off("update", counter)
    return updates
  }

  /** Takes what another device has. */
  sync(other: Device): void {
    for (const [id, ydoc] of other.docs) Y.applyUpdate(this.doc(id), Y.encodeStateAsUpdate(ydoc))
  }
}

const roundIn = (applied: readonly AppliedDocument[]): string => applied.find(({ kind }) => kind === "round")?.id ?? ""
const sorted = <Item>(items: readonly Item[]): Item[] =>
  items.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))

const aName = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 })
const aWord = fc.string({ unit: "grapheme", maxLength: 20 })
const aSet: fc.Arbitrary<EvaluationSet> = fc
  .record({
    passages: fc.uniqueArray(fc.record({ id: aName, title: aName, text: aWord }, { requiredKeys: ["id", "text"] }), {
      selector: ({ id }) => id,
      minLength: 1,
      maxLength: 6,
    }),
    questions: fc.uniqueArray(fc.tuple(aName, aWord), { selector: ([id]) => id, minLength: 1, maxLength: 5 }),
    picks: fc.uniqueArray(fc.tuple(fc.nat(4), fc.nat(5), fc.integer({ min: -2, max: 3 })), {
      selector: ([q, p]) => `${q} ${p}`,
      minLength: 1,
      maxLength: 12,
    }),
  })
  .map(({ passages, questions, picks }) => {
    const asked = questions.map(([id, text]) => ({ id, text, turns: [{ role: "user", text }] }))
    const grades = picks.flatMap(([q, p, grade]) => {
      const [question, passage] = [asked[q], passages[p]]
      return question === undefined || passage === undefined ? [] : [{ questionId: question.id, passageId: passage.id, grade }]
    })
    const judged = new Set(grades.map(({ questionId }) => questionId))
    return { ...EMPTY, passages, questions: asked.filter(({ id }) => judged.has(id)), grades }
  })
  .filter(({ grades }) => grades.length > 0)

test("[CV202] a set goes through documents and comes back with the same passages, questions and grades", async () => {
  await fc.assert(
    fc.asyncProperty(aSet, async (set) => {
      const device = new Device("ana")
      const applied = device.import("beir", set)
      expect(applied.map(({ status }) => status)).not.toContain("failed")
      const { set: found, left } = await device.collect(device.round(roundIn(applied)), { passages: "sources" })
      expect(found.passages).toEqual(set.passages)
      expect(found.questions.map(({ id, text }) => ({ id, text }))).toEqual(set.questions.map(({ id, text }) => ({ id, text })))
      expect(sorted(found.grades)).toEqual(sorted(set.grades))
      expect(left).toEqual([])
    }),
    { numRuns: 40 },
  )
})

const SET: EvaluationSet = {
  ...EMPTY,
  name: "Docs",
  passages: [
    { id: "p1", title: "One", text: "first words", extra: { url: "http://x" } },
    { id: "p2", text: "first words" },
    { id: "p3", text: "" },
  ],
  questions: [
    { id: "c<::>1", text: "|user|: a", turns: [{ role: "user", text: "a" }] },
    {
      id: "c<::>2",
      text: "|user|: a\n|user|: b",
      turns: [
        { role: "user", text: "a" },
        { role: "user", text: "b" },
      ],
    },
  ],
  grades: [
    { questionId: "c<::>2", passageId: "p1", grade: 2 },
    { questionId: "c<::>2", passageId: "p3", grade: 0 },
    { questionId: "elsewhere", passageId: "p9", grade: 1 },
  ],
  rankings: [{ questionId: "c<::>1", passageId: "p2", rank: 1, score: 0.5 }],
}

test("[CV203] importing again, or on another device, writes nothing and makes nothing twice", () => {
  const [ana, ben] = [new Device("ana", 1), new Device("ben", 2)]
  const first = ana.import("beir", SET)
  expect(first.every(({ status }) => status === "imported")).toBe(true)
  let again: readonly AppliedDocument[] = []
  expect(ana.count(() => void (again = ana.import("beir", SET)))).toBe(0)
  expect(again.every(({ status }) => status === "unchanged")).toBe(true)
  ben.import("beir", SET)
  ana.sync(ben)
  ben.sync(ana)
  for (const id of ana.docs.keys()) expect(Y.encodeStateVector(ana.doc(id))).toEqual(Y.encodeStateVector(ben.doc(id)))
  const round = ana.round(roundIn(first))
  expect(round.getItems().length).toBe(3)
  expect(round.getJudgements().length).toBe(SET.grades.length)
  for (const source of planEvaluation("beir", SET).sources) {
    const made = new Source(ana.doc(`source/${source.id}`), ana.options)
    made.settle()
    expect(made.getText()).toBe(source.source.text)
  }
  expect(sourceCards(ana.index).getCards().length).toBe(1)
  expect(roundCards(ana.index).getCards().length).toBe(1)
})

test("[CV203] what people changed since stays when the file is imported again", () => {
  const ana = new Device("ana")
  const id = roundIn(ana.import("beir", SET))
  const round = ana.round(id, "import")
  const [item, other] = round.getItems()
  round.change({ name: "Mine", guideline: "Be strict." })
  round.removeItem(other?.id ?? "")
  round.judge({ itemId: item?.id ?? "", chunkId: item?.chunks[0]?.chunkId ?? "" }, { grade: 3 })
  const before = JSON.stringify([round.getItems(), round.getJudgements(), round.getSettings()])
  expect(ana.count(() => void ana.import("beir", SET))).toBe(0)
  expect(JSON.stringify([round.getItems(), round.getJudgements(), round.getSettings()])).toBe(before)
})

test("[CV204] questions of one dialogue are turns of one conversation; what is named and not in the files is told", () => {
  const plan = planEvaluation("beir", SET)
  expect(plan.conversations.map(({ conversation }) => conversation.messages.map(({ core, parts }) => [core.role, parts[0]?.text]))).toEqual(
    [
      [["user", "a"]],
      [
        ["user", "a"],
        ["user", "b"],
      ],
      [["user", "elsewhere"]],
    ],
  )
  const dialogue = planEvaluation("beir", {
    ...SET,
    questions: [...SET.questions.slice(1), { id: "c<::>3", text: "c", turns: ["a", "b", "c"].map((text) => ({ role: "user", text })) }],
  })
  expect(dialogue.conversations[0]?.conversation.messages.map(({ parts }) => parts[0]?.text)).toEqual(["a", "b", "c"])
  expect(plan.notices.map(({ message }) => message)).toEqual([
    "the words of 1 passage(s) are not in the files: they are named, and can be judged once their corpus is here",
    "question elsewhere is judged and not in the files: its name stands for what it asks",
  ])
})

test("[CV204, I10] an erased question leaves none of its words in its conversation, and no import brings them back", () => {
  const device = new Device("ana")
  const set = {
    ...EMPTY,
    questions: [{ id: "q", text: "secret words", turns: [{ role: "user", text: "secret words" }] }],
    grades: [{ questionId: "q", passageId: "p", grade: 1 }],
  }
  device.import("beir", set)
  const [planned] = planEvaluation("beir", set).conversations
  const ydoc = device.doc(`conv/${planned?.conversation.id}`)
  expect(new TextDecoder().decode(Y.encodeStateAsUpdate(ydoc))).toContain("secret words")
  erase(ydoc, eraseMessage(ydoc, planned?.conversation.messages[0]?.core.id ?? ""))
  device.import("beir", set)
  const fresh = new Y.Doc()
  Y.applyUpdate(fresh, Y.encodeStateAsUpdate(ydoc))
  for (const map of ["questions", "imported"]) expect(JSON.stringify(fresh.getMap(map).toJSON())).not.toContain("secret words")
})

test("[CV205] what several judged comes to one grade by a stated rule, and disagreement is told", async () => {
  const judged = (...grades: (number | null)[]) => grades.map((grade) => ({ grade, labels: grade === 2 ? ["x"] : [] }))
  expect(agreedGrade(judged(), undefined)).toEqual({ grade: null, labels: [], by: "nobody" })
  expect(agreedGrade(judged(2, 2))).toEqual({ grade: 2, labels: ["x"], by: "same" })
  expect(agreedGrade(judged(2, null))).toEqual({ grade: 2, labels: [], by: "same" })
  expect(agreedGrade(judged(0, 2, 2))).toEqual({ grade: 2, labels: ["x"], by: "majority" })
  expect(agreedGrade(judged(0, 1))).toEqual({ grade: 0, labels: [], by: "mean" })
  expect(agreedGrade(judged(0, 1, 3))).toEqual({ grade: 1, labels: [], by: "mean" })
  expect(agreedGrade(judged(-1, 0))).toEqual({ grade: -1, labels: [], by: "mean" })
  expect(agreedGrade(judged(0, 1), { grade: 3, labels: ["y"] })).toEqual({ grade: 3, labels: ["y"], by: "decided" })

  const device = new Device("ana")
  const id = roundIn(device.import("beir", SET))
  const [, item] = device.round(id).getItems()
  const target = { itemId: item?.id ?? "", chunkId: item?.chunks[0]?.chunkId ?? "" }
  device.round(id, "ana").judge(target, { grade: 1, note: "partly" })
  device.round(id, "ben").judge(target, { grade: 1, confidence: 0.5 })
  const agreed = await device.collect(device.round(id))
  expect(agreed.set.grades[0]).toEqual({ questionId: "c<::>2", passageId: "p1", grade: 1 })
  expect(agreed.left.map(({ code, item: name, what }) => [code, name, what])).toEqual([
    ["grade", "c<::>2 p1", "people disagree (1, 1, 2): 1 is taken, the majority"],
    ["note", "c<::>2 p1", "1 note(s) of those who judged it"],
    ["confidence", "c<::>2 p1", "how sure the judges were"],
  ])
  const all = await device.collect(device.round(id), { judgements: "all" })
  expect(all.set.grades.slice(0, 3)).toEqual([
    { questionId: "c<::>2", passageId: "p1", grade: 1, note: "partly", annotator: "ana" },
    { questionId: "c<::>2", passageId: "p1", grade: 1, confidence: 0.5, annotator: "ben" },
    { questionId: "c<::>2", passageId: "p1", grade: 2, annotator: "import" },
  ])
  const one = await device.collect(device.round(id), { judgements: { annotator: "ben" } })
  expect(one.set.grades).toEqual([{ questionId: "c<::>2", passageId: "p1", grade: 1, confidence: 0.5 }])
})

test("[CV206] a round whose conversations and sources are not here is told as far as it is known", async () => {
  const [ana, ben] = [new Device("ana", 1), new Device("ben", 2)]
  const id = roundIn(ana.import("beir", SET))
  Y.applyUpdate(ben.doc(`anno/${id}`), Y.encodeStateAsUpdate(ana.doc(`anno/${id}`)))
  const { set, left } = await ben.collect(ben.round(id))
  expect(set.questions.map(({ text }) => text)).toEqual(["|user|: a", "|user|: a\n|user|: b", "elsewhere"])
  expect(set.passages.every(({ text }) => text === null)).toBe(true)
  expect(set.grades.length).toBe(SET.grades.length)
  expect(left.map(({ code }) => code)).toEqual(["turns", "turns", "turns"])
})

test("[CV202] a corpus, a question or a round past its limit is several, in one order, and comes back as one", async () => {
  const many = (count: number): CorpusPassage[] => Array.from({ length: count }, (_, n) => ({ id: `p${n}`, text: `passage ${n}` }))
  const sourcesOf = (passages: readonly CorpusPassage[]): number => planEvaluation("beir", { ...EMPTY, passages }).sources.length
  expect([sourcesOf(many(MAX_CORPUS_SOURCE_PASSAGES)), sourcesOf(many(MAX_CORPUS_SOURCE_PASSAGES + 1))]).toEqual([1, 2])
  const long = Array.from({ length: 10 }, (_, n) => ({ id: `p${n}`, text: "x".repeat(MAX_CORPUS_SOURCE_CHARACTERS / 10 - 2) }))
  expect([sourcesOf(long), sourcesOf([...long, { id: "q", text: "x" }])]).toEqual([1, 2])
  const atLimit = { id: "long", text: "x".repeat(MAX_PASSAGE_CHARACTERS) }
  const past = planEvaluation("beir", { ...EMPTY, passages: [atLimit, { id: "longer", text: `${atLimit.text}x` }] })
  expect(past.sources.map(({ passages }) => passages.map(({ passage }) => passage.id))).toEqual([["long"]])
  expect(past.notices.map(({ code }) => code)).toEqual(["too-large"])

  const questions = [{ id: "q", text: "why", turns: [{ role: "user", text: "why" }] }]
  const grades = many(MAX_ITEM_CHUNKS + 1).map(({ id }, n) => ({ questionId: "q", passageId: id, grade: n % 4 }))
  const device = new Device("ana")
  const id = roundIn(device.import("beir", { ...EMPTY, passages: many(MAX_ITEM_CHUNKS + 1), questions, grades }))
  expect(
    device
      .round(id)
      .getItems()
      .map(({ chunks }) => chunks.length),
  ).toEqual([MAX_ITEM_CHUNKS, 1])
  const { set } = await device.collect(device.round(id))
  expect(set.grades).toEqual(grades)
  expect(set.questions.length).toBe(1)

  const asked = Array.from({ length: MAX_ROUND_ITEMS + 1 }, (_, n) => ({
    id: `q${n}`,
    text: `${n}`,
    turns: [{ role: "user", text: `${n}` }],
  }))
  const rounds = (count: number): number[] =>
    planEvaluation("beir", {
      ...EMPTY,
      questions: asked,
      grades: asked.slice(0, count).map((question) => ({ questionId: question.id, passageId: "p", grade: 1 })),
    }).rounds.map(({ items }) => items.length)
  expect([rounds(MAX_ROUND_ITEMS), rounds(MAX_ROUND_ITEMS + 1)]).toEqual([[MAX_ROUND_ITEMS], [MAX_ROUND_ITEMS, 1]])
})

test("[CV204] grades that no round can hold are told and left out", () => {
  const questions = [{ id: "q", text: "why", turns: [{ role: "user", text: "why" }] }]
  const grades = [100, 101, -100, -101].map((grade, n) => ({ questionId: "q", passageId: `p${n}`, grade }))
  const plan = planEvaluation("beir", { ...EMPTY, questions, grades })
  expect(plan.rounds[0]?.judgements.map(({ grade }) => grade)).toEqual([100, -100])
  expect(plan.rounds[0]?.items[0]?.chunks.length).toBe(4)
  expect(plan.notices.map(({ code }) => code)).toEqual(["bad-record", "missing-parent"])
})

test("[CV204, I12] of lines about one thing that differ it is told which counts, and what has no place", () => {
  const asking = (id: string, text: string): CorpusQuestion => ({ id, text, turns: [{ role: "user", text }] })
  const graded = (passageId: string, grade: number): RelevanceGrade => ({ questionId: "q", passageId, grade })
  const plan = planEvaluation("beir", {
    ...EMPTY,
    passages: [
      { id: "p", text: "one" },
      { id: "p", text: "two" },
    ],
    questions: [asking("q", "first?"), asking("q", "second?"), asking("same", "x"), asking("same", "x")],
    grades: [graded("p", 1), { ...graded("p", 0), iteration: "7" }, graded("again", 2), graded("again", 2)],
  })
  expect(plan.notices.map(({ code, message }) => [code, message]).slice(0, 4)).toEqual([
    ["other-text", "question q is there 2 times, with other words: the first counts"],
    ["other-text", "passage p is there 2 times, with other words: the first counts"],
    ["reshaped", "q p is judged 2 times (1, 0): the last counts"],
    ["reshaped", "1 judgement(s) name an iteration, for which a round has no place: left out"],
  ])
  expect(plan.rounds[0]?.items[0]?.query).toBe("first?")
  expect(plan.rounds[0]?.judgements.map(({ grade }) => grade)).toEqual([0, 2])
})

test("[CV204, I12] what is past a limit of documents is told and left out, and takes nothing else with it", () => {
  const asking = (id: string, length: number): CorpusQuestion => ({
    id,
    text: id.repeat(length),
    turns: [{ role: "user", text: id.repeat(length) }],
  })
  const found = (questionId: string, count: number): RankedPassage[] =>
    Array.from({ length: count }, (_, n) => ({ questionId, passageId: `p${n}`, rank: n + 1, score: null }))
  const answering = (questionId: string, labels: readonly string[]): AnsweredQuestion => ({
    questionId,
    response: null,
    reference: "r",
    labels,
  })
  const set: EvaluationSet = {
    ...EMPTY,
    questions: [asking("a", 20_000), asking("b", 20_001), asking("c", 1)],
    grades: [
      { questionId: "c", passageId: "n".repeat(1000), grade: 1 },
      { questionId: "c", passageId: "n".repeat(1001), grade: 1 },
    ],
    rankings: [...found("a", 1000), ...found("b", 2), ...found("c", 1001)],
    answers: [answering("a", ["l".repeat(60)]), answering("b", []), answering("c", ["l".repeat(61), "short"])],
  }
  const plan = planEvaluation("mt-rag", set)
  expect(plan.notices.slice(0, 4).map(({ code, message }) => [code, message.slice(0, 40)])).toEqual([
    ["too-large", "question b has more than 20000 character"],
    ["too-large", `passage ${"n".repeat(32)}`],
    ["too-large", "for question c 1001 passages were found:"],
    ["too-large", "1 label(s) of the answer to c are left o"],
  ])
  expect(plan.conversations.map(({ conversation, retrievals }) => [conversation.messages.length, retrievals[0]?.results.length])).toEqual([
    [2, 1000],
    [2, undefined],
    [2, 1000],
  ])
  const device = new Device("ana")
  const applied = device.import("mt-rag", set)
  expect(applied.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
    ...plan.conversations.map(() => "conversation imported"),
    "round imported",
  ])
  expect(
    device
      .round(roundIn(applied))
      .getJudgements()
      .map(({ grade, labels }) => [grade, labels]),
  ).toEqual(
    expect.arrayContaining([
      [null, ["l".repeat(60)]],
      [null, ["short"]],
      [1, []],
    ]),
  )
})

test("[CV202, I5] items of a round are written in rows of bounded size, in their order", () => {
  const name = (n: number): string => `${n}-${"n".repeat(300)}`
  const questions = Array.from({ length: 40 }, (_, n) => ({ id: `q${n}`, text: `${n}`, turns: [{ role: "user", text: `${n}` }] }))
  const grades = questions.flatMap(({ id }) =>
    Array.from({ length: 100 }, (_, n) => ({ questionId: id, passageId: name(n), grade: n % 2 })),
  )
  const [planned] = planEvaluation("beir", { ...EMPTY, questions, grades }).rounds
  const [roundDoc, device] = [new Y.Doc(), new Device("ana")]
  const sizes: number[] = []
  roundDoc.on("update", (update: Uint8Array) => sizes.push(update.length))
  expect(planned && applyPlannedRound(planned, roundDoc, device.options).status).toBe("imported")
  expect(Math.max(...sizes)).toBeLessThan(512 * 1024)
  const round = new Round(roundDoc, { ...device.options, annotator: "ana", roundId: "r" })
  expect(round.getItems().map(({ query }) => query)).toEqual(questions.map(({ text }) => text))
})

describe.runIf(hasSharedData)("shared data sets in documents", () => {
  test.each(["clapnq", "govt"])("[CV202] qrels and questions of %s go through documents and come back byte for byte", async (name) => {
    const [qrels, queries] = [shared(`rag/mtrag-${name}-qrels.tsv.gz`), shared(`rag/mtrag-${name}-questions.jsonl.gz`)]
    const device = new Device("ana")
    const applied = device.import("beir", { ...EMPTY, name, questions: readBeirQueries(queries).values, grades: readQrels(qrels).values })
    expect(applied.map(({ status }) => status)).not.toContain("failed")
    const { set, left } = await device.collect(device.round(roundIn(applied)))
    expect(left).toEqual([])
    const told: AnnotationLeft[] = []
    expect([...writeQrels(set.grades, told, "beir")].join("")).toBe(qrels)
    expect(told).toEqual([])
    const file = writeBeir(set, []).find(({ path }) => path === "queries.jsonl")
    expect([...(file?.pieces ?? [])].join("")).toBe(queries)
  })

  test("[CV202, CV203] every task of MT-RAG goes through documents: turns, authors, times, passages, order, targets, labels", async () => {
    const set = mtRagSet("MT-RAG", readMtRag(shared("rag/mtrag-un-a.jsonl.gz")).values)
    const device = new Device("ana")
    const applied = device.import("mt-rag", set)
    expect(applied.map(({ status }) => status)).not.toContain("failed")
    const { set: found, left } = await device.collect(device.round(roundIn(applied)), { passages: "sources" })
    expect(left).toEqual([])
    expect(sorted(found.passages)).toEqual(sorted(set.passages))
    expect(found.questions).toEqual(set.questions)
    expect(found.rankings).toEqual(set.rankings)
    expect(found.answers.map(({ opinions: _opinions, ...answer }) => answer)).toEqual(set.answers)
    expect(found.grades).toEqual([])
    expect(device.count(() => void device.import("mt-rag", set))).toBe(0)
  })
})
