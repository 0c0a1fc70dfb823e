import {
  labelBase,
  labelKey,
  MAIN_DRAFT,
  Prompt,
  promptCards,
  promptDocumentId,
  publishVersion,
  type WorkspaceIndex,
} from "@polylogue/conversation"
import type { Replica } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/node"

const NAME = "Garden helper"
const LABEL = "production"

/** A prompt of somebody else, published, with all that a prompt can have. */
export interface ShowcasePrompt {
  readonly id: string
  /** Its author changes it and publishes that, whoever else wanted to. */
  readonly publishAgain: () => Promise<void>
}

interface Author {
  readonly writer: string
  readonly author: { readonly id: string; readonly kind: string; readonly name: string }
  readonly now: () => number
  readonly randomBytes: (length: number) => Uint8Array
}

/** Writes a prompt at a relay, and publishes it. */
export async function fillPrompt(replica: Replica, index: WorkspaceIndex, author: Author): Promise<ShowcasePrompt> {
  const cards = promptCards(index)
  const id = cards.create({ name: NAME })
  const documentId = promptDocumentId("home", id)
  const document = await replica.open(documentId)
  const prompt = new Prompt(document.ydoc, author)
  prompt.create({ name: NAME, description: "For whoever asks about the beds behind the house.", text: INSTRUCTIONS })
  prompt.addSlot(MAIN_DRAFT, { role: "placeholder", name: "history" })
  prompt.addSlot(MAIN_DRAFT, { role: "user", text: "{{question}}\n\nسؤال عن الحديقة في {{month}}" })
  const gone = prompt.addSlot(MAIN_DRAFT, { role: "assistant", text: "Water in the evening." })
  prompt.removeSlot(MAIN_DRAFT, gone)
  prompt.setVariable(MAIN_DRAFT, "place", { type: "choice", choices: ["Graz", "Bergen"], description: "Where the garden is" })
  prompt.setVariable(MAIN_DRAFT, "month", { type: "text", default: "August" })
  prompt.setVariable(MAIN_DRAFT, "soil", { type: "text" })
  prompt.setConfig(MAIN_DRAFT, "temperature", 0.3)
  cards.touch(id, { clock: author.now(), snippet: INSTRUCTIONS })
  cards.addTag(id, "summer")
  const publish = async (message: string): Promise<void> => {
    const versionId = prompt.saveVersion(MAIN_DRAFT, { message })
    await document.whenDurable("stored")
    const held = await replica.registers.get(labelKey(documentId, LABEL))
    const outcome = await publishVersion({
      registers: replica.registers,
      workspace: "home",
      promptId: id,
      name: NAME,
      versionId,
      label: LABEL,
      base: labelBase("register" in held ? held.register : undefined),
      attempt: Buffer.from(randomBytes(8)).toString("hex"),
      stored: async () => true,
    })
    if (outcome.outcome !== "published") throw new Error(`the prompt was not published: ${outcome.outcome}`)
  }
  await publish("What we tell everybody who asks")
  return {
    id,
    publishAgain: async () => {
      const [first] = prompt.getSlots(MAIN_DRAFT)
      prompt.slotText(MAIN_DRAFT, first!.id).insert(0, "Be kind. ")
      await publish("Kinder")
    },
  }
}

const INSTRUCTIONS = "You answer people who have a garden in {{place}}. Say what to do this week, in three sentences."
