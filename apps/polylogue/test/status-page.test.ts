import { readFileSync, writeFileSync } from "node:fs"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { CODE_MEANINGS } from "@polylogue/protocol"
import { codeWords } from "../src/status-words.ts"
import { layoutOf } from "../status-page/src/topology-layout.ts"
import { type Topology, topologyOf } from "../status-page/src/topology.ts"
import { folder, polylogue, type Running, start } from "./program.ts"
import { FIXTURES, idOf, known, ownLink, statusOf } from "./status-fixtures.ts"

const data = folder()
let guarded: Running
let guardedUrl = ""
let tokens: Record<"operator" | "editor", string>
let hub: Running
let edge: Running
let hubUrl = ""
let edgeUrl = ""

const urlOf = async (running: Running): Promise<string> => (await running.firstLine).replace("polylogue ready ", "")

beforeAll(async () => {
  guarded = start(["relay", "--port", "0", "--data", data, "--auth", "token"])
  hub = start(["relay", "--port", "0", "--data", folder(), "--name", "hub"])
  ;[guardedUrl, hubUrl] = await Promise.all([urlOf(guarded), urlOf(hub)])
  edge = start(["relay", "--port", "0", "--data", folder(), "--name", "edge", "--peer", hubUrl.replace("http", "ws")])
  const token = async (...args: string[]): Promise<string> => (await polylogue("token", "--data", data, ...args)).stdout.trim()
  const [operator, editor] = await Promise.all([token("--user", "op", "--operator"), token("--user", "ana", "--role", "editor")])
  tokens = { operator, editor }
  edgeUrl = await urlOf(edge)
}, 60_000)

afterAll(async () => {
  for (const running of [guarded, hub, edge]) running.kill("SIGKILL")
  await Promise.all([guarded.ended, hub.ended, edge.ended])
})

/** What a busy machine takes. */
const eventually = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 30_000 })

const ask = (url: string, token?: string): Promise<Response> =>
  fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })

test("[PL85] the status is the operator's; its page holds nothing of the relay and is given to anybody", async () => {
  const answers = [undefined, "nonsense", tokens.editor, tokens.operator].map(
    async (token) => (await ask(`${guardedUrl}/status.json`, token)).status,
  )
  expect(await Promise.all(answers)).toEqual([401, 401, 403, 200])
  const [here, there] = await Promise.all([guardedUrl, edgeUrl].map(async (url) => (await ask(`${url}/status`)).text()))
  expect(here).toBe(there)
  expect((await fetch(`${guardedUrl}/status.json`, { method: "POST" })).status).toBe(405)
  expect((await fetch(`${guardedUrl}/status.json`, { headers: { origin: "https://elsewhere.example" } })).status).toBe(403)
})

test("[PL85] the page loads nothing from elsewhere, has nothing inline, and is framed by nobody", async () => {
  const page = await ask(`${edgeUrl}/status`)
  const text = await page.text()
  const policy = page.headers.get("content-security-policy")!
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/unsafe|https?:|\*/)
  expect(text).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=|https?:/)
  const loaded = [...text.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path]) => path!)
  const seen = new Set<string>()
  while (loaded.length > 0) {
    const path = loaded.pop()!
    if (seen.has(path)) continue
    seen.add(path)
    const answer = await ask(edgeUrl + path)
    expect([path, answer.status, answer.headers.get("x-content-type-options")]).toEqual([path, 200, "nosniff"])
    const script = await answer.text()
    expect(script).not.toMatch(/url\(|@import|innerHTML|\beval\b/)
    for (const [, module] of script.matchAll(/from "\.\/([^"]+)"/g)) loaded.push(`/status/${module!}`)
  }
  expect(seen.size).toBeGreaterThan(6)
  const tag = (await ask(`${edgeUrl}/status/main.js`)).headers.get("etag")!
  expect((await fetch(`${edgeUrl}/status/main.js`, { headers: { "if-none-match": tag } })).status).toBe(304)
  for (const path of ["/status/", "/status/main.ts", "/status/../main.js", "/status/nothing.js"])
    expect((await ask(edgeUrl + path)).status).toBe(404)
})

test("[PL89] links, lag, convergence and times are metrics, which name relays and nothing of people", async () => {
  const metric = async (url: string, name: string): Promise<string | undefined> =>
    (await (await ask(`${url}/metrics`)).text())
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1)
  await eventually(async () => expect(await metric(edgeUrl, 'polylogue_link_up{peer="hub"}')).toBe("1"))
  await eventually(async () => expect(await metric(hubUrl, 'polylogue_link_up{peer="edge"}')).toBe("1"))
  expect(await metric(edgeUrl, 'polylogue_links{state="down"}')).toBe("0")
  expect(await metric(edgeUrl, 'polylogue_link_documents_behind{peer="hub"}')).toBe("0")
  await eventually(async () => expect(await metric(edgeUrl, 'polylogue_fleet_relays{reached="yes"}')).toBe("2"))
  expect(await metric(edgeUrl, "polylogue_registers_authorities")).toBe("1")
  expect(await metric(edgeUrl, "polylogue_fleet_convergence_ratio")).toBe("1")
  await eventually(async () => expect(await metric(edgeUrl, "polylogue_heal_seconds_count")).toBe("1"))
  expect(await metric(edgeUrl, 'polylogue_heal_seconds_bucket{le="+Inf"}')).toBe("1")
  expect(await metric(edgeUrl, 'polylogue_visibility_seconds_bucket{le="0.005"}')).toBe("0")
})

test("[PL89] what was written at one relay is measured at the other", async () => {
  const status = async (url: string) => (await (await ask(`${url}/status.json`)).json()) as (typeof FIXTURES)[string]
  await eventually(async () =>
    expect((await status(edgeUrl)).links[0]).toMatchObject({ state: "up", clock: { errorMs: expect.any(Number) as number } }),
  )
  await eventually(async () =>
    expect((await status(edgeUrl)).relays[0]?.report).toMatchObject({ program: expect.stringMatching(/^polylogue \d/) as string }),
  )
  const source = `${folder()}/notes.txt`
  writeFileSync(source, "words")
  expect(await polylogue("source", "add", source, "--relay", hubUrl.replace("http", "ws"))).toMatchObject({ code: 0 })
  await eventually(async () => {
    const { visibility, convergence } = await status(edgeUrl)
    expect(visibility.count).toBeGreaterThan(0)
    expect(convergence.documents).toBeGreaterThan(0)
    expect(convergence.share).toBe(1)
  })
})

test("[PL86] the page's colours and sizes are those of the web app", () => {
  const declared = (text: string): Map<string, string> =>
    new Map([...text.matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, name, value]) => [name!, value!.replaceAll(/\s+/g, " ")]))
  const css = readFileSync(new URL("../status-page/status.css", import.meta.url), "utf8")
  const tokens = readFileSync(new URL("../../web/src/style/tokens.css", import.meta.url), "utf8")
  const [plain = "", more = ""] = tokens.split(':root[data-contrast="more"]')
  const [ours = "", oursMore = ""] = css.split("@media (prefers-contrast: more)")
  for (const [name, value] of declared(ours)) expect([name, value]).toEqual([name, declared(plain).get(name)])
  for (const [name, value] of declared(oursMore)) expect([name, value]).toEqual([name, declared(more.split("}")[0]!).get(name)])
  expect(declared(ours).size).toBeGreaterThan(15)
  const colours = css.slice(css.indexOf("body {")).match(/#[0-9a-f]{3,8}\b|oklch|rgb|hsl/g)
  expect(colours).toBeNull()
})

test("[PL87] relays stand where they stood, whatever order they are told in and whether links stand", () => {
  const frame = { width: 600, mostHeight: 340, marginX: 48, marginY: 44 }
  const topology = topologyOf(FIXTURES["five"]!)
  const { places, height } = layoutOf(topology, frame)
  const mixed: Topology = {
    relays: topology.relays.toReversed(),
    links: topology.links.toReversed().map((link) => ({ ...link, state: "down" })),
  }
  expect(layoutOf(mixed, frame).places).toEqual(places)
  expect(places.size).toBe(5)
  for (const { x, y } of places.values()) {
    expect(x).toBeGreaterThanOrEqual(48)
    expect(x).toBeLessThanOrEqual(552)
    expect(y).toBeGreaterThanOrEqual(44)
    expect(y).toBeLessThanOrEqual(height - 44)
  }
  const all = [...places.values()]
  for (const [index, { x, y }] of all.entries())
    for (const other of all.slice(index + 1)) expect(Math.hypot(x - other.x, y - other.y)).toBeGreaterThan(40)
})

test("[PL87] of as many relays as may be each has a place in the picture", () => {
  const relays = Array.from({ length: 256 }, (_, index) => ({
    relay: idOf(index),
    name: "",
    place: "reached" as const,
    authority: false,
    onDemand: false,
  }))
  const links = relays
    .slice(1)
    .map(({ relay }, index) => ({ from: idOf(Math.floor(index / 3)), to: relay, state: "up" as const, past: false }))
  const { places } = layoutOf({ relays, links }, { width: 358, mostHeight: 340, marginX: 48, marginY: 44 })
  expect(places.size).toBe(256)
  for (const { x, y } of places.values()) expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true)
})

test("[PL87] a link stands in the picture when neither end that is heard says otherwise", () => {
  const stateOf = (status: Parameters<typeof topologyOf>[0]) =>
    topologyOf(status).links.map(({ from, to, state, past }) => [from, to, state, past])
  expect(stateOf(FIXTURES["cut"]!)).toEqual([
    [idOf(0), idOf(1), "down", false],
    [idOf(0), idOf(4), "up", false],
    [idOf(1), idOf(2), "up", true],
  ])
  // The other end dialled, and has not come back: only what it said last speaks of the link.
  const lost = statusOf({ relays: [known(1, [0], { reached: false })] })
  expect(stateOf(lost)).toEqual([[idOf(0), idOf(1), "down", false]])
  // One end has noticed a cut, the other not yet.
  const half = statusOf({ links: [ownLink(1)], relays: [known(1, [0]), known(2, [1])] })
  const report = { ...half.relays[0]!.report!, links: half.relays[0]!.report!.links.map((link) => ({ ...link, state: "down" as const })) }
  expect(stateOf({ ...half, relays: [{ ...half.relays[0]!, report }, half.relays[1]!] })[0]).toEqual([idOf(0), idOf(1), "down", false])
})

test("[PL88] every code that can end a session is told with its meaning and what to do", () => {
  const ending = Object.entries(CODE_MEANINGS).filter(([, { scope }]) => scope === "session")
  const words = codeWords(Object.keys(CODE_MEANINGS))
  for (const [code, { meaning }] of ending) {
    expect(words[code]).toMatchObject({ meaning })
    expect(words[code]!.advice.length).toBeGreaterThan(10)
    expect(words[code]!.advice).not.toMatch(/!|oops/i)
  }
  // Where it is not tried again by itself, something has to be done.
  for (const code of ["forbidden", "unauthenticated", "unsupported-version", "same-relay", "bad-frame", "frame-too-large"])
    expect(words[code]!.advice).not.toContain("nothing has to be done")
  expect(codeWords(["", "odd", "constructor"])).toEqual({})
})
