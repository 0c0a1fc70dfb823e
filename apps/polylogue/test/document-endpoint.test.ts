import { decodeSessionToken, encodeSessionToken } from "@polylogue/protocol"
import { tokenOf, waitFor } from "@polylogue/replica"
import { afterEach, expect, test } from "vitest"
import * as Y from "yjs"
import { MAX_TOKEN_HEADER_LENGTH, MAX_WAIT_S } from "../src/at-least.ts"
import { MAX_AT_ONCE } from "../src/at-once.ts"
import { MAX_SENDING_BYTES, MAX_SENDING_BYTES_OF_ONE } from "../src/document-endpoint.ts"
import { DocumentRelay, served, urlOf } from "./document-kit.ts"
import { PromptRelay } from "./prompt-kit.ts"

const relays: { close(): Promise<void> | void }[] = []
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.close()
})

async function opened(): Promise<DocumentRelay> {
  const relay = await new DocumentRelay().open()
  relays.push(relay)
  return relay
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  readonly body: Readonly<Record<string, unknown>>
}

async function ask(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const response = await fetch(url, { headers, method })
  const bytes = new Uint8Array(await response.arrayBuffer())
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true
  const body = isJson ? (JSON.parse(new TextDecoder().decode(bytes)) as Answer["body"]) : {}
  return { status: response.status, headers: response.headers, bytes, body }
}

function textOf(update: Uint8Array): string {
  const ydoc = new Y.Doc()
  Y.applyUpdate(ydoc, update)
  return ydoc.getText("t").toJSON()
}

/** `token` with entries that nobody has written yet. */
function beyond(token: string, by = 1): string {
  const later = [...decodeSessionToken(token)].map(
    ([id, vector]) => [id, new Map([...vector].map(([log, seq]) => [log, seq + by]))] as const,
  )
  return encodeSessionToken(new Map(later))
}

test("[PL66, I3] what a device wrote and asks for is in the answer, and the answer's token is shown by any device that waits for it", async () => {
  const relay = await opened()
  const here = await (await relay.replica()).open("home/a")
  here.ydoc.getText("t").insert(0, "one ")
  const token = await tokenOf(here, { after: "stored" })
  const answer = await ask(`${relay.url}/home/a?at-least=${token}`)
  expect([answer.status, answer.headers.get("content-type"), textOf(answer.bytes)]).toEqual([200, "application/octet-stream", "one "])
  expect(answer.headers.get("polylogue-token")).toBe(token)
  const other = await relay.replica()
  await waitFor(other, answer.headers.get("polylogue-token")!)
  const there = await other.open("home/a")
  expect(there.ydoc.getText("t").toJSON()).toBe("one ")
  // In a header, too; a document that stands elsewhere in the token is not waited for.
  const elsewhere = encodeSessionToken(new Map([...decodeSessionToken(token), ["home/z", new Map([["00000000000000aa", 9]])]]))
  expect((await ask(`${relay.url}/home/a`, { "Polylogue-At-Least": elsewhere })).status).toBe(200)
})

test("[PL66] who asks for more than there is waits until it is there", async () => {
  const relay = await opened()
  const here = await (await relay.replica()).open("home/a")
  const text = here.ydoc.getText("t")
  text.insert(0, "one ")
  const token = await tokenOf(here, { after: "stored" })
  const waiting = ask(`${relay.url}/home/a?at-least=${beyond(token)}&wait=30`)
  text.insert(4, "two")
  const { status, bytes } = await waiting
  expect([status, textOf(bytes)]).toEqual([200, "one two"])
})

test("[PL67] what is lacking when the wait is over is named, with the token for what there is", async () => {
  const relay = await opened()
  const here = await (await relay.replica()).open("home/a")
  here.ydoc.getText("t").insert(0, "one")
  const token = await tokenOf(here, { after: "stored" })
  const { log } = relay.relay
  const answer = await ask(`${relay.url}/home/a?at-least=${beyond(token, 2)}&wait=0.05`)
  expect(answer).toMatchObject({
    status: 412,
    body: { error: "lacking", lacking: [{ document: "home/a", log, from: 2, to: 3 }], token },
  })
  expect([answer.headers.get("retry-after"), answer.headers.get("cache-control")]).toEqual(["2", "no-store"])
  expect((await ask(`${relay.url}/home/a?at-least=${String(answer.body["token"])}`)).status).toBe(200)
  expect(await ask(`${relay.url}/home/none?at-least=${beyond(token)}&wait=0`)).toMatchObject({ status: 404 })
  const none = encodeSessionToken(new Map([["home/none", new Map([[log, 1]])]]))
  expect(await ask(`${relay.url}/home/none?at-least=${none}&wait=0`)).toMatchObject({ status: 412, body: { token: "AQA" } })
})

test("[PL67] a prompt is answered with at least what was seen of its document, or with what is lacking", async () => {
  const relay = new PromptRelay()
  relays.push(relay)
  await relay.log.open()
  await relay.publish("p1", "Greeting", { slots: [{ id: "s1", role: "system", text: "Hello." }] }, "production")
  const url = await relay.serve()
  const token = (await ask(`${url}/Greeting`)).headers.get("polylogue-token")!
  expect([...decodeSessionToken(token).keys()]).toEqual(["home/prompt/p1"])
  expect(await ask(`${url}/Greeting?at-least=${token}&wait=1`)).toMatchObject({ status: 200, body: { version: 1 } })
  expect(await ask(`${url}/Greeting`, { "Polylogue-At-Least": beyond(token) })).toMatchObject({
    status: 412,
    body: { error: "lacking", lacking: [{ document: "home/prompt/p1", from: 2, to: 2 }], token },
  })
  await relay.publish("p1", "Greeting", { slots: [{ id: "s1", role: "system", text: "Hello again." }] }, "production")
  const later = await ask(`${url}/Greeting`, { "Polylogue-At-Least": beyond(token) })
  expect(later).toMatchObject({ status: 200, body: { version: 2 } })
  expect(later.headers.get("polylogue-token")).toBe(beyond(token))
  // Not changed since, but by whom it was seen is.
  const same = await ask(`${url}/Greeting`, { "If-None-Match": later.headers.get("etag")! })
  expect([same.status, same.headers.get("polylogue-token")]).toEqual([304, beyond(token)])
  expect(await ask(`${url}?at-least=${token}`)).toMatchObject({ status: 400, body: { error: "bad-request" } })
})

test("[PL68] a document that has not changed is not sent again, and not read; HEAD tells its token and no word of it", async () => {
  const relay = await opened()
  const here = await (await relay.replica()).open("home/a")
  here.ydoc.getText("t").insert(0, "one")
  const token = await tokenOf(here, { after: "stored" })
  const first = await ask(`${relay.url}/home/a`)
  const etag = first.headers.get("etag")!
  expect(etag).toMatch(/^W\/"[0-9a-f]{16}"$/)
  const jobs = relay.jobs.length
  const head = await ask(`${relay.url}/home/a`, {}, "HEAD")
  const same = await ask(`${relay.url}/home/a`, { "If-None-Match": `"x", ${etag}` })
  expect([head.status, head.bytes.length, head.headers.get("etag"), head.headers.get("polylogue-token")]).toEqual([200, 0, etag, token])
  expect([same.status, same.bytes.length, same.headers.get("polylogue-token")]).toEqual([304, 0, token])
  expect(relay.jobs.length).toBe(jobs)
  here.ydoc.getText("t").insert(3, " two")
  await here.whenDurable("stored")
  const changed = await ask(`${relay.url}/home/a`, { "If-None-Match": etag })
  expect([changed.status, textOf(changed.bytes)]).toEqual([200, "one two"])
})

test("[PL69, I11] who may not read a document is told the same whether or not there is one, before anything is looked up", async () => {
  const relay = await opened()
  const here = await (await relay.replica()).open("home/a")
  here.ydoc.getText("t").insert(0, "one")
  const token = await tokenOf(here, { after: "stored" })
  const asked: string[] = []
  const read = relay.log.head.bind(relay.log)
  relay.log.head = (documentId) => {
    asked.push(documentId)
    return read(documentId)
  }
  const answers = await Promise.all(
    ["home/a", "home/none", "homework/a"].map((id) => ask(`${relay.url}/${id}?at-least=${beyond(token)}&wait=30`, { "x-user": "ben" })),
  )
  const told = answers.map(({ status, body, headers }) => [status, body, headers.get("etag"), headers.get("polylogue-token")])
  const forbidden = [403, { error: "forbidden", message: "Your token does not allow this here." }, null, null]
  expect([told, asked]).toEqual([[forbidden, forbidden, forbidden], []])
})

test("[PL69] what is no request is answered with 400: a path, a parameter, a token, a wait", async () => {
  const relay = await opened()
  const paths = ["/home//a", "/home/a?at-leat=x", "/home/a?at-least=%20", "/home/a?at-least=AQA&wait=soon", "/home/a?wait=-1"]
  for (const path of paths) expect(await ask(`${relay.url}${path}`), path).toMatchObject({ status: 400, body: { error: "bad-request" } })
  expect((await ask(`${relay.url}/home/a`, { "Polylogue-At-Least": "no token" })).status).toBe(400)
  // Nothing is asked for by a token of nothing.
  expect((await ask(`${relay.url}/home/a?at-least=AQA&wait=999999`)).status).toBe(404)
})

test("[PL69, I5] requests at once, documents that are read, and the token of an answer are bounded", async () => {
  const relay = await opened()
  const here = await (await relay.replica()).open("home/a")
  here.ydoc.getText("t").insert(0, "one")
  const token = await tokenOf(here, { after: "stored" })
  const waiting = Array.from({ length: MAX_AT_ONCE }, () => ask(`${relay.url}/home/a?at-least=${beyond(token)}&wait=30`))
  while ((await ask(`${relay.url}/home/a`)).status !== 429);
  expect((await ask(`${relay.url}/home/a`, { "x-user": "ana-2" })).status).toBe(200)
  here.ydoc.getText("t").insert(3, " two")
  expect((await Promise.all(waiting)).map(({ status }) => status)).toContain(200)
  let open = (): void => undefined
  relay.gate = new Promise((resolve) => (open = resolve))
  for (const id of ["b", "c", "d"]) {
    const document = await (await relay.replica()).open(`home/${id}`)
    document.ydoc.getText("t").insert(0, id)
    await document.whenDurable("stored")
  }
  const answers = ["b", "c", "d"].map((id) => ask(`${relay.url}/home/${id}`))
  expect(await Promise.race(answers)).toMatchObject({ status: 503, body: { error: "busy" } })
  open()
  expect((await Promise.all(answers)).filter(({ status }) => status === 200)).toHaveLength(2)
  // A document with very many logs: what clients take in a header is bounded.
  const logs = Array.from({ length: MAX_TOKEN_HEADER_LENGTH / 12 }, (_, at) => (at + 1).toString(16).padStart(16, "0"))
  const ydoc = new Y.Doc()
  const items = logs.map((log) => {
    const before = Y.encodeStateVector(ydoc)
    ydoc.getText("t").insert(0, "x")
    const update = Y.encodeStateAsUpdate(ydoc, before)
    return { kind: "entry" as const, entry: { stamp: { log, seq: 1 }, receivedAt: 1, principal: "ana", row: log, handOver: false, update } }
  })
  await relay.log.commit([{ type: "append", documentId: "home/many", items: items.slice(0, -10) }])
  await relay.log.commit([{ type: "append", documentId: "home/more", items }])
  expect((await ask(`${relay.url}/home/many`)).headers.get("polylogue-token")).not.toBeNull()
  const more = await ask(`${relay.url}/home/more`)
  expect([more.status, more.headers.get("polylogue-token")]).toEqual([200, null])
})

test("[PL69, I5] bytes on their way are bounded, for each principal and for all: who takes nothing keeps nobody else from reading", async () => {
  const update = new Uint8Array(MAX_SENDING_BYTES_OF_ONE)
  const vector = new Map([["00000000000000aa", 1]])
  const server = await served({
    waitFor: () => Promise.resolve(vector),
    bring: () => Promise.resolve(true),
    read: () => Promise.resolve({ vector, update }),
  })
  relays.push({ close: () => void (server.closeAllConnections(), server.close()) })
  const url = `${urlOf(server)}/home/a`
  const aborts: AbortController[] = []
  // One that nobody holds any more may be collected, and its connection with it.
  const idle: Response[] = []
  /** Asks, and takes nothing of the answer. */
  const hold = async (user: string): Promise<number> => {
    const abort = new AbortController()
    aborts.push(abort)
    const response = await fetch(url, { headers: { "x-user": user }, signal: abort.signal })
    idle.push(response)
    return response.status
  }
  expect(await hold("ana-0")).toBe(200)
  expect((await ask(url, { "x-user": "ana-0" })).body).toMatchObject({ error: "busy" })
  expect((await ask(url, { "x-user": "ana-1" })).bytes.length).toBe(update.length)
  for (let user = 1; user < MAX_SENDING_BYTES / MAX_SENDING_BYTES_OF_ONE; user++) expect(await hold(`ana-${user}`)).toBe(200)
  expect((await ask(url, { "x-user": "ana-9" })).body).toMatchObject({ error: "busy" })
  expect(idle.every(({ bodyUsed }) => !bodyUsed)).toBe(true)
  for (const abort of aborts) abort.abort()
  while ((await ask(url, { "x-user": "ana-9" })).status !== 200);
})

test("[PL66, I5] how long is waited is what wait says, up to a bound", async () => {
  const waited: number[] = []
  const vector = new Map([["00000000000000aa", 1]])
  const waitFor = (_id: string, _vector: unknown, deadlineMs: number): Promise<typeof vector> => {
    waited.push(deadlineMs)
    return Promise.resolve(vector)
  }
  const read = () => Promise.resolve({ vector, update: new Uint8Array(2) })
  const server = await served({ waitFor, bring: () => Promise.resolve(true), read })
  relays.push({ close: () => void (server.closeAllConnections(), server.close()) })
  for (const wait of ["", "&wait=0", "&wait=0.25", `&wait=${MAX_WAIT_S}`, `&wait=${MAX_WAIT_S + 1}`])
    expect((await ask(`${urlOf(server)}/home/a?at-least=${encodeSessionToken(new Map([["home/a", vector]]))}${wait}`)).status).toBe(200)
  expect(waited).toEqual([2_000, 0, 250, 30_000, 30_000])
})
