import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { afterEach, beforeEach, expect, test } from "vitest"
import { Random } from "../simulation/random.ts"
import { MAX_UNDER_WAY } from "./conveyor.ts"
import { FaultLine, RESEND_MS, SEGMENT_BYTES } from "./fault-line.ts"
import { FaultProxy } from "./fault-proxy.ts"

/*
 * Times are compared from below only: a fault takes at least as long as it says, and a busy machine adds to that. That something does not arrive is shown by
 * something sent later, another way round, that does.
 */

let proxy: FaultProxy
let target: Server
/** Sockets of the target, in the order in which they came. */
let met: Socket[]

beforeEach(async () => {
  met = []
  target = createServer({ allowHalfOpen: true }, (socket) => {
    met.push(socket)
    socket.on("error", () => undefined)
  })
  target.listen(0, "127.0.0.1")
  await once(target, "listening")
  proxy = await FaultProxy.open("proxy")
  proxy.target = (target.address() as AddressInfo).port
})

afterEach(async () => {
  await proxy.close()
  target.close()
})

/** Dials by way of the proxy; both ends, once a word has gone from one to the other. */
async function dial(): Promise<{ near: Socket; far: Socket }> {
  const count = met.length
  const near = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true })
  near.on("error", () => undefined)
  near.write("!")
  while (met.length === count) await once(target, "connection")
  const far = met.at(-1)!
  expect(await read(far, 1)).toEqual(Buffer.from("!"))
  return { near, far }
}

/** The next `length` bytes of `socket`. */
async function read(socket: Socket, length: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let missing = length; missing > 0;) {
    const part = socket.read(Math.min(missing, socket.readableLength)) as Buffer | null
    if (part === null) await once(socket, "readable")
    else {
      parts.push(part)
      missing -= part.length
    }
  }
  return Buffer.concat(parts)
}

async function closed(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.once("close", () => resolve()))
}

async function timed(what: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await what()
  return performance.now() - from
}

const noise = (length: number): Buffer => Buffer.from(new Random("noise").bytes(length))

test("[EE4] without faults all bytes pass in both directions, whole and in order, and ends close one by one", async () => {
  const { near, far } = await dial()
  const words = noise(3 * MAX_UNDER_WAY)
  near.end(words)
  expect((await read(far, words.length)).equals(words)).toBe(true)
  far.resume()
  await once(far, "end")
  far.end(words)
  expect((await read(near, words.length)).equals(words)).toBe(true)
  near.resume()
  await once(near, "close")
  expect(proxy.bytes).toBe(2 * words.length + 1)
  await expect.poll(() => proxy.connections).toBe(0)
})

test("[EE4] latency is there in each direction, and jitter never changes the order", async () => {
  const { near, far } = await dial()
  proxy.out.set({ delayMs: 40 })
  proxy.back.set({ delayMs: 60, jitterMs: 50 })
  const there = await timed(async () => {
    near.write("a")
    await read(far, 1)
  })
  expect(there).toBeGreaterThanOrEqual(39)
  const words = noise(20 * SEGMENT_BYTES)
  const back = await timed(async () => {
    far.write(words)
    expect((await read(near, words.length)).equals(words)).toBe(true)
  })
  expect(back).toBeGreaterThanOrEqual(59)
})

test("[EE4] bandwidth is shared by all connections of a direction", async () => {
  const [one, two] = [await dial(), await dial()]
  proxy.out.set({ bytesPerSecond: 125_000 })
  const words = noise(12_500)
  const took = await timed(async () => {
    one.near.write(words)
    two.near.write(words)
    await Promise.all([read(one.far, words.length), read(two.far, words.length)])
  })
  expect(took).toBeGreaterThanOrEqual(198)
})

test("[EE4] a lost segment holds up what follows it by as many waits as it was lost times, and nothing is missing", async () => {
  const line = new FaultLine(new Random("loss"))
  line.set({ loss: 0.05 })
  const arrivals = Array.from({ length: 20_000 }, () => line.take(SEGMENT_BYTES, 1000) - 1000)
  expect(line.counts.losses / line.counts.segments).toBeGreaterThan(0.045)
  expect(line.counts.losses / line.counts.segments).toBeLessThan(0.06)
  expect([...new Set(arrivals)].sort((left, right) => left - right).slice(0, 3)).toEqual([0, RESEND_MS, 3 * RESEND_MS])

  const { near, far } = await dial()
  proxy.out.set({ loss: 0.3 })
  const words = noise(6 * SEGMENT_BYTES)
  const took = await timed(async () => {
    near.write(words)
    expect((await read(far, words.length)).equals(words)).toBe(true)
  })
  expect(proxy.out.counts.losses).toBeGreaterThan(0)
  expect(took).toBeGreaterThanOrEqual(RESEND_MS - 1)
  expect(proxy.back.counts.losses).toBe(0)
})

test("[EE4] a cut in one direction holds what goes there, tells nobody, and lets the other direction pass; a heal brings it all", async () => {
  const { near, far } = await dial()
  proxy.out.set({ cut: true })
  near.write("held")
  far.write("passes")
  expect((await read(near, 6)).toString()).toBe("passes")
  expect(far.readableLength).toBe(0)
  // A connection that begins now is taken by the system, as by any that forgets nothing, and not heard at the target.
  const late = connect({ port: proxy.port, host: "127.0.0.1" })
  await once(late, "connect")
  late.write("later")
  late.on("error", () => undefined)
  // Both words came to the cut, and no further.
  await expect.poll(() => proxy.out.counts).toMatchObject({ bytes: 1 + 4 + 5, arrivedBytes: 1 })
  expect(met).toHaveLength(1)
  expect([near.destroyed, far.destroyed, late.destroyed]).toEqual([false, false, false])
  proxy.heal()
  expect((await read(far, 4)).toString()).toBe("held")
  await expect.poll(() => met.length).toBe(2)
  expect((await read(met[1]!, 5)).toString()).toBe("later")
  late.destroy()
})

test("[EE4] a cut in both directions holds bytes, ends and resets, up to what systems hold; then the writer waits", async () => {
  const { near, far } = await dial()
  proxy.set({ cut: true })
  // More than the buffers of sockets hold.
  near.end(Buffer.alloc(32 * 1024 * 1024))
  far.resetAndDestroy()
  await expect.poll(() => proxy.out.counts.bytes).toBeGreaterThan(MAX_UNDER_WAY)
  expect(near.destroyed).toBe(false)
  expect(near.writableLength).toBeGreaterThan(0)
  // What one read brings may exceed the limit, by no more than that.
  expect(proxy.out.counts.bytes).toBeLessThan(MAX_UNDER_WAY + 128 * 1024)
  near.resume()
  proxy.heal()
  await closed(near)
  expect(near.errored).not.toBeNull()
})

test("[EE4] a reset ends all connections at both ends; the next one passes", async () => {
  const [one, two] = [await dial(), await dial()]
  const all = Promise.all([one.near, one.far, two.near, two.far].map(closed))
  proxy.reset()
  await all
  await expect.poll(() => proxy.connections).toBe(0)
  const { near, far } = await dial()
  far.write("again")
  expect((await read(near, 5)).toString()).toBe("again")
})

test("[EE4] who dials a target that is not there is refused, and reaches it when it is back", async () => {
  const { port } = target.address() as AddressInfo
  target.close()
  await once(target, "close")
  const refused = connect({ port: proxy.port, host: "127.0.0.1" })
  const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException]
  expect(error.code).toBe("ECONNRESET")
  target.listen(port, "127.0.0.1")
  await once(target, "listening")
  const { near, far } = await dial()
  far.write("back")
  expect((await read(near, 4)).toString()).toBe("back")
})
