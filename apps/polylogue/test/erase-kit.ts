import { randomBytes } from "node:crypto"
import { expect } from "vitest"
import * as Y from "yjs"
import { bytesOf, hashOf } from "./blob-kit.ts"
import { conversationOf, type Device, synced } from "./devices.ts"
import { start } from "./program.ts"

export const CONVERSATION = "home/conv/1"
/** Random, so that no store can write it as a repetition of something else. */
export const SECRET = randomBytes(24).toString("base64url")
export const ATTACHMENT = bytesOf(50_000, 77)
export const BLOB = `/blobs/home/${hashOf(ATTACHMENT)}`

/** A relay in a process of its own. */
export interface Relay {
  readonly url: string
  readonly ws: string
  end(signal?: NodeJS.Signals): Promise<void>
}

export async function relayOn(data: string, ...args: readonly string[]): Promise<Relay> {
  const running = start(["relay", "--port", "0", "--data", data, ...args])
  const url = (await running.firstLine).slice("polylogue ready ".length)
  return {
    url,
    ws: url.replace("http", "ws"),
    async end(signal = "SIGTERM") {
      running.kill(signal)
      await running.ended
    },
  }
}

/** A conversation with a message to keep and one to erase, which has an attachment. */
export async function write(device: Device, relay: Relay): Promise<{ readonly kept: string; readonly secret: string }> {
  const document = await device.open(CONVERSATION, [relay.url])
  const conversation = conversationOf(document)
  const kept = conversation.send({ text: "what stays", parentId: null })
  const secret = conversation.send({ text: SECRET, parentId: kept })
  const message = document.ydoc.getMap<Y.Map<unknown>>("messages").get(secret)!
  const parts = message.get("parts") as Y.Array<unknown>
  parts.push([new Y.Map(Object.entries({ pid: "file", type: "attachment", sha256: hashOf(ATTACHMENT), name: "box.png" }))])
  await synced(document)
  expect((await fetch(relay.url + BLOB, { method: "PUT", body: ATTACHMENT })).status).toBe(201)
  return { kept, secret }
}
