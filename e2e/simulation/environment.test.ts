import { expect, test } from "vitest"
import { SimulatedDisk } from "./disk.ts"
import { Network, type Tap } from "./network.ts"
import { Lane } from "./pipe.ts"
import { Random } from "./random.ts"
import { SimulatedProcess } from "./simulated-process.ts"
import { settle, VirtualClock } from "./virtual-clock.ts"

const NO_TAP: Tap = { connected: () => undefined, sent: () => undefined }
const row = (digit: string) => ({ row: digit.repeat(16), update: new Uint8Array([1]), handOver: false })

function connect() {
  const clock = new VirtualClock()
  const network = new Network(clock, new Random(1), NO_TAP, () => new Lane({ latencyMs: 10, jitterMs: 30, bytesPerMs: Infinity }))
  const relay = new SimulatedProcess(clock, "relay", 0)
  const device = new SimulatedProcess(clock, "device", 0)
  const received: string[] = []
  network.listen("ws://relay", relay, (socket) => {
    socket.listen({ message: (message) => received.push(String(message[0])), closed: (code) => received.push(`closed ${code}`) })
  })
  const socket = network.dialFrom("device", device)("ws://relay", ["polylogue.v1"])
  socket.listen({ message: () => undefined, closed: () => undefined })
  return { clock, network, relay, device, socket, received }
}

test("[SM5] messages of a connection arrive in order, whatever the jitter", async () => {
  const { clock, socket, received } = connect()
  await clock.runFor(100)
  for (let count = 0; count < 9; count++) {
    socket.send(new Uint8Array([count]))
    await clock.runFor(3)
  }
  await clock.runFor(100)
  expect(received).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8"])
})

test("[SM5] a cut holds what is under way until it is healed, and a reset loses it", async () => {
  for (const [reset, outcome] of [
    [false, ["1", "2"]],
    [true, ["closed 1006"]],
  ] as const) {
    const { clock, network, socket, received } = connect()
    await clock.runFor(100)
    socket.send(new Uint8Array([1]))
    await clock.runFor(1)
    network.link("device", "ws://relay").up.setCut(true)
    socket.send(new Uint8Array([2]))
    await clock.runFor(1_000)
    expect(received).toEqual([])
    if (reset) network.reset("device", "ws://relay")
    await clock.runFor(10)
    network.link("device", "ws://relay").up.setCut(false)
    await clock.runFor(1_000)
    expect(received).toEqual(outcome)
  }
})

test("[SM5] a frozen process hears later, in order, and a dead one never", async () => {
  const { clock, relay, socket, received } = connect()
  await clock.runFor(100)
  relay.freeze()
  socket.send(new Uint8Array([1]))
  socket.send(new Uint8Array([2]))
  await clock.runFor(100)
  expect(received).toEqual([])
  relay.thaw()
  await clock.runFor(100)
  expect(received).toEqual(["1", "2"])
  relay.kill()
  socket.send(new Uint8Array([3]))
  await clock.runFor(100)
  expect(received).toEqual(["1", "2"])
})

test("[SM5] a commit is lost with its process until it is durable, and kept from then on", async () => {
  const clock = new VirtualClock()
  const options = { commitMs: 1_000, readMs: 0, failureRate: 0 }
  const observer = { durable: () => undefined, failed: () => undefined }
  const disk = new SimulatedDisk("disk", clock, new Random(7), options, observer)
  const first = new SimulatedProcess(clock, "first", 0)
  const log = disk.open(first)
  await clock.complete(log.open(), 10, "open")
  await clock.complete(log.commit([{ type: "outbox", documentId: "a", rows: [row("1")] }]), 2_000, "commit")
  const lost = log.commit([{ type: "outbox", documentId: "a", rows: [row("2")] }])
  let answered = false
  void lost.finally(() => {
    answered = true
  })
  await settle()
  first.kill()
  await clock.runFor(5_000)
  expect(answered).toBe(false)
  const again = disk.open(new SimulatedProcess(clock, "second", 0))
  await clock.complete(again.open(), 10, "open")
  expect((await clock.complete(again.outbox("a"), 10, "outbox")).map(({ row: id }) => id[0])).toEqual(["1"])
})
