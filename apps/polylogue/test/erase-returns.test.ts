import { cpSync, existsSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { hashOf } from "./blob-kit.ts"
import { conversationOf, Device, filesWith, hoarder, synced, textsOf, when } from "./devices.ts"
import { ATTACHMENT, BLOB, CONVERSATION, relayOn, SECRET, write } from "./erase-kit.ts"
import { folder, polylogue } from "./program.ts"

/** Waits until something outside of this process holds; the test's own time is the limit. */
async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20)
}

test("[PL24, I10] what was erased is in no file, and nobody brings it back; what else they bring is kept", async () => {
  const data = folder()
  let relay = await relayOn(data)
  const device = new Device()
  const { kept, secret } = await write(device, relay)
  await device.close()
  // A backup of the relay, a device whose profile will be restored, one that is cut off, and a stranger that forgets nothing.
  await relay.end()
  const backup = folder()
  cpSync(data, backup, { recursive: true })
  const old = device.clone()
  const cut = device.clone()
  relay = await relayOn(data)
  const stranger = hoarder(relay.url, CONVERSATION)
  await new Promise<void>((resolve) => {
    stranger.provider.on("sync", (synced: boolean) => synced && resolve())
  })
  stranger.provider.disconnect()
  expect(JSON.stringify(stranger.ydoc.getMap("messages"))).toContain(SECRET)
  stranger.ydoc.getText("strange").insert(0, "a stranger's words")
  const offline = await cut.open(CONVERSATION)
  const answer = conversationOf(offline).send({ text: "written on the train", parentId: secret })
  const words = offline.ydoc.getMap<Y.Map<unknown>>("messages").get(secret)!
  const [part] = (words.get("parts") as Y.Array<Y.Map<unknown>>).toArray()
  ;(part!.get("text") as Y.Text).insert(7, " OFFLINE ")
  await offline.whenDurable("local")
  await cut.close()

  for (const place of [data, backup, old.store, cut.store]) expect(filesWith(place, SECRET).length, place).toBeGreaterThan(0)
  expect(filesWith(data, ATTACHMENT)).toHaveLength(1)
  const run = await polylogue("erase", "--document", CONVERSATION, "--message", secret, "--relay", relay.ws, "--yes")
  expect(run, run.stderr).toMatchObject({ code: 0 })
  const nothing = (place: string): void => {
    expect(filesWith(place, SECRET)).toEqual([])
    expect(filesWith(place, SECRET.slice(0, 7))).toEqual([])
    expect(filesWith(place, SECRET.slice(7))).toEqual([])
    expect(filesWith(place, ATTACHMENT)).toEqual([])
  }
  nothing(data)
  expect((await fetch(relay.url + BLOB)).status).toBe(410)
  expect((await fetch(relay.url + BLOB, { method: "PUT", body: ATTACHMENT })).status).toBe(410)

  // They return, one after the other, and all at once with a relay that was killed.
  for (const returning of [old, cut]) {
    const document = await returning.open(CONVERSATION, [relay.url])
    await synced(document)
    await when(document, () => !Object.values(textsOf(document)).includes(SECRET))
    // One is closed in the middle of it, and goes on at its next start, without a network.
    if (returning === old) {
      await returning.close()
      await returning.open(CONVERSATION)
    }
    await eventually(() => filesWith(returning.store, SECRET).length === 0)
    await returning.close()
    nothing(returning.store)
    nothing(data)
  }
  await relay.end("SIGKILL")
  relay = await relayOn(data)
  const again = hoarder(relay.url, CONVERSATION, stranger.ydoc)
  await new Promise<void>((resolve) => {
    again.provider.on("sync", (synced: boolean) => synced && resolve())
  })
  const fresh = new Device()
  const read = await fresh.open(CONVERSATION, [relay.url])
  await when(read, () => read.ydoc.getText("strange").length > 0)
  expect(read.ydoc.getText("strange").toJSON()).toBe("a stranger's words")
  expect(textsOf(read)).toMatchObject({ [kept]: "what stays", [answer]: "written on the train" })
  expect(textsOf(read)[secret]).not.toContain(SECRET.slice(7))
  await fresh.close()
  again.provider.destroy()
  nothing(data)
  nothing(fresh.store)
  await relay.end()
  nothing(data)

  // A backup from before holds it, as everybody is told, until a device returns that knows better.
  relay = await relayOn(backup)
  expect(filesWith(backup, SECRET)).not.toEqual([])
  const knowing = await fresh.open(CONVERSATION, [relay.url])
  await synced(knowing)
  await eventually(
    () =>
      filesWith(backup, SECRET).length === 0 && !existsSync(join(backup, "blobs/home", hashOf(ATTACHMENT).slice(0, 2), hashOf(ATTACHMENT))),
  )
  nothing(backup)
  expect((await fetch(relay.url + BLOB)).status).toBe(410)
  expect(textsOf(knowing)).toMatchObject({ [kept]: "what stays", [answer]: "written on the train" })
  await fresh.close()
  await relay.end()
  nothing(backup)
})
