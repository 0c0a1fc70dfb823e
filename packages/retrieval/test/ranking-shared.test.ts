import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { PassageIndex } from "@polylogue/retrieval"
import { expect, test } from "vitest"

const DATA = new URL("../../../../shared/data/rag/", import.meta.url)
const read = (name: string): string => gunzipSync(readFileSync(new URL(name, DATA))).toString("utf8")

interface Squad {
  readonly data: readonly {
    readonly paragraphs: readonly { readonly context: string; readonly qas: readonly { readonly question: string }[] }[]
  }[]
}

/** Shares of questions whose paragraph is the first, and among the first five, of all. */
const FLOORS = [
  { language: "en", first: 0.91, five: 0.98 },
  { language: "ar", first: 0.87, five: 0.96 },
  { language: "hi", first: 0.9, five: 0.97 },
  { language: "zh", first: 0.92, five: 0.98 },
] as const

for (const { language, first, five } of FLOORS) {
  const name = `xquad.${language}.json.gz`
  test.skipIf(!existsSync(new URL(name, DATA)))(`[RT20] questions find their paragraph: ${language}`, () => {
    const paragraphs = (JSON.parse(read(name)) as Squad).data.flatMap((article) => article.paragraphs)
    const index = new PassageIndex()
    index.put(
      "all",
      paragraphs.map(({ context }, place) => ({ chunkId: String(place), text: context })),
    )
    const ranks = paragraphs.flatMap(({ qas }, place) =>
      qas.map(({ question }) => index.search(question, { limit: 5 }).findIndex(({ chunkId }) => chunkId === String(place)) + 1),
    )
    const share = (most: number): number => ranks.filter((rank) => rank >= 1 && rank <= most).length / ranks.length
    console.log(`${language}: ${ranks.length} questions, first ${share(1).toFixed(3)}, among five ${share(5).toFixed(3)}`)
    expect(share(1)).toBeGreaterThan(first)
    expect(share(5)).toBeGreaterThan(five)
  })
}

interface Task {
  readonly contexts: readonly { readonly document_id: string; readonly text: string }[]
  readonly input: readonly { readonly text: string }[]
}

test.skipIf(!existsSync(new URL("mtrag-un-a.jsonl.gz", DATA)))(
  "[RT20] the last words of a conversation find what its answer was made of",
  () => {
    const tasks = read("mtrag-un-a.jsonl.gz")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Task)
    const passages = new Map(tasks.flatMap(({ contexts }) => contexts.map(({ document_id, text }) => [document_id, text] as const)))
    const index = new PassageIndex()
    index.put(
      "all",
      [...passages].map(([chunkId, text]) => ({ chunkId, text })),
    )
    const recalls = tasks
      .filter(({ contexts }) => contexts.length > 0)
      .map(({ contexts, input }) => {
        const found = new Set(index.search(input.at(-1)!.text, { limit: 5 }).map(({ chunkId }) => chunkId))
        return contexts.filter(({ document_id }) => found.has(document_id)).length / contexts.length
      })
    const mean = recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length
    console.log(`mtrag: ${recalls.length} tasks, ${passages.size} passages, recall among five ${mean.toFixed(3)}`)
    expect(mean).toBeGreaterThan(0.71)
  },
)
