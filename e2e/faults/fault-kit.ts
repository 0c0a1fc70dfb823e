import { randomBytes, randomFillSync } from "node:crypto"
import { readFileSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import { dialWith, systemClock } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { WebSocket } from "ws"
import type { RelayProcess } from "../relay-process.ts"

/** A device in memory, connected to a relay; `sockets` gets the WebSockets that it makes. */
export function connect(relay: RelayProcess, sockets: WebSocket[] = []): Promise<Replica> {
  class Seen extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args)
      sockets.push(this)
    }
  }
  return openReplica({
    store: new MemoryEntryLog(),
    relays: [`ws://127.0.0.1:${relay.port}/sync`],
    dial: dialWith(Seen),
    clock: systemClock,
    randomBytes: (length) => randomFillSync(new Uint8Array(length)),
    agent: "faults",
    keeps: "tab",
  })
}

/** Waits until something outside of this process holds; the test's own time is the limit. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20)
}

export async function synced(document: ReplicaDocument): Promise<void> {
  await eventually(() => document.status.synced && document.status.waitingRows === 0 && document.status.unsavedUpdates === 0)
}

/** Text that cannot be compressed, of so many characters. */
export function noise(length: number): string {
  return randomBytes(Math.ceil((length * 3) / 4))
    .toString("base64")
    .slice(0, length)
}

export async function readyz(relay: RelayProcess): Promise<string> {
  return (await (await fetch(`${relay.url}/readyz`)).text()).trim()
}

/** The value of a metric. */
export async function metric(relay: RelayProcess, name: string): Promise<number> {
  const text = await (await fetch(`${relay.url}/metrics`)).text()
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `))
  if (line === undefined) throw new Error(`there is no metric ${name}`)
  return Number(line.slice(name.length + 1))
}

/** Bytes of memory that the relay's process occupies. */
export function residentBytes({ pid }: RelayProcess): number {
  const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!
  return Number(kibibytes) * 1024
}
