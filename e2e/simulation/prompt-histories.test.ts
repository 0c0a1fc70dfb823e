import { mergeBase, mergeTexts, Prompt, promptDocumentId, type PromptVersion } from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { CalmNetwork } from "./calm-network.ts"
import { Random } from "./random.ts"
import { hasSharedData, readSharedData } from "./shared-data.ts"
import { keptByAll } from "./visible-words.ts"

type Patch = readonly [position: number, deleted: number, inserted: string]

interface Commit {
  /** Places of the commits that its author had before them; of a merge two. */
  readonly parents: readonly number[]
  readonly agent: number
  /** Against the text of the first parent, one after the other. */
  readonly patches: readonly Patch[]
}

interface History {
  readonly endContent: string
  readonly txns: readonly Commit[]
}

const HISTORY = "prompt-library-readme-dag.json.gz"
const DRAFT = "main"

/** The prompt as one commit left it: everything that its author had, and the text that they chose. */
interface State {
  readonly update: Uint8Array
  readonly text: string
}

interface Replayed {
  readonly states: readonly State[]
  /** What each commit added to what its parents had. */
  readonly updates: readonly Uint8Array[]
  readonly merges: number
  /** Merges whose text is, without anybody's help, the one that people chose. */
  readonly equal: number
  /** Merges after which a word is missing that one side has and the other has not deleted. */
  readonly lost: number
}

function replay(history: History): Replayed {
  const states: State[] = []
  const updates: Uint8Array[] = []
  let [merges, equal, lost] = [0, 0, 0]
  for (const [place, { parents, agent, patches }] of history.txns.entries()) {
    const before = parents.map((parent) => states[parent]!)
    const ydoc = load(before)
    // Who stands first of two who write at one place is decided by these: the same in every run, so that the number is.
    ydoc.clientID = place + 1
    const known = Y.encodeStateVector(ydoc)
    const prompt = promptOf(ydoc, `author-${agent}`)
    if (before.length === 0) prompt.create({ kind: "text", name: "Library" })
    const text = prompt.slotText(DRAFT, prompt.getSlots(DRAFT)[0]!.id)
    const chosen = patched(before[0]?.text ?? "", patches)
    if (before.length > 1) {
      merges++
      if (text.toJSON() === chosen) equal++
      if (
        !keptByAll(
          before.map((state) => textOf(load([state]))),
          text,
        )
      )
        lost++
      // What people chose, as the one who merges writes it into the text that is there.
      prompt.setText(DRAFT, prompt.getSlots(DRAFT)[0]!.id, chosen)
    } else ydoc.transact(() => strike(text, patches))
    if (text.toJSON() !== chosen) throw new Error(`commit ${place} has another text than its author's`)
    updates.push(Y.encodeStateAsUpdate(ydoc, known))
    states.push({ update: Y.encodeStateAsUpdate(ydoc), text: chosen })
    prompt.destroy()
  }
  return { states, updates, merges, equal, lost }
}

/** What the three-way merge of drafts makes of the merges: in how many it comes to the text that people chose, and in how many it asks. */
function mergeAgain({ txns }: History, { states }: Replayed): { readonly equal: number; readonly asked: number } {
  const graph = {
    parentsOf: (id: string) => txns[Number(id)]!.parents.map(String),
    getVersion: (id: string) => ({ id }) as PromptVersion,
  }
  let [equal, asked] = [0, 0]
  for (const [place, { parents }] of txns.entries()) {
    const [ours, theirs] = parents
    if (ours === undefined || theirs === undefined) continue
    const base = states[Number(mergeBase(graph, String(ours), String(theirs))!.id)]!
    const merged = mergeTexts(base.text, states[ours]!.text, states[theirs]!.text)
    if (merged.conflicts.length > 0) asked++
    else if (merged.text === states[place]!.text) equal++
  }
  return { equal, asked }
}

function load(states: readonly State[]): Y.Doc {
  const ydoc = new Y.Doc()
  ydoc.transact(() => {
    for (const { update } of states) Y.applyUpdate(ydoc, update)
  })
  return ydoc
}

function promptOf(ydoc: Y.Doc, writer: string): Prompt {
  const random = new Random(1).fork(writer)
  return new Prompt(ydoc, {
    writer,
    author: { id: writer, kind: "person", name: writer },
    now: () => 1_000,
    randomBytes: (length) => random.bytes(length),
  })
}

function textOf(ydoc: Y.Doc): Y.Text {
  const prompt = promptOf(ydoc, "reader")
  const text = prompt.slotText(DRAFT, prompt.getSlots(DRAFT)[0]!.id)
  prompt.destroy()
  return text
}

function patched(text: string, patches: readonly Patch[]): string {
  return patches.reduce((now, [at, deleted, inserted]) => now.slice(0, at) + inserted + now.slice(at + deleted), text)
}

function strike(text: Y.Text, patches: readonly Patch[]): void {
  for (const [position, deleted, inserted] of patches) {
    if (deleted > 0) text.delete(position, deleted)
    if (inserted !== "") text.insert(position, inserted)
  }
}

test.skipIf(!hasSharedData(HISTORY))(
  `[SM20] 143 people write one prompt on branches: no word is lost where they meet (skipped without ${HISTORY})`,
  { timeout: 120_000 },
  async () => {
    const history = JSON.parse(new TextDecoder().decode(readSharedData(HISTORY))) as History
    const replayed = replay(history)
    const { states, updates, merges, equal, lost } = replayed
    expect(lost).toBe(0)
    expect(states.at(-1)?.text === history.endContent).toBe(true)
    const again = mergeAgain(history, replayed)
    console.log(
      `${history.txns.length} commits, ${merges} merges. The text that people chose comes of itself in ${equal} where drafts are written together, ` +
        `in ${again.equal} where they are merged, which asks somebody in ${again.asked}.`,
    )
    // Each author's commit goes to one of four devices; all of them, and one that comes later, end with the last text.
    const network = new CalmNetwork(5)
    await network.open()
    const documentId = promptDocumentId("home", "library")
    const documents = []
    for (let device = 0; device < 4; device++) documents.push(await network.openDocument(await network.addReplica(), documentId))
    for (const [place, update] of updates.entries()) {
      Y.applyUpdate(documents[history.txns[place]!.agent % documents.length]!.ydoc, update)
      await network.clock.runFor(50)
    }
    documents.push(await network.openDocument(await network.addReplica(), documentId))
    await network.settle(documents)
    for (const { ydoc } of documents) expect(textOf(ydoc).toJSON() === history.endContent).toBe(true)
    await network.close()
  },
)

const PROMPTS = {
  csv: "../prompts/awesome-chatgpt-prompts.csv.gz",
  chinese: "../prompts/prompts-zh.json.gz",
  book: "../prompts/prompt-book-a.jsonl.gz",
}
const MAX_PIECES = 12
/** Slots of one prompt. */
const SHELF = 40

/** All the texts, as they are; of the table the lines, which are pieces of texts as good as any. */
function promptTexts(): readonly string[] {
  const read = (name: string): string => new TextDecoder().decode(readSharedData(name))
  const records = (lines: readonly string[]): string[] => lines.map((line) => (JSON.parse(line) as { text: string }).text)
  return [
    ...read(PROMPTS.csv).split("\n"),
    ...(JSON.parse(read(PROMPTS.chinese)) as { prompt: string }[]).map(({ prompt }) => prompt),
    ...records(
      read(PROMPTS.book)
        .split("\n")
        .filter((line) => line !== ""),
    ),
  ].filter((text) => text !== "")
}

/** `text` in pieces, each with a mark of its own before it, so that it can be told from any other. */
function piecesOf(text: string, random: Random): string[] {
  const length = Math.max(1, Math.ceil(text.length / random.between(1, MAX_PIECES)))
  const pieces: string[] = []
  const characters = Array.from(text)
  for (let at = 0; at < characters.length; at += length) pieces.push(`⟦${pieces.length}⟧${characters.slice(at, at + length).join("")}`)
  return pieces
}

test.skipIf(!Object.values(PROMPTS).every(hasSharedData))(
  `[SM21] real prompts, each written by three people at once while slots are moved: every piece is there once (skipped without the shared prompts)`,
  { timeout: 120_000 },
  async () => {
    const random = new Random("prompts by three")
    const texts = promptTexts()
    const network = new CalmNetwork(6)
    await network.open()
    const replicas = [await network.addReplica(), await network.addReplica(), await network.addReplica()]
    for (let from = 0; from < texts.length; from += SHELF) {
      const shelf = texts.slice(from, from + SHELF).map((text) => piecesOf(text, random))
      const documents = []
      for (const replica of replicas) documents.push(await network.openDocument(replica, promptDocumentId("home", `shelf-${from}`)))
      const prompts = documents.map(({ ydoc }, person) => promptOf(ydoc, `person-${person}`))
      const slots = shelf.map(() => prompts[0]!.addSlot(DRAFT, { role: "user" }))
      await network.settle(documents)
      const writing = random.shuffle(shelf.flatMap((pieces, slot) => pieces.map((piece) => ({ slot, piece }))))
      for (const { slot, piece } of writing) {
        const prompt = random.pick(prompts)
        const text = prompt.slotText(DRAFT, slots[slot]!)
        // Between pieces, where whoever writes sees the end of one.
        const ends = [0, ...[...text.toJSON().matchAll(/⟦\d+⟧/gu)].map(({ index }) => index), text.length]
        text.insert(random.pick(ends), piece)
        if (random.chance(0.1)) prompt.moveSlot(DRAFT, random.pick(slots), { after: null })
        await network.clock.runFor(random.between(0, 12))
      }
      await network.settle(documents)
      const orders = prompts.map((prompt) => prompt.getSlots(DRAFT).map(({ id }) => id))
      for (const order of orders) expect(order).toEqual(orders[0])
      for (const [slot, pieces] of shelf.entries()) {
        const [one, ...others] = prompts.map((prompt) => prompt.slotText(DRAFT, slots[slot]!).toJSON())
        for (const other of others) expect(other === one).toBe(true)
        expect(one!.length).toBe(pieces.join("").length)
        expect(pieces.every((piece) => one!.includes(piece))).toBe(true)
      }
      for (const prompt of prompts) prompt.destroy()
      for (const document of documents) await network.clock.complete(document.close(), 1_000, "close")
    }
    await network.close()
  },
)
