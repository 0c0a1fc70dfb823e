import { expect, test, vi } from "vitest"
import { bytesOf, hashOf } from "./blob-kit.ts"
import { Device, filesWith } from "./devices.ts"
import { ATTACHMENT, BLOB, CONVERSATION, write } from "./erase-kit.ts"
import { addressOf, type LinkedProgram, relay, relayToken } from "./link-kit.ts"
import { polylogue } from "./program.ts"

const LARGE = bytesOf(1_500_000)
const pathOf = (bytes: Uint8Array): string => `/blobs/home/${hashOf(bytes)}`

async function put({ url }: LinkedProgram, body: Uint8Array<ArrayBuffer>): Promise<void> {
  expect((await fetch(url + pathOf(body), { method: "PUT", body })).status).toBe(201)
}

const isHere = async ({ url }: LinkedProgram, bytes: Uint8Array): Promise<boolean> =>
  (await fetch(url + pathOf(bytes), { method: "HEAD" })).status === 200
const linked = (one: LinkedProgram): Promise<void> => one.running.logged('"event":"link-up"')

test("[PL78] what a device brings to one relay another serves, also over one that holds nothing of it, and keeps", async () => {
  const hub = await relay()
  const middle = await relay(["--peer", addressOf(hub), "--mirror", "none"])
  const edge = await relay(["--peer", addressOf(middle), "--mirror", "none"])
  await Promise.all([linked(hub), linked(edge)])
  await put(hub, LARGE)
  const ranged = await fetch(edge.url + pathOf(LARGE), { headers: { Range: "bytes=1000000-1000009" } })
  expect([ranged.status, new Uint8Array(await ranged.arrayBuffer())]).toEqual([206, LARGE.subarray(1_000_000, 1_000_010)])
  expect([await isHere(edge, LARGE), await isHere(middle, LARGE)]).toEqual([true, false])
  expect((await fetch(edge.url + pathOf(bytesOf(9, 5)))).status).toBe(404)
  hub.running.kill("SIGKILL")
  await middle.running.logged('"event":"link-down"')
  expect((await fetch(edge.url + pathOf(LARGE))).status).toBe(200)
  // The middle knows that it does not reach everybody.
  const unreached = await fetch(middle.url + pathOf(bytesOf(9, 6)))
  expect([unreached.status, unreached.headers.get("Retry-After")]).toEqual([503, "5"])
})

test("[PL94] a relay that was dialled knows of the link that is cut: no attachment is not there for good, and its metric is 0, until the relay is forgotten", async () => {
  const hub = await relay()
  const edge = await relay(["--name", "edge", "--peer", addressOf(hub)])
  await Promise.all([linked(hub), linked(edge)])
  const metric = async (): Promise<string | undefined> =>
    /^polylogue_link_up\{peer="edge"\} (.*)$/m.exec(await (await fetch(`${hub.url}/metrics`)).text())?.[1]
  const unknown = hub.url + pathOf(bytesOf(9, 5))
  expect([(await fetch(unknown)).status, await metric()]).toEqual([404, "1"])
  edge.running.kill("SIGKILL")
  await hub.running.logged('"event":"link-down"')
  const cut = await fetch(unknown)
  expect([cut.status, cut.headers.get("Retry-After"), await metric()]).toEqual([503, "5", "0"])
  expect(await polylogue("peer", "forget", "edge", "--relay", addressOf(hub))).toMatchObject({ code: 0 })
  expect([(await fetch(unknown)).status, await metric()]).toEqual([404, undefined])
})

test("[PL79] relays that mirror bring what was there when they met and what comes, whoever dialled", async () => {
  const hub = await relay()
  const old = bytesOf(5_000, 2)
  await put(hub, old)
  const edge = await relay(["--peer", addressOf(hub)])
  await vi.waitFor(async () => expect(await isHere(edge, old)).toBe(true), { timeout: 10_000 })
  const fresh = bytesOf(5_000, 3)
  await put(edge, fresh)
  await vi.waitFor(async () => expect(await isHere(hub, fresh)).toBe(true), { timeout: 10_000 })
})

test("[PL79, I10] erasing at one relay takes the attachment from the files of the others, and none brings it back to another", async () => {
  const hub = await relay()
  const edge = await relay(["--peer", addressOf(hub)])
  await linked(hub)
  const device = new Device()
  const { secret } = await write(device, { url: hub.url, ws: addressOf(hub), end: () => Promise.resolve() })
  await device.close()
  await vi.waitFor(async () => expect(await isHere(edge, ATTACHMENT)).toBe(true), { timeout: 10_000 })
  const erased = await polylogue("erase", "--document", CONVERSATION, "--message", secret, "--relay", addressOf(hub), "--yes")
  expect(erased).toMatchObject({ code: 0 })
  await vi.waitFor(async () => expect((await fetch(edge.url + BLOB)).status).toBe(410), { timeout: 10_000 })
  expect([filesWith(hub.data, ATTACHMENT), filesWith(edge.data, ATTACHMENT)]).toEqual([[], []])
  expect((await fetch(edge.url + BLOB, { method: "PUT", body: ATTACHMENT })).status).toBe(410)
  const late = await relay(["--peer", addressOf(edge)])
  await linked(late)
  expect((await fetch(late.url + BLOB)).status).toBeGreaterThanOrEqual(404)
  expect(filesWith(late.data, ATTACHMENT)).toEqual([])
})

test("[PL78, I11] with tokens, who may not read a workspace has nothing fetched for them, and a relay's token fetches nothing over HTTP", async () => {
  const hub = await relay(["--auth", "token"])
  const edge = await relay(["--auth", "token", "--peer", addressOf(hub), "--peer-token", await relayToken(hub, "edge"), "--mirror", "none"])
  const token = async ({ data }: LinkedProgram, workspace: string): Promise<Record<string, string>> => {
    const { stdout } = await polylogue("token", "--data", data, "--user", "ana", "--workspace", workspace, "--role", "editor")
    return { Authorization: `Bearer ${stdout.trim()}` }
  }
  await linked(edge)
  const bytes = bytesOf(5_000, 4)
  expect((await fetch(hub.url + pathOf(bytes), { method: "PUT", body: bytes, headers: await token(hub, "home") })).status).toBe(201)
  const get = async (headers: Record<string, string>): Promise<number> => (await fetch(edge.url + pathOf(bytes), { headers })).status
  expect(await get({})).toBe(401)
  expect(await get(await token(edge, "homework"))).toBe(403)
  expect(await get({ Authorization: `Bearer ${await relayToken(edge, "other")}` })).toBe(403)
  expect(await get(await token(edge, "home"))).toBe(200)
})
