import {
  AnsweringConversation,
  conversationDocumentId,
  indexDocumentId,
  type NewPart,
  WorkspaceIndex,
  workspaceFolders,
} from "@polylogue/conversation"
import { openReplica, type Replica } from "@polylogue/replica"
import { dialWith, randomBytes, systemClock } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { WebSocket } from "ws"
import type * as Y from "yjs"
import { drawBed } from "./drawing.ts"
import { announceResponder, fillAsked } from "./showcase-answers.ts"
import { fillPrompt, type ShowcasePrompt } from "./showcase-prompt.ts"
import { fillSources, type ShowcaseSources } from "./showcase-sources.ts"

const MINUTE_MS = 60_000

/** The ids of what a showcase holds. */
export interface Showcase {
  /** A conversation with people, models, branches, files, tools, quotes, code, a table, a formula, reactions and something deleted. */
  readonly garden: string
  /** A short one with a fork. */
  readonly ferry: string
  /** One in which a model was asked, with every way in which that can end. */
  readonly asked: string
  readonly prompt: ShowcasePrompt
  readonly sources: ShowcaseSources
  readonly replica: Replica
}

interface Voice {
  readonly id: string
  readonly kind: string
  readonly name: string
}

const ANA: Voice = { id: "416e6100000000000000000000000000", kind: "person", name: "Ana" }
const BO: Voice = { id: "426f0000000000000000000000000000", kind: "person", name: "Bo" }
const FERN: Voice = { id: "model:fern", kind: "model", name: "Fern" }

/** Fills a relay with invented conversations and a prompt, by a device of its own; it stays connected, as somebody else would be, until it is closed. */
export async function fillShowcase(relayUrl: string): Promise<Showcase> {
  const replica = await openReplica({
    store: new MemoryEntryLog(),
    relays: [`${relayUrl.replace("http", "ws")}/sync`],
    dial: dialWith(WebSocket),
    clock: systemClock,
    fetch: (url, request) => fetch(url, request),
    randomBytes,
  })
  let now = Date.now() - 50 * 60 * MINUTE_MS
  const options = (author: Voice) => ({ writer: author.name, author, now: () => (now += MINUTE_MS), randomBytes })
  const indexDocument = await replica.open(indexDocumentId("home"))
  const index = new WorkspaceIndex(indexDocument.ydoc, options(ANA))
  const travel = workspaceFolders(index).create("Travel")
  const home = workspaceFolders(index).create("House and garden")
  for (const { title, snippet, folder, tags = [], pinned = false } of OTHERS) {
    const id = index.create({ title })
    index.touch(id, { clock: (now += 97 * MINUTE_MS), snippet })
    if (folder === "travel") index.setFolder(id, travel)
    for (const tag of tags) index.addTag(id, tag)
    if (pinned) index.setPinned(id, true)
  }
  now = Date.now() - 90 * MINUTE_MS
  const begin = async (
    title: string,
  ): Promise<{
    readonly id: string
    readonly ydoc: Y.Doc
    readonly as: (voice: Voice) => AnsweringConversation
    readonly done: (snippet: string) => Promise<void>
  }> => {
    const id = index.create({ title })
    const document = await replica.open(conversationDocumentId("home", id))
    const as = (voice: Voice): AnsweringConversation => new AnsweringConversation(document.ydoc, options(voice))
    return {
      id,
      ydoc: document.ydoc,
      as,
      done: async (snippet) => {
        as(ANA).setTitle(title)
        index.touch(id, { clock: (now += MINUTE_MS), snippet })
        await document.whenDurable("stored")
      },
    }
  }
  const ferry = await begin("Ferry to the islands in May")
  const ask = ferry.as(ANA).send({ text: "Which ferry still runs in the first week of May?", parentId: null })
  const told = answer(ferry.as(ANA), ask, "The small one, daily at 8.40 and 16.10. The big one starts on the 15th.")
  const timetable = { conversationId: ferry.id, ydoc: ferry.ydoc, conversation: ferry.as(ANA), question: ask, answer: told }
  const sources = await fillSources(replica, index, timetable, [options(ANA), options(BO)])
  await ferry.done("The small one, daily at 8.40 and 16.10.")
  index.setFolder(ferry.id, travel)
  const bed = drawBed(PICTURE.width, PICTURE.height)
  const notes = Buffer.from(PLAN_TEXT)
  const garden = await begin("A garden that waters itself")
  const picture = { ...PICTURE, size: bed.length, sha256: await replica.blobs.put("home", bed) }
  const plan = { ...PLAN, size: notes.length, sha256: await replica.blobs.put("home", notes) }
  fillGarden(garden.as, [picture, plan])
  await garden.done("Bo: I would start with the tank.")
  index.setFolder(garden.id, home)
  index.addTag(garden.id, "summer")
  now = Date.now() - 30 * MINUTE_MS
  const asked = await begin("A pipe to the beds")
  fillAsked(asked.ydoc, asked.as(ANA), options(ANA), asked.as(FERN))
  await asked.done("Who could help?")
  await announceResponder(replica)
  const prompt = await fillPrompt(replica, index, options(BO))
  await indexDocument.whenDurable("stored")
  return { garden: garden.id, ferry: ferry.id, asked: asked.id, prompt, sources, replica }
}

function answer(conversation: AnsweringConversation, parentId: string, text: string): string {
  const reply = conversation.startReply({ parentId, author: FERN, model: "fern-2" })
  reply.append(text)
  reply.done()
  return reply.messageId
}

function fillGarden(as: (voice: Voice) => AnsweringConversation, files: readonly NewPart[]): void {
  const ana = as(ANA)
  const question = ana.send({
    text: "We have 14 m² of tomatoes and a rain barrel of 300 litres. How do we get through three weeks of holiday in August?",
    parts: files,
    parentId: null,
  })
  const plan = ana.startReply({ parentId: question, author: FERN, model: "fern-2", partType: "reasoning" })
  plan.append("Three weeks without rain is the case to plan for. The barrel is small, so losses come first.")
  const weather = plan.startTool({ toolCallId: "call-1", name: "weather", input: { place: "Graz", month: "August" } })
  weather.succeed({ rainDays: 9, longestDry: 12 })
  plan.startPart("text")
  plan.append(GARDEN_PLAN)
  plan.addPart({ type: "source", url: "https://example.org/drippers", title: "Drippers by gravity" })
  plan.done()
  const first = plan.messageId
  ana.react(first, "👍", true)
  ana.setPinned(first, true)
  const excerpt: NewPart = {
    type: "quote",
    text: "A float valve between the barrel and a larger tank.",
    messageId: first,
    authorName: "Fern",
  }
  const second = as(BO).send({
    text: "I would start with the tank. How long does a full one last if it never rains?",
    parts: [excerpt],
    parentId: first,
  })
  const numbers = answer(ana, second, GARDEN_NUMBERS)
  const edited = ana.edit(second, "And if we take a tank of 1,000 litres?")
  answer(ana, edited, "Then **36 days** with the same drippers, which is more than you need.")
  const valve = as(BO).send({ text: "Can we do without electricity?", parentId: numbers })
  const last = answer(ana, valve, GARDEN_CODE)
  const gone = ana.send({ text: "never mind, I found it", parentId: last })
  ana.delete(gone)
  const thanks = ana.send({ text: "That is what I will build this weekend. Bo, do we still have the old tank?", parentId: last })
  const order = ana.startReply({ parentId: thanks, author: FERN, model: "fern-2" })
  order.append("I can order the drippers from the shop in town.")
  const tool = order.startTool({ toolCallId: "call-2", name: "order", input: { drippers: 28, hose: "16 mm" } })
  tool.requestApproval()
  const failed = order.startTool({ toolCallId: "call-3", name: "stock", input: { item: "float valve" } })
  failed.fail("The shop did not answer.")
  order.done()
}

const PICTURE = { type: "file", name: "bed.png", mediaType: "image/png", width: 480, height: 270 } as const
const PLAN = { type: "file", name: "bed plan.txt", mediaType: "text/plain" } as const
const PLAN_TEXT = "Six plants a row, rows 60 cm apart, the tank at the north end.\n"

const GARDEN_PLAN = `Three things carry you through, in this order:

1. **Mulch**, 5 cm of straw: it halves what evaporates.
2. **Drippers** on a hose, one per plant, fed by the barrel a metre above the bed.
3. A **float valve** between the barrel and a larger tank.

> Water in the evening before you leave, until it stands for a moment.`

const GARDEN_NUMBERS = `With 28 plants the need is

$$ V = n \\cdot q \\cdot t $$

| part | each day | in 21 days |
|---|---:|---:|
| 28 drippers, 1 l | 28 l | 588 l |
| evaporation under straw | 2 l | 42 l |
| **together** | **30 l** | **630 l** |

So the barrel alone lasts ten days.`

const GARDEN_CODE = `Yes: gravity does it. If you want to know the level from afar, a small script on a solar board is enough:

\`\`\`python
def litres(distance_cm: float, radius_cm: float = 30, height_cm: float = 106) -> float:
    """How much is left, measured from the lid."""
    level = max(0.0, height_cm - distance_cm)
    return 3.14159 * radius_cm**2 * level / 1000
\`\`\``

interface Other {
  readonly title: string
  readonly snippet: string
  readonly folder?: "travel"
  readonly tags?: readonly string[]
  readonly pinned?: boolean
}

const OTHERS: readonly Other[] = [
  { title: "Letters from the lighthouse", snippet: "The second one mentions the storm of 1911.", pinned: true },
  { title: "دفتر وصفات جدتي", snippet: "نصف ملعقة من الكمون تكفي", tags: ["kitchen"] },
  { title: "Names for a very small boat", snippet: "Walnut. It has to be Walnut.", folder: "travel" },
  { title: "東京の静かな喫茶店", snippet: "窓の席は午後が一番いいです。", folder: "travel", tags: ["kitchen"] },
  { title: "Reading group: The Waves", snippet: "Chapter three, and who speaks when" },
  { title: "A talk on convergence, in ten minutes", snippet: "Begin with the two notebooks.", tags: ["work"] },
  { title: "Why bread rises", snippet: "The long answer is about patience.", tags: ["kitchen"] },
]
