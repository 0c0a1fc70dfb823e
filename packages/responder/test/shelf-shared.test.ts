import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import {
  AnsweringConversation,
  joinPassages,
  Source,
  sourceCards,
  sourceDocumentId,
  indexDocumentId,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { SourceShelf } from "../src/index.ts"
import { soughtFor } from "../src/sources/question-words.ts"
import { Library, questionAbout, seededOptions, WORKSPACE } from "./support/library.ts"

const DATA = new URL("../../../../shared/data/rag/", import.meta.url)
const read = (name: string): string => gunzipSync(readFileSync(new URL(name, DATA))).toString("utf8")

/** Sources of passages, each under its id, written at once. */
async function shelfWith(sources: ReadonlyMap<string, readonly string[]>): Promise<SourceShelf> {
  const library = await Library.open()
  for (const [id, texts] of sources) {
    const { text, chunks } = joinPassages(texts.map((said) => ({ text: said })))
    await library.write(
      sourceDocumentId(WORKSPACE, id),
      (ydoc) => void new Source(ydoc, library.options).begin({ meta: { title: id }, text, chunks }),
    )
  }
  await library.write(indexDocumentId(WORKSPACE), (ydoc) => {
    const cards = sourceCards(new WorkspaceIndex(ydoc, library.options))
    for (const id of sources.keys()) cards.create({ id })
  })
  return new SourceShelf({ replica: library.replica, clock: library.clock, workspace: WORKSPACE })
}

interface Squad {
  readonly data: readonly {
    readonly paragraphs: readonly { readonly context: string; readonly qas: readonly { readonly question: string }[] }[]
  }[]
}

test.skipIf(!existsSync(new URL("xquad.en.json.gz", DATA)))(
  "[RS38] questions find their paragraph among the sources of a workspace",
  async () => {
    const articles = (JSON.parse(read("xquad.en.json.gz")) as Squad).data
    const shelf = await shelfWith(
      new Map(articles.map(({ paragraphs }, at) => [`article-${at}`, paragraphs.map(({ context }) => context)])),
    )
    const ranks: number[] = []
    for (const { context, qas } of articles.flatMap(({ paragraphs }) => paragraphs)) {
      const [{ question }] = qas as readonly [{ readonly question: string }]
      const { passages } = await shelf.search(question, 5)
      ranks.push(passages.findIndex(({ text }) => text === context) + 1)
    }
    const share = (most: number): number => ranks.filter((rank) => rank >= 1 && rank <= most).length / ranks.length
    console.log(`${ranks.length} questions: first ${share(1).toFixed(3)}, among five ${share(5).toFixed(3)}`)
    expect(share(1)).toBeGreaterThan(0.88)
    expect(share(5)).toBeGreaterThan(0.96)
  },
)

interface Task {
  readonly contexts: readonly { readonly document_id: string; readonly text: string }[]
  readonly input: readonly { readonly speaker: string; readonly text: string }[]
}

test.skipIf(!existsSync(new URL("mtrag-un-a.jsonl.gz", DATA)))(
  "[RS38] turns of conversations find what their answers were made of, and short ones by what was asked before",
  async () => {
    const tasks = read("mtrag-un-a.jsonl.gz")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Task)
      .filter(({ contexts }) => contexts.length > 0)
    const texts = new Map(tasks.flatMap(({ contexts }) => contexts.map(({ document_id, text }) => [document_id, text] as const)))
    const shelf = await shelfWith(new Map([...texts].map(([id, text]) => [id.replaceAll(/[^\w.-]/gu, "_"), [text]])))
    const recallOf = async ({ contexts }: Task, sought: string): Promise<number> => {
      const found = new Set((await shelf.search(sought, 5)).passages.map(({ text }) => text))
      return contexts.filter(({ text }) => found.has(text)).length / contexts.length
    }
    let [alone, told, changed] = [0, 0, 0]
    for (const task of tasks) {
      const sought = soughtIn(task)
      const last = task.input.at(-1)!.text
      alone += await recallOf(task, last)
      told += await recallOf(task, sought)
      if (sought !== last.trim()) changed++
    }
    console.log(
      `${tasks.length} turns: recall among five ${(told / tasks.length).toFixed(3)}, by the last words alone ${(alone / tasks.length).toFixed(3)}; ${changed} asked with the turn before`,
    )
    expect(told / tasks.length).toBeGreaterThan(0.75)
    expect(told).toBeGreaterThanOrEqual(alone)
  },
)

function soughtIn({ input }: Task): string {
  const options = seededOptions()
  const ydoc = new Y.Doc()
  const conversation = new AnsweringConversation(ydoc, options)
  let messageId: string | null = null
  for (const { speaker, text } of input)
    messageId = conversation.send({ text, parentId: messageId, role: speaker === "user" ? "user" : "assistant" })
  return soughtFor(questionAbout(conversation, ydoc, options, messageId!))
}
