import { type Embedder, EMBEDDING_BATCH, fuseRanks, type PassageHit, PassageVectors } from "@polylogue/retrieval"
import { expect, test } from "vitest"

/** Counts letters: crude, and always the same. */
const letters: Embedder = {
  name: "letters",
  embed: (texts) =>
    Promise.resolve(
      texts.map((text) => Float32Array.from({ length: 26 }, (_, index) => text.split(String.fromCharCode(97 + index)).length - 1)),
    ),
}

const found = (hits: readonly PassageHit[]): string[] => hits.map(({ sourceId, chunkId, rank }) => `${rank} ${sourceId}/${chunkId}`)

test("[RT18] passages are ranked by their vectors, of the sources that are asked for", async () => {
  const vectors = new PassageVectors(letters)
  await vectors.put("a", [
    { chunkId: "1", text: "heron" },
    { chunkId: "2", text: "zzz" },
  ])
  await vectors.put(
    "b",
    Array.from({ length: EMBEDDING_BATCH + 1 }, (_, index) => ({
      chunkId: String(index),
      text: index === EMBEDDING_BATCH ? "nohero" : "q",
    })),
  )
  const hits = await vectors.search("no hero", { limit: 3 })
  expect(found(hits)).toEqual(["1 b/64", "2 a/1", "3 a/2"])
  expect(hits[0]?.score).toBeCloseTo(1)
  expect(found(await vectors.search("heron", { sourceIds: new Set(["a"]), limit: 1 }))).toEqual(["1 a/1"])
  vectors.remove("a")
  expect((await vectors.search("heron", { limit: 100 })).some(({ sourceId }) => sourceId === "a")).toBe(false)
})

test("[RT18] of two puts the later counts, whichever is done first; a source that was removed stays so", async () => {
  const waiting: (() => void)[] = []
  const slow: Embedder = {
    name: "slow",
    embed: async (texts, kind) => (kind === "passage" && (await new Promise<void>((go) => waiting.push(go))), letters.embed(texts, kind)),
  }
  const vectors = new PassageVectors(slow)
  const first = vectors.put("a", [{ chunkId: "old", text: "x" }])
  const second = vectors.put("a", [{ chunkId: "new", text: "x" }])
  const third = vectors.put("b", [{ chunkId: "gone", text: "x" }])
  vectors.remove("b")
  for (const go of waiting.reverse()) go()
  await Promise.all([first, second, third])
  expect(found(await vectors.search("x"))).toEqual(["1 a/new"])
})

test("[RT18] an embedder that gives too few vectors, or of two lengths, changes nothing", async () => {
  let wrong: readonly Float32Array[] = []
  const vectors = new PassageVectors({
    name: "odd",
    embed: (texts, kind) => (wrong.length > 0 ? Promise.resolve(wrong) : letters.embed(texts, kind)),
  })
  await vectors.put("a", [{ chunkId: "1", text: "x" }])
  for (const given of [[new Float32Array(26)], [new Float32Array(26), new Float32Array(25)], [new Float32Array(5), new Float32Array(5)]]) {
    wrong = given
    await expect(
      vectors.put("a", [
        { chunkId: "1", text: "y" },
        { chunkId: "2", text: "y" },
      ]),
    ).rejects.toThrow(RangeError)
  }
  wrong = []
  expect(found(await vectors.search("x"))).toEqual(["1 a/1"])
})

test("[RT19] answers are joined by their ranks: what several have comes first", () => {
  const hit = (chunkId: string, rank: number, terms: readonly string[] = []): PassageHit => ({
    sourceId: "s",
    chunkId,
    rank,
    score: 99 / rank,
    terms,
  })
  const joined = fuseRanks([
    [hit("only", 1), hit("both", 2, ["heron"])],
    [hit("other", 1), hit("both", 2, ["grey"])],
  ])
  expect(found(joined)).toEqual(["1 s/both", "2 s/only", "3 s/other"])
  expect(joined[0]).toMatchObject({ score: 2 / 62, terms: ["heron", "grey"] })
  expect(found(fuseRanks([[hit("a", 1), hit("b", 2)]], { limit: 1, k: 0 }))).toEqual(["1 s/a"])
  expect(fuseRanks([])).toEqual([])
})
