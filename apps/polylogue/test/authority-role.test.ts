import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { addressOf, journalOf, relay, relayToken } from "./link-kit.ts"
import { folder, polylogue, type Run } from "./program.ts"

const configuration = (settings: object): string => {
  const path = join(folder(), "polylogue.json")
  writeFileSync(path, JSON.stringify(settings))
  return path
}

/** Publishes in a folder that no relay uses. */
function publishIn(data: string): Promise<Run> {
  const path = join(folder(), "greeting.txt")
  writeFileSync(path, "Say hello.\n")
  return polylogue("prompt", "publish", path, "--name", "Hello", "--label", "production", "--data", data)
}

test("[PL90, PL91, I8] the first peer of two relays that both decide is added with a warning; the journal says that nothing is decided, until one is told that it does not", async () => {
  const [hub, late] = await Promise.all([relay(["--name", "hub"]), relay(["--name", "late"])])
  const add = await polylogue("peer", "add", addressOf(hub), "--data", late.data)
  expect(add).toMatchObject({ code: 0, stderr: expect.stringContaining('"authority": false') as string })
  expect((await polylogue("peer", "add", "ws://127.0.0.1:1", "--data", late.data)).stderr).toBe("")
  await hub.running.logged('"event":"authorities-torn"')
  const torn = (await journalOf(late, "authorities-torn")).find(({ event }) => event === "authorities-torn")
  expect(torn).toMatchObject({ level: "error", authorities: expect.stringMatching(/^[0-9a-f]{16}, [0-9a-f]{16}$/) as string })
  expect(torn!["advice"]).toContain('"authority": false')
  await hub.running.logged('"event":"authority-changed"')
  const again = await relay(["--name", "late", "--config", configuration({ authority: false })], late.data)
  expect(await journalOf(again, "authority-changed")).toContainEqual(
    expect.objectContaining({ event: "authority-changed", level: "info", standing: "away" }),
  )
})

test("[PL92, I8] a command on a folder publishes where its relay decided when it was linked, whatever its file of peers says, and nowhere else", async () => {
  const hub = await relay(["--name", "hub"])
  const edge = await relay(["--name", "edge", "--peer", addressOf(hub)])
  await Promise.all([hub, edge].map(({ running }) => running.logged('"event":"link-up"')))
  await Promise.all([journalOf(edge), journalOf(hub)])
  writeFileSync(join(hub.data, "peers"), "ws://127.0.0.1:1\n")
  expect(await publishIn(hub.data)).toMatchObject({ code: 0, stdout: expect.stringContaining("v1 as production") as string })
  expect(await publishIn(edge.data)).toMatchObject({ code: 1 })
  const fresh = folder()
  expect(await publishIn(fresh)).toMatchObject({ code: 0 })
  writeFileSync(join(fresh, "peers"), "ws://127.0.0.1:1\n")
  expect(await publishIn(fresh)).toMatchObject({ code: 1 })
})

test("[PL76] a relay that shows a token of another name than before is refused, which both journals say, until it is forgotten there", async () => {
  const hub = await relay(["--auth", "token"])
  const operator = (await polylogue("token", "--data", hub.data, "--user", "ops", "--operator")).stdout.trim()
  const data = folder()
  const dialAs = async (name: string): ReturnType<typeof relay> =>
    await relay(["--name", "edge", "--peer", addressOf(hub), "--peer-token", await relayToken(hub, name)], data)
  await journalOf(await dialAs("edge-1"), "link-up")
  await hub.running.logged('"event":"link-down"')
  const other = await dialAs("edge-2")
  await other.running.logged('"attempts":2')
  expect(await polylogue("peer", "forget", "edge", "--relay", hub.url, "--token", operator)).toMatchObject({ code: 0 })
  const said = await journalOf(other, "link-up")
  expect(said.find(({ event }) => event === "link-failed")).toMatchObject({
    code: 4403,
    reason: expect.stringContaining("has to be forgotten first") as string,
  })
  expect((await journalOf(hub)).filter(({ event }) => event === "relay-refused")).toMatchObject([
    { level: "warning", holder: "relay/edge-2", advice: expect.stringContaining("peer forget") as string },
  ])
})
