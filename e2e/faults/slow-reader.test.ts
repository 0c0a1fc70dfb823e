import process from "node:process"
import { expect, test } from "vitest"
import type { WebSocket } from "ws"
import { RelayProcess } from "../relay-process.ts"
import { connect, eventually, noise, residentBytes, synced } from "./fault-kit.ts"

const MIB = 1024 * 1024
/** What is written past the paused reader: POLYLOGUE_PAUSED_MIB, else 100. */
const WRITTEN = Number(process.env["POLYLOGUE_PAUSED_MIB"] ?? 100) * MIB
const WORD = 256 * 1024
/** What the relay may grow by: garbage that was not collected yet, and never what is written. */
const GROWTH = 64 * MIB

test("[OF2, I5] a reader that does not read costs the relay no memory and others no time, and catches up when it does", async () => {
  const relay = await RelayProcess.start()
  const sockets: WebSocket[] = []
  const replicas = [await connect(relay), await connect(relay), await connect(relay, sockets)]
  try {
    const [writer, other, paused] = await Promise.all(replicas.map((replica) => replica.open("slow/reader")))
    const write = async (bytes: number): Promise<void> => {
      for (let written = 0; written < bytes; written += WORD) {
        writer!.ydoc.getMap<string>("latest").set("word", noise(WORD))
        await writer!.whenDurable("stored")
      }
    }
    const latest = (): string | undefined => writer!.ydoc.getMap<string>("latest").get("word")
    const has = (document: typeof writer): boolean => document!.ydoc.getMap<string>("latest").get("word") === latest()
    // As much as the relay needs in any case.
    await write(WRITTEN / 2)
    await eventually(() => has(other) && has(paused))
    const before = residentBytes(relay)
    expect(sockets).toHaveLength(1)
    sockets[0]!.pause()
    await write(WRITTEN)
    await eventually(() => has(other))
    expect(has(paused)).toBe(false)
    const growth = residentBytes(relay) - before
    console.log(
      `${WRITTEN / MIB} MiB past a paused reader: the relay grew by ${(growth / MIB).toFixed(1)} MiB, from ${(before / MIB).toFixed(1)}`,
    )
    expect(growth).toBeLessThan(GROWTH)
    sockets[0]!.resume()
    await eventually(() => has(paused))
    await synced(paused!)
  } finally {
    await Promise.all(replicas.map((replica) => replica.close()))
    await relay.dispose()
  }
}, 120_000)
