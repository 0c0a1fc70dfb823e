import { afterEach, expect, test, vi } from "vitest"
import { promptDocumentId } from "@polylogue/conversation"
import { MAX_AT_ONCE } from "../src/at-once.ts"
import { type PromptJob, type PromptJobResults, runPromptJob } from "../src/prompt-job.ts"
import { MAX_DOCUMENT_BYTES, MAX_WAITING, PromptShelf } from "../src/prompt-shelf.ts"
import { PromptRelay } from "./prompt-kit.ts"

const relays: PromptRelay[] = []
afterEach(() => {
  for (const relay of relays.splice(0)) relay.close()
})

async function opened(): Promise<PromptRelay> {
  const relay = new PromptRelay()
  relays.push(relay)
  await relay.log.open()
  return relay
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) }
}

const slot = (text: string): { id: string; role: string; text: string } => ({ id: "s1", role: "system", text })

test("[PL45] a published version is answered by label and by number, as Langfuse writes it, with when that was so", async () => {
  const relay = await opened()
  const first = await relay.publish("p1", "Greeting", { slots: [slot("Hello.")] }, "staging")
  const second = await relay.publish(
    "p1",
    "Greeting",
    {
      slots: [slot("Hello {{name}}."), { id: "s2", role: "placeholder", name: "history", text: "" }],
      variables: { name: { type: "text", default: "you" } },
      config: { model: "tide-2" },
    },
    "production",
  )
  await relay.tag({ p1: ["mail", "de"], p2: ["other"] })
  const url = await relay.serve()
  const { status, headers, body } = await ask(`${url}/Greeting`)
  expect(status).toBe(200)
  expect(body).toEqual({
    name: "Greeting",
    type: "chat",
    prompt: [
      { role: "system", content: "Hello {{name}}." },
      { type: "placeholder", name: "history" },
    ],
    config: { model: "tide-2" },
    variables: { name: { type: "text", default: "you" } },
    labels: ["production", "latest"],
    tags: ["de", "mail"],
    version: 2,
    id: second,
    promptId: "p1",
    commitMessage: "for production",
    createdAt: new Date(1_780_000_000_000).toISOString(),
    createdBy: "Ana",
    author: { id: "ana", kind: "person", name: "Ana" },
    asOf: new Date(1_780_000_000_000).toISOString(),
  })
  expect(headers.get("cache-control")).toBe("no-cache")
  expect(headers.get("content-type")).toBe("application/json; charset=utf-8")
  expect((await ask(`${url}/Greeting?label=staging`)).body).toMatchObject({ id: first, version: 1, labels: ["staging"] })
  expect((await ask(`${url}/Greeting?version=1`)).body).toMatchObject({ id: first })
  expect((await ask(`${url}/Greeting?label=latest&workspace=home`)).body).toMatchObject({ id: second })
  const text = await relay.publish("p3", "Plain", { kind: "text", slots: [slot("Just this.")] }, "production")
  expect((await ask(`${url}/Plain`)).body).toMatchObject({ id: text, type: "text", prompt: "Just this." })
})

test("[PL45] what has not changed is not sent again; HEAD says all but the prompt", async () => {
  const relay = await opened()
  await relay.publish("p1", "Greeting", { slots: [slot("Hello.")] }, "production")
  const url = await relay.serve()
  const { headers } = await ask(`${url}/Greeting`)
  const etag = headers.get("etag") ?? ""
  expect(etag).toMatch(/^W\/"[0-9a-f]{32}"$/)
  for (const given of [etag, `"x", ${etag.slice(2)}`, "*"])
    expect(await ask(`${url}/Greeting`, { headers: { "If-None-Match": given } })).toMatchObject({ status: 304, body: {} })
  const head = await ask(`${url}/Greeting`, { method: "HEAD" })
  expect([head.status, head.headers.get("etag"), head.body]).toEqual([200, etag, {}])
  await relay.publish("p1", "Greeting", { slots: [slot("Hello again.")] }, "production")
  expect(await ask(`${url}/Greeting`, { headers: { "If-None-Match": etag } })).toMatchObject({ status: 200, body: { version: 2 } })
  // Read once for each state of the document, whatever is asked.
  await Promise.all(Array.from({ length: 10 }, () => ask(`${url}/Greeting`)))
  expect(relay.jobs.filter((kind) => kind === "prompt")).toHaveLength(2)
})

test("[PL45] names of any script, with spaces and slashes, escaped or not; a label or version that is not there says which are", async () => {
  const relay = await opened()
  const names = ["support/réponse brève", "担任船长", "سفينة", "50% & more? #1"]
  for (const [index, name] of names.entries()) await relay.publish(`p${index}`, name, { slots: [slot(name)] }, "production")
  const url = await relay.serve()
  for (const name of names) {
    expect((await ask(`${url}/${encodeURIComponent(name)}`)).body).toMatchObject({ name, version: 1 })
    expect((await ask(`${url}/${name.split("/").map(encodeURIComponent).join("/")}`)).status).toBe(200)
  }
  // One name however it was composed.
  expect((await ask(`${url}/${encodeURIComponent("support/réponse brève".normalize("NFD"))}`)).status).toBe(200)
  expect(await ask(`${url}/${encodeURIComponent(names[1]!)}?label=staging`)).toMatchObject({
    status: 404,
    body: { error: "no-label", labels: ["production"], versions: 1 },
  })
  expect(await ask(`${url}/${encodeURIComponent(names[1]!)}?version=2`)).toMatchObject({
    status: 404,
    body: { error: "no-version", versions: 1 },
  })
  for (const query of ["label=Production", "version=0", "version=1.5", "label=a&version=1", "workspace=a/b", "lable=staging"])
    expect(await ask(`${url}/x?${query}`)).toMatchObject({ status: 400, body: { error: "bad-request" } })
  expect((await ask(`${url}/x?workspace=elsewhere`)).status).toBe(403)
})

test("[PL46, I11] of a prompt that may not be read nothing is said that is not said of none", async () => {
  const relay = await opened()
  await relay.publish("p1", "Open", { slots: [slot("Hello.")] }, "production")
  await relay.publish("p2", "Hidden", { slots: [slot("Secret.")] }, "production")
  const url = await relay.serve([promptDocumentId("home", "p1")])
  const answers = await Promise.all(["Hidden", "None at all"].map((name) => ask(`${url}/${name}?label=staging`)))
  expect(answers[0]).toMatchObject({ status: 404, body: { error: "not-found" } })
  expect(answers[1]?.body).toEqual(answers[0]?.body)
  expect([...answers[1]!.headers.keys()]).toEqual([...answers[0]!.headers.keys()])
  expect((await ask(url)).body).toMatchObject({ data: [{ name: "Open" }], meta: { totalItems: 1 } })
  // Who may read nothing there is told so before anything is looked up.
  relay.close()
  const elsewhere = await relay.serve(["homework"])
  for (const path of ["", "/Open", "/None"])
    expect(await ask(elsewhere + path)).toMatchObject({ status: 403, body: { error: "forbidden" } })
  expect(relay.jobs.filter((kind) => kind === "prompt")).toEqual([])
})

test("[PL46, I11] tags stand in the workspace's index, and are told to nobody who may not read that", async () => {
  const relay = await opened()
  await relay.publish("p1", "Open", { slots: [slot("Hello.")] }, "production")
  await relay.tag({ p1: ["told to members"] })
  const member = await relay.serve()
  expect((await ask(`${member}/Open`)).body).toMatchObject({ tags: ["told to members"] })
  relay.close()
  const guest = await relay.serve([promptDocumentId("home", "p1")])
  expect((await ask(`${guest}/Open`)).body).toMatchObject({ version: 1, tags: [] })
  expect((await ask(guest)).body).toMatchObject({ data: [{ name: "Open", tags: [] }] })
  expect(relay.jobs.filter((kind) => kind === "tags")).toHaveLength(1)
})

test("[PL45] the list says what there is, page by page, by name", async () => {
  const relay = await opened()
  for (const name of ["c", "a", "b"]) await relay.publish(`p-${name}`, name, { slots: [slot(name)] }, "production")
  await relay.publish("p-a", "a", { slots: [slot("again")] }, "staging")
  await relay.tag({ "p-a": ["x"] })
  const url = await relay.serve()
  const { body } = await ask(`${url}?limit=2`)
  expect(body).toEqual({
    data: [
      { name: "a", promptId: "p-a", labels: ["production", "staging"], versions: [1, 2], tags: ["x"] },
      { name: "b", promptId: "p-b", labels: ["production"], versions: [1], tags: [] },
    ],
    meta: { page: 1, limit: 2, totalItems: 3, totalPages: 2 },
    asOf: expect.any(String) as string,
  })
  expect((await ask(`${url}/?limit=2&page=2`)).body).toMatchObject({ data: [{ name: "c" }] })
  for (const query of ["limit=101", "limit=0", "page=0", "page=x"]) expect((await ask(`${url}?${query}`)).status).toBe(400)
})

test("[PL47, I7] a document that is poison, or too large, or lacks the version, is answered with why, and stops no other", async () => {
  const relay = await opened()
  await relay.publish("good", "Good", { slots: [slot("Hello.")] }, "production")
  await relay.publish("poison", "Poison", { slots: [slot("x")] }, "production")
  await relay.append(promptDocumentId("home", "poison"), Uint8Array.of(1, 255, 255, 255))
  await relay.publish("large", "Large", { slots: [slot("x")] }, "production")
  await relay.append(promptDocumentId("home", "large"), new Uint8Array(MAX_DOCUMENT_BYTES))
  await relay.publish("gone", "Gone", { slots: [slot("x")] }, "production")
  relay.values.set("home/prompt/gone#label/production", "A".repeat(43))
  relay.values.set("home/index#prompt-name/bad", "../../etc")
  const url = await relay.serve()
  expect(await ask(`${url}/Poison`)).toMatchObject({ status: 503, body: { error: "unreadable" } })
  expect(await ask(`${url}/Large`)).toMatchObject({ status: 503, body: { error: "too-large" } })
  expect(await ask(`${url}/Gone`)).toMatchObject({ status: 503, body: { error: "missing" } })
  expect(await ask(`${url}/bad`)).toMatchObject({ status: 404, body: { error: "not-found" } })
  expect((await ask(`${url}/Good`)).status).toBe(200)
  expect(relay.failures).toEqual(["home/prompt/poison"])
  // What cannot be read is not tried again before it changes.
  expect((await ask(`${url}/Poison`)).status).toBe(503)
  expect(relay.failures).toHaveLength(1)
})

test("[PL47, I5] as many requests of one principal as the bound are answered, and one more is told to come again", async () => {
  const relay = await opened()
  await relay.publish("p1", "Greeting", { slots: [slot("Hello.")] }, "production")
  const url = await relay.serve()
  let open = (): void => undefined
  relay.gate = new Promise((resolve) => {
    open = resolve
  })
  const asked = Array.from({ length: MAX_AT_ONCE + 1 }, () => ask(`${url}/Greeting`))
  // All the others wait for the document.
  const refused = await Promise.race(asked)
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "2"])
  open()
  expect((await Promise.all(asked)).map(({ status }) => status).filter((status) => status !== 200)).toEqual([429])
  expect((await ask(`${url}/Greeting`)).status).toBe(200)
})

test("[PL47, I5] as many documents as the bound wait to be read, and one more is told to come again", async () => {
  const relay = await opened()
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const shelf = new PromptShelf({
    log: relay.log,
    run: async <J extends PromptJob>(job: J) => {
      await gate
      return runPromptJob(job) as PromptJobResults[J["kind"]]
    },
    now: () => 0,
    failed: () => undefined,
  })
  const reading = Array.from({ length: MAX_WAITING }, (_, index) => shelf.prompt(`home/prompt/${index}`))
  await new Promise((resolve) => setImmediate(resolve))
  expect(await shelf.prompt("home/prompt/one-more")).toBe("busy")
  open()
  expect((await Promise.all(reading)).every((digest) => typeof digest !== "string")).toBe(true)
  expect(typeof (await shelf.prompt("home/prompt/one-more"))).not.toBe("string")
})

test("[PL47, I5] of the documents that wait one at a time is read from the disk, and a content that many versions say is kept once", async () => {
  const relay = await opened()
  const text = "x".repeat(100_000)
  for (let round = 0; round < 20; round++)
    for (const say of [text, "y"]) await relay.publish("p1", "Greeting", { slots: [slot(say)] }, "production")
  const read = vi.spyOn(relay.log, "read")
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  let answered = 0
  const shelf = new PromptShelf({
    log: relay.log,
    run: async <J extends PromptJob>(job: J) => {
      await gate
      const result = runPromptJob(job) as PromptJobResults[J["kind"]]
      answered += JSON.stringify(result, (_key, value: unknown) => (value instanceof Map ? [...value] : value)).length
      return result
    },
    now: () => 0,
    failed: () => undefined,
  })
  const reading = [promptDocumentId("home", "p1"), "home/prompt/2", "home/prompt/3"].map((id) => shelf.prompt(id))
  await new Promise((resolve) => setImmediate(resolve))
  expect(new Set(read.mock.calls.map(([documentId]) => documentId))).toEqual(new Set([promptDocumentId("home", "p1")]))
  open()
  const [digest] = await Promise.all(reading)
  expect(typeof digest === "object" && digest.versions.size).toBe(40)
  expect(answered).toBeLessThan(2 * text.length)
})

test("[PL47] when the store does not say what the registers hold, that is the answer", async () => {
  const relay = await opened()
  const url = await relay.serve()
  relay.registers.get = () => Promise.reject(Object.assign(new Error("the store fails"), { code: "unavailable" }))
  expect(await ask(`${url}/Greeting`)).toMatchObject({
    status: 503,
    body: { error: "unavailable", message: expect.stringContaining("not reached") },
  })
})
