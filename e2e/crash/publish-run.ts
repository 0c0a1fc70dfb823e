import { randomBytes, randomFillSync } from "node:crypto"
import {
  type AuthorityRegister,
  type LabelBase,
  labelBase,
  labelKey,
  MAIN_DRAFT,
  Prompt,
  promptDocumentId,
  PromptView,
  type PublishOutcome,
  publishVersion,
  type RegisterClient,
} from "@polylogue/conversation"
import type { Replica, ReplicaDocument } from "@polylogue/replica"
import type { RelayProcess } from "../relay-process.ts"
import { RegisterHistory } from "../simulation/register-history.ts"
import { connectTo, until } from "./connecting.ts"

/*
 * Authors publish versions of one prompt under one label, all at once and all upon what the label held before, over several connections; the
 * relay's process is killed at a random instant and started again on its folder. Who is not answered asks again with the same attempt. In every
 * round one of them wins; the texts of the others are in their drafts, and in the versions that they saved.
 */

const WORKSPACE = "home"
const PROMPT = "crash"
const LABEL = "production"
const DOCUMENT = promptDocumentId(WORKSPACE, PROMPT)
const KEY = labelKey(DOCUMENT, LABEL)

/** Connections, and what each publishes at once in a round. */
const CONNECTIONS = 10
const PUBLICATIONS = 10
/** Milliseconds after which who was told `unavailable` asks again. */
const AGAIN_MS = 20

/** What an author does in a round. */
interface Work {
  readonly text: string
  readonly versionId: string
  readonly outcome: PublishOutcome
  /** How often the answer was that nobody knows. */
  readonly unanswered: number
}

/** What one round came to. */
export interface PublishRound {
  readonly winners: readonly string[]
  readonly conflicts: number
  readonly unanswered: number
  /** Outcomes other than these. */
  readonly others: readonly PublishOutcome[]
  /** Publications that were under way when the relay was killed. */
  readonly interrupted: number
}

/** Authors of one prompt, each with a connection and a draft of their own. */
export class PublishRun {
  readonly history = new RegisterHistory(() => performance.now())
  readonly #relay: RelayProcess
  readonly #desks: Desk[] = []
  readonly #works: Work[] = []

  constructor(relay: RelayProcess) {
    this.#relay = relay
  }

  async open(): Promise<void> {
    const replicas = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectTo(this.#relay, "publish-run")))
    for (const [index, replica] of replicas.entries()) {
      const document = await replica.open(DOCUMENT)
      this.#desks.push(new Desk(`author ${index}`, replica, document, recorded(replica.registers, this.history, `author ${index}`)))
    }
  }

  /** All publish; the relay is killed `delayMs` after they began, and started again. */
  async round(number: number, delayMs: number): Promise<PublishRound> {
    const base = labelBase(await askUntilAnswered(this.#desks[0]!.registers))
    let open = CONNECTIONS * PUBLICATIONS
    const publishing = this.#desks.flatMap((desk) =>
      Array.from({ length: PUBLICATIONS }, async (_, index) => {
        const work = await desk.publish(`round ${number}, ${desk.name}, text ${index}`, base)
        open--
        return work
      }),
    )
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    const interrupted = open
    await this.#relay.kill()
    await this.#relay.start()

    const works = await Promise.all(publishing)
    this.#works.push(...works)
    const outcomes = works.map(({ outcome }) => outcome)
    return {
      winners: works.filter(({ outcome }) => outcome.outcome === "published").map(({ versionId }) => versionId),
      conflicts: outcomes.filter(({ outcome }) => outcome === "conflict").length,
      unanswered: works.reduce((sum, { unanswered }) => sum + unanswered, 0),
      others: outcomes.filter(({ outcome }) => outcome !== "published" && outcome !== "conflict"),
      interrupted,
    }
  }

  /** The version that the label names, and texts that are missing where they should be, as a replica sees it that has only what the relay has. */
  async check(): Promise<{ readonly published: string | null; readonly missing: readonly string[] }> {
    const replica = await connectTo(this.#relay, "publish-run")
    const document = await replica.open(DOCUMENT)
    await until(document, () => document.status.synced)
    const view = new PromptView(document.ydoc)
    const drafts = view.getDrafts().map(({ id }) => textOf(view.getContent(id)))
    const missing = this.#works.flatMap(({ text, versionId }) => {
      const version = view.getVersion(versionId)
      const inVersion = version !== undefined && textOf(version.content).includes(text)
      const inDraft = drafts.some((draft) => draft.includes(text))
      return [...(inVersion ? [] : [`${text} in its version`]), ...(inDraft ? [] : [`${text} in a draft`])]
    })
    const { value } = await askUntilAnswered(recorded(replica.registers, this.history, "reader"))
    view.destroy()
    await replica.close()
    return { published: value, missing }
  }

  async close(): Promise<void> {
    await Promise.all(this.#desks.map(({ replica }) => replica.close()))
  }
}

/** One author: a connection, a draft, a pen. */
class Desk {
  readonly name: string
  readonly replica: Replica
  readonly registers: RegisterClient
  readonly #document: ReplicaDocument
  readonly #prompt: Prompt
  readonly #draftId: string
  readonly #slotId: string

  constructor(name: string, replica: Replica, document: ReplicaDocument, registers: RegisterClient) {
    this.name = name
    this.replica = replica
    this.registers = registers
    this.#document = document
    const writer = randomBytes(8).toString("hex")
    const author = { kind: "user" as const, id: name, name }
    this.#prompt = new Prompt(document.ydoc, {
      writer,
      author,
      now: Date.now,
      randomBytes: (length) => randomFillSync(new Uint8Array(length)),
    })
    this.#prompt.create({ name: "Crash" })
    this.#draftId = this.#prompt.createDraft({ from: MAIN_DRAFT, name })
    this.#slotId = this.#prompt.addSlot(this.#draftId, { role: "user" })
  }

  /** Adds a text to the draft, saves what that makes, and publishes it upon `base`, until that is done or in vain. */
  async publish(text: string, base: LabelBase): Promise<Work> {
    const pen = this.#prompt.slotText(this.#draftId, this.#slotId)
    pen.insert(pen.length, `${text}\n`)
    const versionId = this.#prompt.saveVersion(this.#draftId, { message: text })
    const attempt = randomBytes(8).toString("hex")
    for (let unanswered = 0; ; unanswered++) {
      const outcome = await publishVersion({
        registers: this.registers,
        workspace: WORKSPACE,
        promptId: PROMPT,
        name: "Crash",
        versionId,
        label: LABEL,
        base,
        attempt,
        stored: () =>
          this.#document.whenDurable("stored").then(
            () => true,
            () => false,
          ),
      })
      if (outcome.outcome !== "unavailable") return { text, versionId, outcome, unanswered }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }
}

/** `registers`, of which everything is noted that is asked and said of the label. */
function recorded(registers: RegisterClient, history: RegisterHistory, who: string): RegisterClient {
  return {
    cached: (key) => registers.cached(key),
    watch: (prefix, changed) => registers.watch(prefix, changed),
    get: async (key) => {
      if (key !== KEY) return registers.get(key)
      const told = history.get(who)
      const answer = await registers.get(key)
      if ("register" in answer) told(answer.register)
      return answer
    },
    cas: async (key, change) => {
      if (key !== KEY) return registers.cas(key, change)
      if (change.attempt === undefined) throw new TypeError("a label is set by an attempt with a name")
      const told = history.cas(who, change.attempt, { expected: change.expected, value: change.value, ttlMs: 0 })
      const answer = await registers.cas(key, change)
      if ("register" in answer) told(answer.outcome, answer.register)
      return answer
    },
  }
}

async function askUntilAnswered(registers: RegisterClient): Promise<AuthorityRegister> {
  for (;;) {
    const answer = await registers.get(KEY)
    if ("register" in answer) return answer.register
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}

function textOf({ slots }: ReturnType<PromptView["getContent"]>): string {
  return slots.map(({ text }) => text).join("\n")
}
