import { expect, test } from "vitest"
import {
  indexDocumentId,
  MAX_SOURCE_CHARACTERS,
  Source,
  sourceCards,
  sourceDocumentId,
  sourceIdOf,
  SourceView,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { randomBytes } from "@polylogue/replica/node"
import { chunkText } from "@polylogue/retrieval"
import { bytesOf, hashOf } from "./blob-kit.ts"
import { Device, filesWith, synced, when } from "./devices.ts"
import { relayOn, SECRET } from "./erase-kit.ts"
import { folder, polylogue } from "./program.ts"

const FILE = bytesOf(60_000, 11)
const SOURCE = sourceDocumentId("home", sourceIdOf(hashOf(FILE)))
const OPTIONS = { writer: "laptop", author: { id: "ana", kind: "person" }, now: () => 1_700_000_000_000, randomBytes }

test("[I5] the longest source there may be, begun offline in letters of three bytes, goes whole through a relay with its default limits", async () => {
  const relay = await relayOn(folder())
  const device = new Device()
  const offline = await device.open(SOURCE)
  const sentence = "敏捷的棕色狐狸跳过了懒狗，然后继续前进。"
  const text = Array.from({ length: MAX_SOURCE_CHARACTERS / 25 }, (_, line) => `${String(line).padStart(4, "0").slice(-4)}${sentence}\n`)
    .join("")
    .slice(0, MAX_SOURCE_CHARACTERS)
  expect(text.length).toBe(MAX_SOURCE_CHARACTERS)
  new Source(offline.ydoc, OPTIONS).begin({ meta: { name: "long.txt" }, text, chunks: chunkText(text) })
  await offline.whenDurable("local")
  await device.close()
  await synced(await device.open(SOURCE, [relay.url]))
  await device.close()

  const other = new Device()
  const document = await other.open(SOURCE, [relay.url])
  const view = new SourceView(document.ydoc)
  await when(document, () => document.status.synced)
  expect([view.getText() === text, view.isStale()]).toEqual([true, false])
  await other.close()
  await relay.end()
})

test("[I10] an erased source has no byte left at the relay, neither of its words nor of its file, nor on its card", async () => {
  const data = folder()
  const relay = await relayOn(data)
  const device = new Device()
  const hash = hashOf(FILE)
  expect((await fetch(`${relay.url}/blobs/home/${hash}`, { method: "PUT", body: FILE })).status).toBe(201)
  const document = await device.open(SOURCE, [relay.url])
  const index = await device.open(indexDocumentId("home"))
  const text = `The word is ${SECRET}.`
  new Source(document.ydoc, OPTIONS).begin({ meta: { name: `${SECRET}.txt`, sha256: hash, blob: true }, text, chunks: chunkText(text) })
  const id = sourceIdOf(hash)
  const cards = (): ReturnType<typeof sourceCards> => sourceCards(new WorkspaceIndex(index.ydoc, OPTIONS))
  cards().create({ id, name: SECRET })
  await synced(document)
  await synced(index)
  expect(filesWith(data, SECRET)).not.toEqual([])
  expect((await fetch(`${relay.url}/blobs/home/${hash}`)).status).toBe(200)
  const run = await polylogue("erase", "--document", SOURCE, "--relay", relay.ws, "--yes")
  expect([run.code, run.stderr]).toEqual([0, ""])
  expect(filesWith(data, SECRET)).toEqual([])
  expect((await fetch(`${relay.url}/blobs/home/${hash}`)).status).toBe(410)
  await when(index, () => cards().getDeletedCards().length === 1)
  await when(document, () => new SourceView(document.ydoc).getState() === "erased")
  await device.close()
  await relay.end()
})
