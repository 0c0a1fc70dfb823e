import { blindDocumentId, doneKey } from "@polylogue/conversation"
import { decodeMessage, encodeFrames, EMPTY_VECTOR, type Frame, SUBPROTOCOL } from "@polylogue/protocol"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { WebSocket } from "ws"
import type { Grant } from "../src/grants.ts"
import { blindDevice, type BlindDevice, replicaFor, ROUND, ROUND_DOCUMENT, tokenOf, Wiretap } from "./blind-kit.ts"
import { synced, when } from "./devices.ts"
import { type Relay, relayOn } from "./erase-kit.ts"
import { folder, polylogue } from "./program.ts"

const ANNOTATOR: readonly Grant[] = [{ path: "home", role: "annotator" }]
/** All that somebody could be given on the scope, and the folders that no command grants. */
const EVERYTHING_AROUND = ["home", "home/anno", ROUND_DOCUMENT, "home/blind", `home/blind/${ROUND}`].map((path): Grant => ({
  path,
  role: "owner",
}))
const ANAS = blindDocumentId("home", ROUND, "ana")
const NOBODYS = blindDocumentId("home", ROUND, "nobody")
const PATIENT = { timeout: 20_000 }
const SECRET = "marmalade-in-the-attic"

const data = folder()
let relay: Relay

beforeAll(async () => {
  relay = await relayOn(data, "--auth", "token")
})

afterAll(() => relay.end("SIGKILL"))

const ITEM = {
  conversationId: "c",
  messageId: "m",
  retrievalId: "r",
  query: "Where is it?",
  chunks: [{ sourceId: "s", chunkId: "chunk", rank: 1, score: 1 }],
}

/** What came of a round of two: who judged with which grade, as a device shows it. */
const said = ({ round }: BlindDevice): string[] => round.getJudgements().map(({ annotator, grade }) => `${annotator} ${grade}`)

test("[PL63] what ana judges reaches no socket of ben, with whatever grants around it, and arrives once both are done", async () => {
  const tap = await Wiretap.before(relay.url)
  const ana = await blindDevice(relay.url, "ana", await tokenOf(data, "ana", ANNOTATOR))
  const ben = await blindDevice(tap.url, "ben", await tokenOf(data, "ben", ANNOTATOR))
  const keep = ben.replica.watch("home")
  ana.round.begin({ annotators: ["ana", "ben"].map((id) => ({ id, name: id })) })
  const [itemId = ""] = ana.round.addItems([ITEM])
  await vi.waitFor(() => expect(ben.round.getItems().length).toBe(1), PATIENT)
  ana.blind.judge({ itemId, chunkId: "chunk" }, { grade: 3, note: SECRET }, "g")
  ben.blind.judge({ itemId, chunkId: "chunk" }, { grade: 1 }, "g")
  await Promise.all([synced(ana.blindDocument), synced(ben.blindDocument)])
  ana.blind.setFinished(true)
  expect(await ana.advance()).toEqual({ state: "waiting" })

  // Ben asks for it by its name, on a device of his with every grant around it.
  const owner = await replicaFor(tap.url, await tokenOf(data, "ben", EVERYTHING_AROUND))
  const keeps = [owner.watch("home"), owner.watch("home/blind"), owner.watch(ANAS)]
  const [theirs, none] = [await owner.open(ANAS), await owner.open(NOBODYS)]
  await Promise.all([theirs, none].map((document) => when(document, () => document.status.rejected !== undefined)))
  expect(theirs.status).toEqual(none.status)
  expect(theirs.ydoc.store.clients.size).toBe(0)
  expect(await owner.registers.get(`${ANAS}#done`)).toEqual({ outcome: "refused", code: "forbidden" })
  // Whatever the relay would have sent, it would have sent by now: what ana wrote after her judgements is here.
  ana.round.change({ name: "after" })
  const open = await owner.open(ROUND_DOCUMENT)
  await vi.waitFor(() => expect(ben.round.getSettings().name).toBe("after"), PATIENT)
  await synced(open)
  expect([tap.bytes > 1000, tap.heard("after"), tap.heard(ITEM.query)]).toEqual([true, true, true])
  expect([tap.heard(SECRET), tap.heard(ANAS), tap.heard(`${ROUND}/ana`)]).toEqual([false, false, false])

  ben.blind.setFinished(true)
  expect(await ben.advance()).toEqual({ state: "revealed" })
  await vi.waitFor(() => expect(ana.round.reveals.seenOf("ana").size).toBe(1), PATIENT)
  expect(await ana.advance()).toEqual({ state: "revealed" })
  await vi.waitFor(() => {
    for (const device of [ana, ben]) {
      device.listen()
      expect(said(device)).toEqual(["ana 3", "ben 1"])
    }
  }, PATIENT)
  expect(tap.heard(SECRET)).toBe(true)
  expect(tap.heard(ANAS)).toBe(false)
  for (const stop of [keep, ...keeps]) stop()
  await Promise.all([ana.close(), ben.close(), owner.close()])
  await tap.close()
})

/** What the relay answers to some frames, each with one. */
async function ask(token: string, frames: readonly Frame[]): Promise<Frame[]> {
  const socket = new WebSocket(`${relay.ws}/sync`, [SUBPROTOCOL], { headers: { authorization: `Bearer ${token}` } })
  const answers: Frame[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on("error", reject)
      socket.on("close", () => resolve())
      socket.on("message", (message: Buffer) => {
        for (const frame of decodeMessage(new Uint8Array(message))) {
          if (frame.type === "welcome") socket.send(encodeFrames(...frames))
          else if (answers.push(frame) === frames.length) resolve()
        }
      })
      socket.on("open", () => socket.send(encodeFrames({ type: "hello", version: 3, minVersion: 2, agent: "test", token })))
    })
  } finally {
    socket.terminate()
  }
  return answers.sort((left, right) => (left.type < right.type ? -1 : left.type > right.type ? 1 : 0))
}

test("[PL64, I11] every way in treats another's blind document as one that is not there", async () => {
  const ana = await blindDevice(relay.url, "ana", await tokenOf(data, "ana", ANNOTATOR))
  ana.blind.judge({ itemId: "i", chunkId: "c" }, { grade: 3, note: SECRET }, "g")
  await synced(ana.blindDocument)
  await ana.replica.registers.cas(`${ANAS}#mark`, { expected: null, value: SECRET })
  const token = await tokenOf(data, "ben", [...ANNOTATOR, ...EVERYTHING_AROUND])
  const frames = (documentId: string): Frame[] => {
    const key = `${documentId}#mark`
    return [
      { type: "open", handle: 1, document: documentId, generation: 0, vector: EMPTY_VECTOR, resume: undefined },
      { type: "watch", handle: 2, prefix: documentId, log: "0".repeat(16), cursor: 0 },
      { type: "observe", handle: 3, prefix: documentId },
      { type: "get", request: 1, key },
      { type: "cas", request: 2, key, attempt: "a".repeat(16), expected: null, value: null, ttlMs: 0, guarded: undefined },
    ]
  }
  const [theirs, nobodys] = [await ask(token, frames(ANAS)), await ask(token, frames(NOBODYS))]
  expect(theirs.length).toBeGreaterThan(2)
  expect(JSON.stringify(theirs.map(timeless))).toBe(JSON.stringify(nobodys.map(timeless)))
  expect(JSON.stringify(theirs)).not.toContain("mark")

  const plain = (documentId: string): Promise<number | undefined> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${relay.ws}/yjs/${documentId}`, { headers: { authorization: `Bearer ${token}` } })
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode))
      socket.on("close", (code: number) => resolve(code))
      socket.on("error", () => {})
    })
  expect(await plain(ANAS)).toBe(await plain(NOBODYS))
  for (const path of [`/blobs/${ANAS}`, "/backup", "/metrics", `/api/prompts?workspace=home`]) {
    const [mine, other] = await Promise.all(
      [path, path.replace("/ana", "/nobody")].map((one) => fetch(relay.url + one, { headers: { authorization: `Bearer ${token}` } })),
    )
    expect([path, mine?.status, (await mine?.text())?.includes(SECRET)]).toEqual([path, other?.status, false])
  }
  await ana.close()
})

/** A frame without the time at which the relay said it. */
function timeless(frame: Frame): unknown {
  return { ...frame, time: 0 }
}

test("[PL62] a grant at a folder of blind documents is not given", async () => {
  for (const path of ["home/blind", `home/blind/${ROUND}`]) {
    const { code, stdout, stderr } = await polylogue("token", "--data", data, "--user", "ben", "--role", "viewer", "--document", path)
    expect([code, stdout, stderr.trim().split("\n")]).toEqual([2, "", [expect.stringContaining("name one annotator's document")]])
  }
  expect(await polylogue("token", "--data", data, "--user", "ben", "--role", "viewer", "--document", ANAS)).toMatchObject({ code: 0 })
  expect(doneKey(ROUND_DOCUMENT, "ana")).toBe(`home/anno/${ROUND}#done/ana`)
})
