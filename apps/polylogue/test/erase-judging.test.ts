import { AnswerOpinions, notesDocumentId, Round, roundCards, roundDocumentId, WorkspaceIndex } from "@polylogue/conversation"
import { randomBytes } from "@polylogue/replica/node"
import { expect, test } from "vitest"
import { Device, filesWith, synced, when } from "./devices.ts"
import { CONVERSATION, relayOn, SECRET, write } from "./erase-kit.ts"
import { folder, polylogue } from "./program.ts"

/** What another message asks, which goes with the conversation only; random, so that no store can write it as a repetition. */
const KEPT = Buffer.from(randomBytes(24)).toString("base64url")
const OPTIONS = { writer: "laptop", author: { id: "ana", kind: "person" }, annotator: "ana", now: () => 1_700_000_000_000, randomBytes }

test("[PL65] erasing a message takes its words out of every round that asks it, deleted ones too, and out of what people thought of it", async () => {
  const data = folder()
  const relay = await relayOn(data)
  const device = new Device()
  const { kept, secret } = await write(device, relay)
  const index = await device.open("home/index", [relay.url])
  const cards = roundCards(new WorkspaceIndex(index.ydoc, OPTIONS))
  const chunks = [{ sourceId: "s1", chunkId: "p1", rank: 1, score: 1 }]
  const rounds: Round[] = []
  for (const roundId of ["r1", "r2"]) {
    const document = await device.open(roundDocumentId("home", roundId))
    const round = new Round(document.ydoc, { ...OPTIONS, roundId })
    round.begin({ name: roundId })
    const asked = { conversationId: "1", retrievalId: "", chunks }
    const ids = round.addItems([
      { ...asked, messageId: secret, query: `${SECRET} is what?` },
      { ...asked, messageId: kept, query: KEPT },
    ])
    round.judge({ itemId: ids[0] ?? "", chunkId: "p1" }, { grade: 3 })
    cards.create({ id: roundId, name: roundId })
    await synced(document)
    document.onReset((ydoc) => void (rounds[roundId === "r1" ? 0 : 1] = new Round(ydoc, { ...OPTIONS, roundId })))
    rounds.push(round)
  }
  cards.delete("r2")
  const notes = await device.open(notesDocumentId("home", { conversationId: "1" }))
  const opinions = new AnswerOpinions(notes.ydoc, OPTIONS)
  opinions.rate(secret, { grade: 1, note: `${SECRET} is wrong` })
  opinions.suggest(secret, `${SECRET} is better`)
  await synced(index)
  await synced(notes)

  const run = await polylogue("erase", "--document", CONVERSATION, "--message", secret, "--relay", relay.ws, "--yes")
  expect([run.code, run.stderr]).toEqual([0, ""])
  expect(filesWith(data, SECRET)).toEqual([])
  for (const [at, roundId] of ["r1", "r2"].entries()) {
    const document = await device.open(roundDocumentId("home", roundId))
    await when(document, () => rounds[at]?.getItems().length === 1)
    expect(rounds[at]?.getItems()[0]?.query).toBe(KEPT)
    expect(rounds[at]?.getJudgements()).toMatchObject([{ grade: 3 }])
  }
  expect(filesWith(data, KEPT)).not.toEqual([])
  // With the conversation goes the rest of its questions.
  const all = await polylogue("erase", "--document", CONVERSATION, "--relay", relay.ws, "--yes")
  expect([all.code, all.stderr]).toEqual([0, ""])
  expect(filesWith(data, KEPT)).toEqual([])
  await device.close()
  await relay.end()
})
