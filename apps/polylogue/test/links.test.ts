import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import type { ReplicaDocument } from "@polylogue/replica"
import { Device, when } from "./devices.ts"
import { commandIn } from "../src/commands.ts"
import { parseCall } from "../src/flags.ts"
import { fleetEndpoint } from "../src/fleet-endpoint.ts"
import { addressOf, journalOf, type LinkedProgram, relay, relayToken } from "./link-kit.ts"
import { folder, polylogue } from "./program.ts"

const DOCUMENT = "home/conv/1"

const textOf = ({ ydoc }: ReplicaDocument): string => ydoc.getText("t").toJSON()

/** Resolves once what a device writes at one relay is read at another. */
async function reaches(from: LinkedProgram, to: LinkedProgram, text: string): Promise<void> {
  const [writer, reader] = [new Device(), new Device()]
  const [written, read] = [await writer.open(DOCUMENT, [from.url]), await reader.open(DOCUMENT, [to.url])]
  written.ydoc.getText("t").insert(0, text)
  await when(read, () => textOf(read).includes(text))
  await Promise.all([writer.close(), reader.close()])
}

test("[PL73] without tokens a relay on this machine is taken as one, and what is written at either is read at the other", async () => {
  const hub = await relay(["--name", "hub"])
  const edge = await relay(["--peer", addressOf(hub), "--name", "edge"])
  await reaches(edge, hub, "from the edge")
  await reaches(hub, edge, "from the hub")
  const [hubs, edges] = await Promise.all([journalOf(hub), journalOf(edge)])
  expect(hubs).toContainEqual(expect.objectContaining({ event: "link-up", level: "info", name: "edge" }))
  expect(edges).toContainEqual(expect.objectContaining({ event: "link-up", level: "info", name: "hub", url: `${addressOf(hub)}/sync` }))
})

test("[PL72, PL77] with tokens a link takes a relay's: no token, a user's and a revoked one are refused, and the journal says why without a flood", async () => {
  const hub = await relay(["--auth", "token"])
  const ana = (await polylogue("token", "--data", hub.data, "--user", "ana", "--role", "owner")).stdout.trim()
  const token = await relayToken(hub, "edge-1")
  const tokenFile = join(folder(), "token")
  writeFileSync(tokenFile, token)
  const peer = ["--peer", addressOf(hub)]
  const [bare, posing, edge] = await Promise.all([
    relay(peer),
    relay([...peer, "--peer-token", ana]),
    relay([...peer, "--peer-token-file", tokenFile]),
  ])
  // The hub's users are not the edge's: it asks for no tokens here.
  const [writer, reader] = [new Device(), new Device()]
  const written = await writer.open(DOCUMENT, [hub.url], ana)
  const read = await reader.open(DOCUMENT, [edge.url])
  written.ydoc.getText("t").insert(0, "one")
  await when(read, () => textOf(read).includes("one"))
  read.ydoc.getText("t").insert(0, "two")
  await when(written, () => textOf(written).includes("two"))

  expect((await polylogue("token", "--data", hub.data, "--revoke-user", "relay/edge-1")).code).toBe(0)
  const ended = await journalOf(edge, "link-down")
  await Promise.all([writer.close(), reader.close()])
  expect(ended).toContainEqual(expect.objectContaining({ event: "link-down", code: 4401 }))
  expect((await fetch(`${bare.url}/readyz`)).status).toBe(200)
  for (const one of [bare, posing]) await one.running.logged('"attempts":2')
  for (const [one, code] of [
    [bare, 4401],
    [posing, 4403],
  ] as const) {
    const failed = (await journalOf(one)).filter(({ event }) => event === "link-failed")
    expect(failed[0]).toMatchObject({ level: "warning", attempts: 1, code, url: `${addressOf(hub)}/sync` })
    expect(failed.map(({ attempts }) => attempts)).toEqual(failed.map((_, index) => 2 ** index))
    expect(JSON.stringify(failed)).not.toContain(ana.slice(-20))
  }
})

test("[PL74, PL75] relays join and leave while they run: by the file of peers, which the command changes and lists", async () => {
  const [hub, edge] = await Promise.all([relay(["--name", "hub"]), relay()])
  const address = addressOf(hub)
  const add = await polylogue("peer", "add", address, "--data", edge.data)
  expect(add).toMatchObject({ code: 0, stdout: `added    ${address}/sync\n` })
  await reaches(hub, edge, "joined")
  expect((await polylogue("peer", "list", "--data", edge.data)).stdout).toBe(`${address}/sync\n`)
  expect((await polylogue("peer", "add", `${address}/`, "--data", edge.data)).stdout).toBe(`known    ${address}/sync\n`)
  expect(await polylogue("peer", "remove", address, "--data", edge.data)).toMatchObject({ code: 0, stdout: `removed  ${address}/sync\n` })
  expect(await journalOf(edge, "link-down")).toContainEqual(expect.objectContaining({ event: "peers-changed", peers: 0 }))
})

test.each([
  [["add"], "Name the addresses"],
  [["add", "hub.example"], "is no address of a relay"],
  [["remove", "ws://hub.example"], "does not name ws://hub.example/sync"],
  [["forget"], "Name one relay"],
  [["forget", "a", "b"], "Name one relay"],
])("[PL74] peer %j is refused with why, and changes nothing", async (args, message) => {
  const data = folder()
  mkdirSync(join(data, "store"))
  const { command, rest } = commandIn(["peer", ...args, "--data", data])!
  await expect(command.run(parseCall(rest, command.flags, {}))).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining(message) as string,
  })
  expect(readdirSync(data)).toEqual(["store"])
})

test("[PL76] a relay that is gone for good is forgotten by its name or id, at running relays and in folders; one that is linked is not", async () => {
  const hub = await relay(["--name", "hub"])
  const edge = await relay(["--name", "edge", "--peer", addressOf(hub)])
  await hub.running.logged('"event":"link-up"')
  const known = async (): Promise<Record<string, unknown>[]> =>
    ((await (await fetch(`${hub.url}/api/relays`)).json()) as { relays: Record<string, unknown>[] }).relays
  expect(await known()).toMatchObject([{ name: "edge", linked: true }])
  const forget = (asked: string, ...args: readonly string[]): ReturnType<typeof polylogue> => polylogue("peer", "forget", asked, ...args)
  expect(await forget("edge", "--relay", hub.url)).toMatchObject({ code: 1, stderr: expect.stringContaining("It is linked") as string })
  await journalOf(edge)
  await hub.running.logged('"event":"link-down"')
  const [{ relay: id }] = (await known()) as [{ relay: string }]
  expect(await forget("edge", "--relay", hub.url)).toMatchObject({ code: 0, stdout: `forgotten  edge (${id}) at ${hub.url}\n` })
  expect(await known()).toEqual([])
  expect(await forget(id, "--relay", hub.url)).toMatchObject({ code: 1, stderr: expect.stringContaining("No relay is known as") as string })
  expect(await forget("hub", "--data", edge.data)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^forgotten {2}hub \([0-9a-f]{16}\)\n$/) as string,
  })
  expect(await forget("hub", "--data", edge.data)).toMatchObject({ code: 1 })
})

test("[PL76] of several relays with one name none is forgotten by it, and only the operator may ask", async () => {
  const forgotten: string[] = []
  const fleet = {
    links: () => [],
    knownRelays: () =>
      new Map([
        ["a".repeat(16), "edge"],
        ["b".repeat(16), "edge"],
        ["c".repeat(16), "hub"],
      ]),
    forget: (one: string) => forgotten.push(one) > 0,
  }
  const endpoint = fleetEndpoint(fleet)
  expect([endpoint.access, endpoint.matches("/api/relays"), endpoint.matches("/api/relaysx")]).toEqual(["operator", true, false])
  const ask = (method: string, path: string): number => {
    let status = 0
    const response = { writeHead: (given: number) => ((status = given), { end: () => undefined }) }
    void endpoint.answer({ request: { method }, response, path } as never)
    return status
  }
  const asked = [
    ["DELETE", "/edge"],
    ["DELETE", "/nobody"],
    ["DELETE", ""],
    ["GET", "/hub"],
    ["DELETE", "/hub"],
    ["DELETE", `/${"a".repeat(16)}`],
    ["GET", ""],
  ] as const
  expect(asked.map(([method, path]) => ask(method, `/api/relays${path}`))).toEqual([409, 404, 404, 404, 200, 200, 200])
  expect(forgotten).toEqual(["c".repeat(16), "a".repeat(16)])
})
