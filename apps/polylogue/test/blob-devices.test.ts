import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { openReplica, type Replica, type ReplicaOptions } from "@polylogue/replica"
import { dialWith, randomBytes, systemClock } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { WebSocket } from "ws"
import { blobEndpoint } from "../src/blob-endpoint.ts"
import type { BlobStore } from "../src/blob-store.ts"
import { blobStore, bytesOf, hashOf, W } from "./blob-kit.ts"
import { folder } from "./program.ts"

/** Serves `store` as the program does, to somebody who may write. */
async function serve(store: BlobStore): Promise<string> {
  const endpoint = blobEndpoint(store, () => undefined)
  const visitor = { name: "ana", operator: false, may: () => "none" as const, mayBlobs: () => "write" as const }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(`http://relay${request.url}`)
    void endpoint.answer({ request, response, path: decodeURIComponent(pathname), query: searchParams, visitor })
  }).listen(0, "127.0.0.1")
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, "listening")
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/sync`
}

async function device(relay: string, fetch: ReplicaOptions["fetch"]): Promise<Replica> {
  const environment = { dial: dialWith(WebSocket), clock: systemClock, randomBytes }
  const replica = await openReplica({ store: new MemoryEntryLog(), relays: [relay], ...environment, ...(fetch && { fetch }) })
  onTestFinished(() => replica.close())
  return replica
}

/** Resolves when no upload of `replica` waits. */
async function uploaded(replica: Replica): Promise<void> {
  while ((await replica.blobs.uploads()).some(({ state }) => state === "waiting")) {
    await new Promise<void>((resolve) => {
      const stop = replica.blobs.subscribe(() => {
        stop()
        resolve()
      })
    })
  }
}

test("[PL18, PL19, PL20] a device's upload that was cut goes on at the relay's offset; another device gets it in pieces; what was erased is refused with a code", async () => {
  const store = blobStore(folder())
  const relay = await serve(store)
  const asked: string[] = []
  let cuts = 1
  const here = await device(relay, async (url, request) => {
    asked.push(request.method)
    if (asked.length === 3 && cuts-- > 0) throw new TypeError("cut")
    return fetch(url, request)
  })
  const bytes = bytesOf(2_500_000)
  const hash = await here.blobs.put(W, bytes)
  await uploaded(here)
  expect(await here.blobs.status(W, hash)).toMatchObject({ state: "stored" })
  expect(asked).toEqual(["HEAD", "PATCH", "PATCH", "HEAD", "PATCH", "PATCH"])
  const there = await device(relay, (url, request) => fetch(url, request))
  expect(hashOf(await there.blobs.get(W, hash))).toBe(hash)
  await store.erase(`${W}/conv/1`, [hash])
  const late = await device(relay, (url, request) => fetch(url, request))
  await expect(late.blobs.get(W, hash)).rejects.toMatchObject({ code: "erased" })
  await late.blobs.put(W, bytes)
  await uploaded(late)
  expect(await late.blobs.status(W, hash)).toMatchObject({ state: "refused", refusal: "erased" })
  await expect(late.blobs.get(W, hashOf(bytesOf(9)))).rejects.toMatchObject({ code: "not-found" })
})
