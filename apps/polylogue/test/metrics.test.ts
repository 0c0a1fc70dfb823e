import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { folder, polylogue, type Running, start } from "./program.ts"

const data = folder()
const SECRET = "lavender-marzipan"
let running: Running
let url = ""
let operator = ""
let editor = ""

beforeAll(async () => {
  running = start(["relay", "--port", "0", "--data", data, "--auth", "token", "--log", "debug", "--origin", "https://pages.example"])
  url = (await running.firstLine).replace("polylogue ready ", "")
  const token = async (...args: string[]): Promise<string> => (await polylogue("token", "--data", data, ...args)).stdout.trim()
  operator = await token("--user", "op", "--operator")
  editor = await token("--user", "ana", "--role", "editor")
  const file = join(folder(), "chat.jsonl")
  writeFileSync(file, `${JSON.stringify({ title: SECRET, messages: [{ role: "user", content: SECRET }] })}\n`)
  const imported = await polylogue("import", file, "--relay", url.replace("http", "ws"), "--token", editor)
  expect(imported).toMatchObject({ code: 0 })
})

afterAll(async () => {
  running.kill("SIGKILL")
  await running.ended
})

const ask = (path: string, token?: string, init: { method?: string; headers?: Record<string, string> } = {}): Promise<Response> =>
  fetch(url + path, { ...init, headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } })

test("[PL13] metrics are the operator's", async () => {
  const answers = await Promise.all([undefined, "nonsense", editor, operator].map(async (token) => (await ask("/metrics", token)).status))
  expect(answers).toEqual([401, 401, 403, 200])
  expect((await ask("/metrics")).headers.get("www-authenticate")).toContain("Bearer")
  expect((await ask("/metrics", operator, { method: "POST" })).status).toBe(405)
  for (const path of ["/healthz", "/readyz"]) expect((await ask(path)).status).toBe(200)
})

test("[PL13] metrics count what was acknowledged, and name no document, user or workspace", async () => {
  let text = ""
  const value = (name: string): number =>
    Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length + 1),
    )
  // The importer has ended; the relay may still have to hear of it.
  await vi.waitFor(async () => {
    text = await (await ask("/metrics", operator)).text()
    expect(value("polylogue_relay_sessions")).toBe(0)
  })
  expect(value('polylogue_rows_acknowledged_total{level="stored"}')).toBeGreaterThan(0)
  expect(value("polylogue_relay_rows_appended_total")).toBe(value('polylogue_rows_acknowledged_total{level="stored"}'))
  expect(value("polylogue_commit_lag_seconds_count")).toBeGreaterThan(0)
  expect(value('polylogue_journal_events_total{event="session-opened",level="debug"}')).toBe(1)
  for (const name of [
    "relay_store_failing",
    "relay_queued_bytes",
    "relay_erasures_pending",
    "sockets_unauthenticated",
    "blob_bytes",
    "blobs",
  ])
    expect([name, value(`polylogue_${name}`)]).toEqual([name, 0])
  for (const name of ["compaction_seconds_count", "document_bytes_count"])
    expect([name, value(`polylogue_${name}`)]).toEqual([name, expect.any(Number)])
  expect(value("nodejs_eventloop_lag_seconds")).toBeGreaterThanOrEqual(0)
  expect(value("nodejs_heap_size_used_bytes")).toBeGreaterThan(0)
  expect(text).not.toMatch(/home|conv\/|"ana"/)
})

test("[PL13] pages of a named origin may ask with a token, and read; others may not", async () => {
  const page = { origin: "https://pages.example" }
  const preflight = await ask("/metrics", undefined, { method: "OPTIONS", headers: { ...page, "access-control-request-method": "GET" } })
  expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, page.origin])
  expect(preflight.headers.get("access-control-allow-headers")).toContain("Authorization")
  expect((await ask("/metrics", operator, { headers: page })).headers.get("access-control-allow-origin")).toBe(page.origin)
  const other = { origin: "https://elsewhere.example" }
  expect((await ask("/metrics", operator, { headers: other })).status).toBe(403)
  expect((await ask("/healthz", undefined, { headers: other })).headers.get("access-control-allow-origin")).toBeNull()
})

test("[PL14] what is logged is JSON by the line, without words of people or tokens", async () => {
  const wrong = `${editor.slice(0, -6)}AAAAAA`
  await ask("/metrics", wrong)
  await ask(`/nothing?token=${editor}`)
  await fetch(`${url}/sync`, { headers: { authorization: `Bearer ${wrong}` } })
  running.kill("SIGTERM")
  const { stderr, code } = await running.ended
  expect(code).toBe(0)
  const events = stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  for (const event of events)
    expect(event).toMatchObject({
      time: expect.any(String) as string,
      level: expect.any(String) as string,
      event: expect.any(String) as string,
    })
  expect(events.map(({ event }) => event)).toEqual(
    expect.arrayContaining(["session-opened", "committed", "session-closed", "draining", "stopped"]),
  )
  for (const secret of [SECRET, editor, wrong, operator, editor.split(".")[2]!]) expect(stderr).not.toContain(secret)
})
