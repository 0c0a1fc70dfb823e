import { encodeFrames } from "@polylogue/protocol"
import { expect, test } from "vitest"
import { MAX_PIECES, SIZE_ALONE } from "../src/blobs/blob-asks.ts"
import { EMPTY_BLOB } from "../src/blobs/blob-fetch.ts"
import { MAX_NEWS } from "../src/blobs/blob-news.ts"
import { MAX_FETCHES, MAX_QUESTIONS_OF_LINK, MAX_WAITING_FETCHES } from "../src/blobs/blob-peers.ts"
import { BlobRetries, MAX_RETRIES } from "../src/blobs/blob-retries.ts"
import { BlobSearches, MAX_QUESTIONS } from "../src/blobs/blob-search.ts"
import { BlobNet, bytesOf, hashOf, MESSAGE_BYTES, PIECE_BYTES, WORKSPACE } from "./blob-net.ts"
import { settle } from "./test-relay.ts"

/** So many relays that mirror nothing, linked as pairs say. */
function netOf(count: number, pairs: readonly (readonly [number, number])[], mirror: readonly string[] = []): BlobNet {
  const net = new BlobNet()
  for (let index = 1; index <= count; index++) net.add(index, { mirror })
  for (const [left, right] of pairs) net.link(left, right)
  return net
}

const CHAIN = [1, 2, 3, 4].map((index) => [index, index + 1] as const)
const MESH = [1, 2, 3, 4, 5, 6, 7].flatMap((left) =>
  [1, 2, 3, 4, 5, 6, 7].filter((right) => right > left).map((right) => [left, right] as const),
)
const LARGE = bytesOf(100 * PIECE_BYTES + 17)

test("[RL120] a blob is found at the end of a chain and read through it; who stands between keeps nothing", async () => {
  const net = netOf(5, CHAIN)
  const hash = net.holders.get(5)!.put(LARGE)
  expect(await net.fetch(1, hash)).toBe("stored")
  expect(net.holders.get(1)!.blobs.get(`${WORKSPACE}/${hash}`)).toEqual(LARGE)
  expect([2, 3, 4].map((index) => net.has(index, hash))).toEqual([false, false, false])
})

test("[RL120] in a mesh a question crosses each link at most twice, and who is asked twice for one relay answers that it has none", async () => {
  const net = netOf(7, MESH)
  expect(await net.fetch(1, hashOf(LARGE))).toBe("none")
  await net.quiet()
  expect(net.take("askBlob").length).toBeLessThanOrEqual(2 * MESH.length)
  // Asked again at once, nobody is bothered; later everybody is asked anew.
  expect(await net.fetch(1, hashOf(LARGE))).toBe("none")
  expect(net.take("askBlob")).toEqual([])
  await net.clock.advance(3_000)
  net.holders.get(6)!.put(LARGE)
  expect(await net.fetch(1, hashOf(LARGE))).toBe("stored")
})

test("[RL120] two relays that want the same blob at once both get it, in a ring too", async () => {
  const net = netOf(4, [
    [1, 2],
    [2, 3],
    [3, 1],
    [3, 4],
  ])
  const hash = net.holders.get(4)!.put(LARGE)
  expect(await Promise.all([1, 2, 3].map((index) => net.fetch(index, hash)))).toEqual(["stored", "stored", "stored"])
})

test("[RL120] what one source breaks off another goes on with, from where it stands", async () => {
  const net = netOf(3, [
    [1, 2],
    [1, 3],
  ])
  const hash = net.holders.get(2)!.put(LARGE)
  net.holders.get(3)!.put(LARGE)
  const fetched = net.fetch(1, hash)
  const offsets = (to: number): number[] =>
    net.crossed.flatMap((one) =>
      one.to === to && one.frame.type === "askBlob" && one.frame.offset !== SIZE_ALONE ? [one.frame.offset] : [],
    )
  while (net.holders.get(1)!.parts.size === 0 && offsets(2).length < 70) await net.step()
  net.cut(1, 2)
  expect(await fetched).toBe("stored")
  expect(offsets(3)[0]).toBeGreaterThan(0)
  expect(net.failures).toEqual([])
})

test("[RL120] who does not answer is not waited for longer than ten seconds, and nobody says then that there is no blob", async () => {
  const net = netOf(3, [
    [1, 2],
    [1, 3],
  ])
  net.mute.add("2 1")
  const fetched = net.fetch(1, hashOf(LARGE))
  await net.quiet()
  await net.clock.advance(10_000)
  expect(await fetched).toBe("later")
  expect(await netOf(1, []).fetch(1, hashOf(LARGE))).toBe("none")
})

test("[RL121] pieces are small, so that documents get their turn between them, and few at once over one link, whoever wants them", async () => {
  const net = netOf(3, [
    [1, 2],
    [2, 3],
  ])
  const blobs = [1, 2, 3, 4].map((seed) => net.holders.get(3)!.put(bytesOf(70 * PIECE_BYTES, seed)))
  const fetched = Promise.all(blobs.flatMap((hash) => [net.fetch(1, hash), net.fetch(2, hash)]))
  let most = 0
  const under = new Set<number>()
  while (!blobs.every((hash) => net.has(1, hash) && net.has(2, hash))) {
    await net.step()
    for (const { from, to, frame } of net.crossed.splice(0)) {
      if (from === 2 && to === 3 && frame.type === "askBlob" && frame.offset !== SIZE_ALONE) under.add(frame.request)
      if (from === 3 && to === 2 && frame.type === "blob") under.delete(frame.request)
      expect(encodeFrames(frame).length).toBeLessThanOrEqual(MESSAGE_BYTES)
      most = Math.max(most, under.size)
    }
  }
  expect(await fetched).toEqual(Array.from({ length: 8 }, () => "stored"))
  expect(most).toBe(MAX_PIECES)
})

test("[RL121] another relay may cut its pieces otherwise, and one with other bytes under the name is passed over", async () => {
  const net = netOf(3, [
    [1, 2],
    [1, 3],
  ])
  const hash = hashOf(LARGE)
  net.holders.get(2)!.put(bytesOf(LARGE.length, 9), hash)
  const odd = net.holders.get(3)!
  odd.put(LARGE)
  const read = odd.read.bind(odd)
  odd.read = (workspace, name, offset, maxBytes) => read(workspace, name, offset, Math.min(maxBytes, 7_001))
  expect(await net.fetch(1, hash)).toBe("stored")
  expect(net.holders.get(1)!.blobs.get(`${WORKSPACE}/${hash}`)).toEqual(LARGE)
})

test("[RL121] the blob without bytes needs nobody who has it", async () => {
  const net = netOf(2, [[1, 2]])
  expect(await net.fetch(1, EMPTY_BLOB)).toBe("stored")
  expect(net.has(1, EMPTY_BLOB)).toBe(true)
})

test("[RL122] relays that mirror bring what others have when they meet, then what comes, over any way; then nothing is sent", async () => {
  const net = netOf(4, [], [""])
  const old = [1, 2, 3, 4].map((index) => net.holders.get(index)!.put(bytesOf(1000 * index, index)))
  for (const [left, right] of [
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 1],
  ] as const)
    net.link(left, right)
  await net.quiet()
  const all = [1, 2, 3, 4]
  expect(all.every((index) => old.every((hash) => net.has(index, hash)))).toBe(true)
  const fresh = net.holders.get(3)!.put(bytesOf(50, 77))
  net.peers.get(3)!.stored(WORKSPACE, fresh)
  await net.quiet()
  expect(all.every((index) => net.has(index, fresh))).toBe(true)
  net.crossed.splice(0)
  await net.clock.advance(24 * 3_600_000)
  expect(net.crossed).toEqual([])
  expect(net.holders.get(1)!.kinds).toEqual(["mirrored", "mirrored", "mirrored", "mirrored"])
})

test("[RL122] a link that stands again tells what came since, and everything to another start", async () => {
  const net = netOf(2, [], [""])
  for (const seed of [1, 2, 3]) net.holders.get(1)!.put(bytesOf(100, seed))
  await net.clock.advance(2 * 3_600_000)
  net.link(1, 2)
  await net.quiet()
  const told = (): number =>
    net.crossed.splice(0).flatMap(({ from, frame }) => (from === 1 && frame.type === "blobs" ? frame.hashes : [])).length
  expect(told()).toBe(3)
  net.cut(1, 2)
  await net.clock.advance(2 * 3_600_000)
  const fresh = net.holders.get(1)!.put(bytesOf(100, 4))
  net.link(1, 2)
  await net.quiet()
  expect(told()).toBe(1)
  expect(net.has(2, fresh)).toBe(true)
  net.cut(1, 2)
  net.add(2, { mirror: [""] })
  net.link(1, 2, { 2: 1 })
  await net.quiet()
  expect(told()).toBe(4)
})

test("[RL122] only what the mirrored workspaces have is brought, and who mirrors nothing is not told", async () => {
  const net = new BlobNet()
  net.add(1, { mirror: [""] })
  net.add(2, { mirror: ["team/conv"] })
  net.add(3)
  const home = net.holders.get(1)!.put(bytesOf(10, 1))
  const team = net.holders.get(1)!.put(bytesOf(10, 2), undefined, "team")
  const teams = net.holders.get(1)!.put(bytesOf(10, 3), undefined, "teams")
  net.link(1, 2)
  net.link(1, 3)
  await net.quiet()
  expect([net.has(2, home), net.has(2, team, "team"), net.has(2, teams, "teams")]).toEqual([false, true, false])
  expect(net.crossed.some(({ to, frame }) => to === 3 && frame.type === "blobs")).toBe(false)
})

test("[RL122] a list that fails is made again after a minute, and a link that ends meanwhile leaves no timer behind", async () => {
  const net = new BlobNet()
  const holder = net.add(1)
  net.add(2, { mirror: [""] })
  const hash = holder.put(bytesOf(100))
  holder.failing = true
  net.link(1, 2)
  await net.quiet()
  expect([net.failures.length, net.clock.waiting]).toEqual([1, 1])
  net.cut(1, 2)
  await net.quiet()
  expect(net.clock.waiting).toBe(0)
  net.link(1, 2)
  await net.quiet()
  holder.failing = false
  await net.clock.advance(59_999)
  expect(net.has(2, hash)).toBe(false)
  await net.clock.advance(1)
  await net.quiet()
  expect(net.has(2, hash)).toBe(true)
})

test("[RL122] more news than may wait are listed from the disk instead; none is left out", async () => {
  const net = netOf(2, [], [""])
  net.link(1, 2)
  await net.quiet()
  net.mute.add("1 2")
  const first = net.holders.get(1)!.put(bytesOf(4, -1))
  net.peers.get(1)!.stored(WORKSPACE, first)
  await net.quiet()
  const hashes = Array.from({ length: MAX_NEWS + 1 }, (_, index) => net.holders.get(1)!.put(Uint8Array.of(index & 255, index >> 8)))
  for (const hash of hashes) net.peers.get(1)!.stored(WORKSPACE, hash)
  net.mute.delete("1 2")
  net.say(2, 1, { type: "blobs", workspace: WORKSPACE, hashes: [] })
  for (let round = 0; round < 400 && !hashes.every((hash) => net.has(2, hash)); round++) await net.quiet()
  expect(hashes.every((hash) => net.has(2, hash))).toBe(true)
})

test("[RL123, I10] what was erased here is neither fetched, nor mirrored, nor handed on", async () => {
  const net = netOf(3, [], [""])
  const hash = net.holders.get(3)!.put(LARGE)
  net.holders.get(2)!.erased.add(`${WORKSPACE}/${hash}`)
  net.link(1, 2)
  net.link(2, 3)
  await net.quiet()
  expect(await net.fetch(2, hash)).toBe("refused")
  expect(await net.fetch(1, hash)).toBe("none")
  expect([1, 2].map((index) => net.has(index, hash))).toEqual([false, false])
})

test("[RL123] what could not be mirrored is tried again, ever more rarely, and comes when there is room", async () => {
  const net = netOf(2, [], [""])
  net.holders.get(2)!.full = true
  const hash = net.holders.get(1)!.put(LARGE)
  net.link(1, 2)
  await net.quiet()
  const asked = (): number => net.take("askBlob").length
  asked()
  const rounds: number[] = []
  for (let hour = 0; hour < 4; hour++) {
    await net.clock.advance(3_600_000)
    rounds.push(asked())
  }
  expect(rounds[0]).toBeGreaterThan(2)
  expect(rounds.at(-1)).toBeLessThanOrEqual(1)
  net.holders.get(2)!.full = false
  await net.clock.advance(3_600_000)
  expect(net.has(2, hash)).toBe(true)
})

test("[RL123] a disk that fails is answered with none, is told of, and is asked again a minute later", async () => {
  const net = netOf(2, [], [""])
  const hash = net.holders.get(1)!.put(LARGE)
  net.holders.get(1)!.failing = true
  net.link(1, 2)
  await net.quiet()
  expect(await net.fetch(2, hash)).toBe("none")
  expect(net.failures.length).toBeGreaterThan(0)
  net.holders.get(1)!.failing = false
  await net.clock.advance(60_000)
  await net.quiet()
  expect(net.has(2, hash)).toBe(true)
})

test("[RL124] so many blobs are fetched at once and so many wait; one more is to be asked for later, and nobody waits twice for one blob", async () => {
  const net = netOf(2, [[1, 2]])
  net.mute.add("1 2")
  const hashes = Array.from({ length: MAX_FETCHES + MAX_WAITING_FETCHES }, (_, index) => hashOf(Uint8Array.of(index & 255, index >> 8)))
  const fetched = hashes.map((hash) => net.fetch(1, hash))
  expect(await net.fetch(1, hashOf(LARGE))).toBe("later")
  fetched.push(net.fetch(1, hashes[0]!))
  await net.quiet()
  expect(net.take("askBlob")).toHaveLength(MAX_FETCHES)
  net.cut(1, 2)
  expect(new Set(await Promise.all(fetched))).toEqual(new Set(["later", "none"]))
})

test("[RL124] so many questions are remembered and so many blobs wait to be tried again; one more is not taken until one is over", async () => {
  const { clock } = new BlobNet()
  const name = (index: number): string => hashOf(Uint8Array.of(index & 255, index >> 8))
  const searches = new BlobSearches(clock)
  for (let index = 0; index < MAX_QUESTIONS; index++) expect(searches.own(WORKSPACE, name(index), BlobNet.idOf(1), [])).toBeDefined()
  await settle()
  expect(searches.onBehalf(WORKSPACE, name(MAX_QUESTIONS), [BlobNet.idOf(2)], [])).toBeUndefined()
  await clock.advance(3_000)
  expect(searches.onBehalf(WORKSPACE, name(MAX_QUESTIONS), [BlobNet.idOf(2)], [])).toBeDefined()

  const retries = new BlobRetries(clock, () => Promise.resolve("later"))
  for (let index = 0; index <= MAX_RETRIES; index++) retries.add(WORKSPACE, name(index))
  expect(retries.size).toBe(MAX_RETRIES)
  retries.close()
})

test("[RL124] who asks for too much at once, does not say who asks, or tells before it was answered loses its link", async () => {
  const net = netOf(2, [], [""])
  net.link(1, 2)
  await net.quiet()
  const ask = (request: number, path: readonly string[]) =>
    ({ type: "askBlob", request, workspace: WORKSPACE, hash: hashOf(LARGE), offset: 0, path }) as const
  const holder = net.holders.get(1)!
  const read = holder.read.bind(holder)
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  holder.read = async (...args) => {
    await gate
    return await read(...args)
  }
  for (let request = 1; request <= MAX_QUESTIONS_OF_LINK; request++) net.say(2, 1, ask(request, [BlobNet.idOf(2)]))
  await net.quiet()
  expect(net.ended).toEqual([])
  net.say(2, 1, ask(MAX_QUESTIONS_OF_LINK + 1, [BlobNet.idOf(2)]))
  net.say(2, 1, ask(1, [BlobNet.idOf(3)]))
  net.say(2, 1, ask(1, []))
  net.mute.add("1 2")
  for (const seed of [1, 2]) net.say(2, 1, { type: "blobs", workspace: WORKSPACE, hashes: [hashOf(bytesOf(9, seed))] })
  await net.quiet()
  expect(net.ended).toMatchObject([{ code: "rate-limited" }, { code: "bad-frame" }, { code: "bad-frame" }, { code: "rate-limited" }])
  open()
})
