import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test, vi } from "vitest"
import type { Fields, Level } from "../src/journal.ts"
import type { LinkSettings } from "../src/link-settings.ts"
import { MAX_PEERS, parsePeers, withoutPeers, withPeers } from "../src/peers-file.ts"
import { parsePeerTokens, tokenFor } from "../src/peer-tokens.ts"
import { Peers } from "../src/peers.ts"
import { folder } from "./program.ts"

const SETTINGS: LinkSettings = {
  name: undefined,
  urls: [],
  mirror: [""],
  authority: undefined,
  replicas: 1,
  token: undefined,
  tokenFile: undefined,
}

interface Line {
  readonly event: string
  readonly fields: Fields
  readonly level: Level
}

function journal(): { readonly lines: Line[]; readonly tell: (event: string, fields?: Fields, level?: Level) => void } {
  const lines: Line[] = []
  return { lines, tell: (event, fields = {}, level = "info") => void lines.push({ event, fields, level }) }
}

const addresses = (count: number): string[] => Array.from({ length: count }, (_, index) => `ws://10.0.0.1:${index + 1}/sync`)

test("[PL74] a peers file names a relay a line, with remarks, each once; a line that is none is named", () => {
  expect(parsePeers("")).toEqual([])
  expect(parsePeers("# ours\n\nwss://hub.example   # Frankfurt\r\nhttp://10.0.0.7:4400/\n  wss://HUB.example/sync\n")).toEqual([
    "wss://hub.example/sync",
    "ws://10.0.0.7:4400/sync",
  ])
  for (const line of ["hub.example", "wss://hub.example wss://b.example", "wss://hub.example#x"])
    expect(() => parsePeers(`ws://a.example\n${line}\n`)).toThrow("line 2 is no address")
  expect(parsePeers(addresses(MAX_PEERS).join("\n"))).toHaveLength(MAX_PEERS)
  expect(() => parsePeers(addresses(MAX_PEERS + 1).join("\n"))).toThrow("it names 65 relays")
})

test("[PL74] what is added stands at the end, what is removed takes its line and its remark, and everything else stays as it was", () => {
  const text = "# ours\nwss://hub.example # Frankfurt\nws://b.example"
  const added = withPeers(text, ["ws://b.example/sync", "ws://c.example/sync"])
  expect(added).toBe(`${text}\nws://c.example/sync\n`)
  expect(withoutPeers(added, ["wss://hub.example/sync", "ws://b.example/sync"])).toBe("# ours\nws://c.example/sync\n")
})

test("[PL71] tokens for peers are one, or by address; what is neither is refused without being shown", () => {
  expect(tokenFor(parsePeerTokens(" abc.def \n"), "ws://a.example/sync")).toBe("abc.def")
  const byAddress = parsePeerTokens('{"wss://hub.example": "one", "ws://b.example/x/sync": "two"}')
  const shown = ["wss://hub.example/sync", "ws://b.example/x/sync", "ws://c.example/sync"].map((url) => tokenFor(byAddress, url))
  expect(shown).toEqual(["one", "two", undefined])
  for (const wrong of [
    "",
    "secret words",
    '{"secret',
    '{"hub": "secret"}',
    '{"ws://a.example": "secret words"}',
    '{"ws://a.example": 1}',
    "x".repeat(4097),
  ]) {
    expect(() => parsePeerTokens(wrong)).toThrow(TypeError)
    expect(() => parsePeerTokens(wrong)).not.toThrow(/secret|xxx/)
  }
})

test("[PL71, PL74] flags and file are dialled together, with the token of each; what changes counts within a second, and what cannot be read changes nothing", () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance", "Date"] })
  try {
    const data = folder()
    const tokenFile = join(data, "token")
    const { lines, tell } = journal()
    writeFileSync(tokenFile, "first")
    writeFileSync(join(data, "peers"), "ws://b.example\nws://a.example\n")
    const peers = new Peers(data, { ...SETTINGS, urls: ["ws://a.example/sync"], tokenFile }, tell)
    expect(peers.all).toEqual([
      { url: "ws://a.example/sync", token: "first" },
      { url: "ws://b.example/sync", token: "first" },
    ])
    const told: unknown[] = []
    peers.watch((now) => told.push(now))
    const later = (): unknown => vi.advanceTimersByTime(2_000)
    later()
    expect(told).toEqual([])
    writeFileSync(join(data, "peers"), "wss://c.example\n")
    writeFileSync(tokenFile, '{"wss://c.example": "second"}')
    later()
    expect(told.splice(0)).toEqual([[{ url: "ws://a.example/sync" }, { url: "wss://c.example/sync", token: "second" }]])
    writeFileSync(join(data, "peers"), "nonsense\n")
    later()
    later()
    expect(told).toEqual([])
    expect(lines.filter(({ level }) => level === "error")).toMatchObject([
      { event: "peers-file-failed", fields: { error: expect.stringContaining("line 1") as string } },
    ])
    expect(JSON.stringify(lines)).not.toMatch(/first|second/)
    peers.close()
  } finally {
    vi.useRealTimers()
  }
})

test("[PL74] of flags and file together the first 64 are dialled, and the journal says that some are not", () => {
  const data = folder()
  const { lines, tell } = journal()
  writeFileSync(join(data, "peers"), addresses(MAX_PEERS).join("\n"))
  const dialled = (urls: readonly string[]): string[] => {
    const peers = new Peers(data, { ...SETTINGS, urls }, tell)
    peers.watch(() => undefined)
    peers.close()
    return peers.all.map(({ url }) => url)
  }
  expect(dialled(addresses(2))).toEqual(addresses(MAX_PEERS))
  expect(lines).toEqual([])
  expect(dialled(["ws://a.example/sync"])).toEqual(["ws://a.example/sync", ...addresses(MAX_PEERS - 1)])
  expect(lines).toMatchObject([{ event: "peers-too-many", level: "warning", fields: { peers: MAX_PEERS, left: 1 } }])
})

test("[PL71] who sends a token over a network that others may hear is told so once", () => {
  const { lines, tell } = journal()
  const urls = ["ws://127.0.0.1:1/sync", "ws://[::1]:1/sync", "wss://hub.example/sync", "ws://10.0.0.7:4400/sync"]
  const peers = new Peers(folder(), { ...SETTINGS, urls, token: "secret" }, tell)
  peers.watch(() => undefined)
  peers.close()
  expect(lines.map(({ event, fields, level }) => [event, fields["peer"], level])).toEqual([
    ["peer-not-encrypted", "10.0.0.7:4400", "warning"],
  ])
  expect(JSON.stringify(lines)).not.toContain("secret")
})

test("[PL71, PL74] a start with files that cannot be used is refused and says which", () => {
  const data = folder()
  expect(() => new Peers(data, { ...SETTINGS, tokenFile: join(data, "none") }, () => undefined)).toThrow(
    "none cannot be used: there is no such file",
  )
  writeFileSync(join(data, "peers"), "nonsense")
  expect(() => new Peers(data, SETTINGS, () => undefined)).toThrow("peers cannot be used: line 1")
})
