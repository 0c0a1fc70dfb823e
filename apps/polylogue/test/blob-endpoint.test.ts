import { once } from "node:events"
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { afterEach, expect, test } from "vitest"
import type { Permission } from "@polylogue/relay"
import { blobEndpoint } from "../src/blob-endpoint.ts"
import type { BlobStore } from "../src/blob-store.ts"
import { parseRange } from "../src/byte-range.ts"
import { blobStore, bytesOf, filesIn, hashOf, W } from "./blob-kit.ts"
import { folder } from "./program.ts"

const CONTENT = bytesOf(300_000)
const HASH = hashOf(CONTENT)
const PATH = `/blobs/${W}/${HASH}`

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

/** Resolves when a stream is closed, whichever way. */
function closed(stream: IncomingMessage | Socket): Promise<void> {
  stream.on("error", () => undefined)
  return new Promise((resolve) => {
    if (stream.closed) resolve()
    else stream.once("close", () => resolve())
  })
}

/** Serves a store to a visitor who may do what `may` says. */
async function serve(store: BlobStore, may: (workspace: string) => Permission = () => "write", journal: string[] = []): Promise<number> {
  const endpoint = blobEndpoint(store, (event) => journal.push(event))
  const visitor = { name: "ana", operator: false, may: () => "none" as const, mayBlobs: may }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(`http://relay${request.url}`)
    void endpoint.answer({ request, response, path: decodeURIComponent(pathname), query: searchParams, visitor })
  }).listen(0, "127.0.0.1")
  servers.push(server)
  await once(server, "listening")
  return (server.address() as AddressInfo).port
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

async function ask(port: number, method: string, path = PATH, headers: Record<string, string> = {}, body?: Uint8Array): Promise<Answer> {
  const sending = request({ port, host: "127.0.0.1", method, path, headers })
  sending.end(body)
  const [response] = (await once(sending, "response")) as [IncomingMessage]
  const pieces: Buffer[] = []
  for await (const piece of response) pieces.push(piece as Buffer)
  return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(pieces) }
}

test("[PL19] takes a blob, says where it stands, and gives it back, whole and in part", async () => {
  const port = await serve(blobStore(folder()))
  expect(await ask(port, "GET")).toMatchObject({ status: 404 })
  expect(await ask(port, "HEAD")).toMatchObject({ status: 404 })
  expect(await ask(port, "PUT", PATH, {}, CONTENT)).toMatchObject({ status: 201 })
  expect(await ask(port, "PUT", PATH, {}, CONTENT)).toMatchObject({ status: 200 })
  const got = await ask(port, "GET")
  expect(got.status).toBe(200)
  expect(got.body.equals(CONTENT)).toBe(true)
  expect(got.headers).toMatchObject({
    "content-length": "300000",
    etag: `"${HASH}"`,
    "accept-ranges": "bytes",
    "cache-control": "private, max-age=31536000, immutable",
    "content-type": "application/octet-stream",
    "content-disposition": "attachment",
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
  })
  const head = await ask(port, "HEAD")
  expect(head).toMatchObject({ status: 200, headers: { "content-length": "300000" } })
  expect(head.body).toHaveLength(0)
  const part = await ask(port, "GET", PATH, { range: "bytes=10-70009" })
  expect(part).toMatchObject({ status: 206, headers: { "content-range": "bytes 10-70009/300000", "content-length": "70000" } })
  expect(part.body.equals(CONTENT.subarray(10, 70_010))).toBe(true)
  expect(await ask(port, "GET", PATH, { range: "bytes=300000-" })).toMatchObject({
    status: 416,
    headers: { "content-range": "bytes */300000" },
  })
  expect(await ask(port, "GET", PATH, { "if-none-match": `"x", W/"${HASH}"` })).toMatchObject({ status: 304 })
  expect(await ask(port, "GET", PATH, { range: "bytes=0-1", "if-range": '"x"' })).toMatchObject({ status: 200 })
  expect(await ask(port, "GET", PATH, { range: "bytes=0-1", "if-range": `"${HASH}"` })).toMatchObject({ status: 206 })
})

test("[PL19] ranges as RFC 9110 has them: one is answered, several and nonsense are ignored", () => {
  const cases: [string | undefined, unknown][] = [
    ["bytes=0-0", { start: 0, end: 1 }],
    ["bytes=2-", { start: 2, end: 10 }],
    ["bytes=9-99", { start: 9, end: 10 }],
    ["bytes=-3", { start: 7, end: 10 }],
    ["bytes=-99", { start: 0, end: 10 }],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=10-12", "unsatisfiable"],
    ["bytes=5-4", undefined],
    ["bytes=-", undefined],
    ["bytes=0-1,3-4", undefined],
    ["lines=0-1", undefined],
    ["bytes=1e3-", undefined],
    [undefined, undefined],
  ]
  for (const [header, range] of cases) expect(parseRange(header, 10), header).toEqual(range)
  expect(parseRange("bytes=0-", 0)).toBe("unsatisfiable")
  expect(parseRange("bytes=-1", 0)).toBe("unsatisfiable")
})

test("[PL19] refusals say why, keep the connection until they were read, and leave nothing", async () => {
  const data = folder()
  const store = blobStore(data, { limits: { maxBlobBytes: 400_000, maxWorkspaceBytes: 350_000 } })
  const port = await serve(store)
  const big = bytesOf(400_001, 5)
  const other = bytesOf(350_001, 6)
  expect(await ask(port, "PUT", `/blobs/${W}/${hashOf(big)}`, {}, big)).toMatchObject({ status: 413 })
  expect(await ask(port, "PUT", `/blobs/${W}/${hashOf(other)}`, { "transfer-encoding": "chunked" }, other)).toMatchObject({ status: 507 })
  expect(await ask(port, "PUT", `/blobs/${W}/${hashOf(other)}`, {}, other)).toMatchObject({ status: 507 })
  expect(await ask(port, "PUT", PATH, {}, CONTENT.slice(1))).toMatchObject({ status: 400 })
  expect(filesIn(data).size).toBe(0)
  await store.erase(`${W}/conv/1`, [HASH])
  for (const method of ["GET", "HEAD", "PUT"]) expect(await ask(port, method)).toMatchObject({ status: 410 })
  for (const path of [`/blobs/${W}`, `/blobs/${W}/abc`, `${PATH}/x`, `/blobs/..%2f..%2fetc/${HASH}`, `/blobs/%00/${HASH}`, "/blobs/"])
    expect(await ask(port, "PUT", path, {}, CONTENT), path).toMatchObject({ status: 404 })
})

test("[PL19, I11] who has no grant learns the same of every blob, and readers write nothing", async () => {
  const data = folder()
  const store = blobStore(data)
  const port = await serve(store, (workspace) => (workspace === W ? "read" : "none"))
  const writer = await serve(store)
  await ask(writer, "PUT", PATH, {}, CONTENT)
  await ask(writer, "PUT", `/blobs/closed/${HASH}`, {}, CONTENT)
  expect(await ask(port, "GET")).toMatchObject({ status: 200 })
  expect(await ask(port, "PUT", PATH, {}, CONTENT)).toMatchObject({ status: 403 })
  expect(await ask(port, "PATCH", PATH, { "upload-offset": "0", "upload-length": "300000" }, CONTENT)).toMatchObject({ status: 403 })
  const answers = await Promise.all([HASH, hashOf(bytesOf(1))].map((hash) => ask(port, "GET", `/blobs/closed/${hash}`)))
  const [there, notThere] = answers.map(({ status, body, headers }) => ({ status, body, headers: { ...headers, date: undefined } }))
  expect(there).toMatchObject({ status: 403 })
  expect(there).toEqual(notThere)
  const unfinished = await ask(port, "HEAD", `/blobs/${W}/${hashOf(bytesOf(1))}`, { "upload-length": "9" })
  expect(unfinished.headers["upload-offset"]).toBeUndefined()
})

test("[PL18, PL19] an upload goes on after a cut, where the relay says it stands", async () => {
  const port = await serve(blobStore(folder()))
  const length = { "upload-length": "300000" }
  const patch = (offset: number, end: number) =>
    ask(port, "PATCH", PATH, { ...length, "upload-offset": String(offset) }, CONTENT.subarray(offset, end))
  expect(await ask(port, "HEAD", PATH, length)).toMatchObject({ status: 404, headers: { "upload-offset": "0" } })
  expect(await patch(0, 100_000)).toMatchObject({ status: 204, headers: { "upload-offset": "100000" } })
  // A sender that is cut off in the middle of a piece.
  const sending = request({
    port,
    host: "127.0.0.1",
    method: "PATCH",
    path: PATH,
    headers: { ...length, "upload-offset": "100000", "content-length": "200000" },
  })
  sending.on("error", () => undefined)
  sending.write(CONTENT.subarray(100_000, 150_000))
  await new Promise<void>((resolve) => sending.write(CONTENT.subarray(150_000, 180_000), () => resolve()))
  sending.destroy()
  const { headers } = await patch(0, 1)
  const have = Number(headers["upload-offset"])
  expect(have).toBeGreaterThanOrEqual(100_000)
  expect(have).toBeLessThanOrEqual(180_000)
  expect(await ask(port, "HEAD", PATH, length)).toMatchObject({ status: 404, headers: { "upload-offset": String(have) } })
  expect(await patch(have, 300_000)).toMatchObject({ status: 201 })
  expect((await ask(port, "GET")).body.equals(CONTENT)).toBe(true)
  for (const wrong of [{}, { "upload-offset": "0" }, { "upload-offset": "2", "upload-length": "1" }, { "upload-offset": "-1", ...length }])
    expect(await ask(port, "PATCH", PATH, wrong, CONTENT)).toMatchObject({ status: 400 })
})

test("[PL19, I5] a reader that does not read holds back the disk, and is cut off", async () => {
  const store = blobStore(folder(), { limits: { blobIdleMs: 50 } })
  const large = bytesOf(24 * 1024 * 1024)
  const path = `/blobs/${W}/${hashOf(large)}`
  const port = await serve(store)
  expect(await ask(port, "PUT", path, {}, large)).toMatchObject({ status: 201 })
  const connected = once(servers[0]!, "connection") as Promise<[Socket]>
  const sending = request({ port, host: "127.0.0.1", path, agent: false }).end()
  const [[response], [socket]] = await Promise.all([once(sending, "response") as Promise<[IncomingMessage]>, connected])
  // Nobody reads, so it is the relay that ends it.
  await closed(socket)
  expect(socket.bytesWritten).toBeLessThan(large.length)
  response.resume()
  await closed(response)
  expect(response.complete).toBe(false)
})

test("[PL19] an erasure cuts off who is reading, and the answer does not look whole", async () => {
  const store = blobStore(folder())
  const large = bytesOf(24 * 1024 * 1024, 3)
  const path = `/blobs/${W}/${hashOf(large)}`
  const port = await serve(store)
  await ask(port, "PUT", path, {}, large)
  const sending = request({ port, host: "127.0.0.1", path }).end()
  const [response] = (await once(sending, "response")) as [IncomingMessage]
  await store.erase(`${W}/conv/1`, [hashOf(large)])
  response.resume()
  await closed(response)
  expect(response.complete).toBe(false)
})

test("[PL19] a disk that fails is said, not blamed on the client", async () => {
  const journal: string[] = []
  const store = blobStore(folder(), { limits: { minFreeBytes: Number.MAX_SAFE_INTEGER, maxUploads: 1 } })
  const port = await serve(store, () => "write", journal)
  expect(await ask(port, "PUT", PATH, {}, CONTENT)).toMatchObject({ status: 507 })
  expect(journal).toEqual(["blob-failed"])
  const begun = request({ port, host: "127.0.0.1", method: "PUT", path: PATH, headers: { "content-length": "9" } })
  begun.on("error", () => undefined).flushHeaders()
  begun.write("1")
  let answer: Answer
  do answer = await ask(port, "PUT", `/blobs/${W}/${hashOf(bytesOf(1))}`, {}, bytesOf(1))
  while (answer.status !== 503)
  expect(answer.headers["retry-after"]).toBe("5")
  begun.destroy()
})
