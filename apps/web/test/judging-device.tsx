import {
  Conversation,
  conversationDocumentId,
  type NewRoundItem,
  recordRetrieval,
  Round,
  type RoundChange,
  roundCards,
  roundDocumentId,
  Source,
  sourceDocumentId,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { createPolylogue, type Polylogue, PolylogueProvider, useWorkspace } from "@polylogue/react"
import { act } from "react"
import { createRoot, type Root } from "react-dom/client"
import { expect } from "vitest"
import { page } from "vitest/browser"
import { RegisterAuthority } from "../../../packages/conversation/test/register-authority.ts"
import { FakeReplica } from "../../../packages/react/test/fake-replica.ts"
import { ToastProvider } from "../src/frame/toast.tsx"
import { useIdentity } from "../src/identity/identity.ts"
import { JudgingPage } from "../src/judging/judging-page.tsx"
import { useShortcuts } from "../src/palette/shortcuts.ts"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

/** The words of the passages that the tests judge, by what they are called here. */
export const PASSAGES = ["The bridge was built in 1894.", "Ferries cross the river.", "The tower is red."] as const

/** The page of rounds of one person, over documents and registers that several can share. */
export class JudgingDevice {
  readonly place: HTMLElement
  readonly polylogue: Polylogue
  readonly replica: FakeReplica
  readonly #root: Root

  private constructor(replica: FakeReplica, user: string) {
    this.replica = replica
    this.polylogue = createPolylogue({
      replica,
      writer: `w-${user}`,
      user,
      author: () => ({ id: user, kind: "person", name: nameOf(user) }),
    })
    this.place = document.body.appendChild(document.createElement("div"))
    this.#root = createRoot(this.place)
  }

  /** @param documents - those that this person has; default none yet. */
  static async open(user: string, authority: RegisterAuthority, from?: JudgingDevice): Promise<JudgingDevice> {
    const replica = new FakeReplica()
    replica.registers = authority.client(user)
    if (from !== undefined) for (const [id, document] of from.replica.documents) replica.documents.set(id, document)
    const device = new JudgingDevice(replica, user)
    await page.viewport(1280, 800)
    return device
  }

  async show(hash = "#/j"): Promise<void> {
    location.hash = hash
    const Page = () => {
      const workspace = useWorkspace()
      const identity = useIdentity()
      useShortcuts()
      return (
        <div style={{ height: 700, display: "grid" }}>
          <JudgingPage
            {...{ workspace, identity }}
            status={undefined}
            notices={undefined}
            foot={undefined}
            margin={undefined}
            onSignIn={() => undefined}
          >
            {undefined}
          </JudgingPage>
        </div>
      )
    }
    await act(async () =>
      this.#root.render(
        <PolylogueProvider polylogue={this.polylogue}>
          <ToastProvider>
            <Page />
          </ToastProvider>
        </PolylogueProvider>,
      ),
    )
    await expect.poll(() => this.place.querySelector(".list-head, .text-head")).not.toBeNull()
  }

  async close(): Promise<void> {
    await act(async () => this.#root.unmount())
    this.place.remove()
    location.hash = ""
  }

  /** The index of the workspace, as another program writes in it. */
  async index(): Promise<WorkspaceIndex> {
    const { ydoc } = await this.replica.open("home/index")
    return new WorkspaceIndex(ydoc, { ...this.polylogue, author: this.polylogue.author, writer: "seed" })
  }

  /** A source with {@link PASSAGES}; gives the ids of the passages. */
  async source(id = "bridge"): Promise<readonly string[]> {
    const { ydoc } = await this.replica.open(sourceDocumentId("home", id))
    const source = new Source(ydoc, { ...this.polylogue, author: this.polylogue.author, writer: "seed" })
    const text = PASSAGES.join(" ")
    const chunks = PASSAGES.map((words) => {
      const start = text.indexOf(words)
      return { start, end: start + words.length, text: words }
    })
    source.begin({ meta: { title: "About the bridge" }, text, chunks })
    return source.getChunking()?.places.map(({ chunkId }) => chunkId) ?? []
  }

  /** A conversation in which something was looked up for each of `questions`; gives its id. */
  async conversation(title: string, questions: readonly string[]): Promise<string> {
    const chunks = await this.source()
    const index = await this.index()
    const id = index.create({ title })
    const { ydoc } = await this.replica.open(conversationDocumentId("home", id))
    const options = { ...this.polylogue, author: this.polylogue.author, writer: "seed" }
    const conversation = new Conversation(ydoc, options)
    let parentId: string | null = null
    for (const text of questions) {
      const messageId: string = conversation.send({ role: "user", text, parentId })
      const results = chunks.map((chunkId, at) => ({ sourceId: "bridge", chunkId, rank: at + 1, score: 3 - at, hash: "" }))
      recordRetrieval(ydoc, options, { messageId, query: text, config: { ranker: "bm25" }, results })
      parentId = conversation.send({ role: "assistant", text: `An answer to: ${text}`, parentId: messageId })
    }
    return id
  }

  /** A round with one question for each of `questions`, three passages each; gives its id. */
  async round(
    id: string,
    fields: RoundChange & { readonly people: readonly string[]; readonly questions: readonly string[] },
  ): Promise<Round> {
    const { people, questions, ...rest } = fields
    const chunks = await this.source()
    const round = await this.roundOf(id)
    round.begin({ name: "Bridges", ...rest, annotators: people.map((person) => ({ id: person, name: nameOf(person) })) })
    round.addItems(questions.map((query): NewRoundItem => itemOf(query, chunks)))
    roundCards(await this.index()).create({ id, name: "Bridges" })
    return round
  }

  /** A round as this person has it. */
  async roundOf(id: string): Promise<Round> {
    const { ydoc } = await this.replica.open(roundDocumentId("home", id))
    return new Round(ydoc, { ...this.polylogue, writer: "seed", annotator: this.polylogue.user ?? "", roundId: id })
  }

  /** What the passage or the answer in the focus says that it is. */
  focused(): string | undefined {
    return document.activeElement?.closest(".judged-item")?.querySelector(".judged-name")?.textContent
  }
}

function itemOf(query: string, chunks: readonly string[]): NewRoundItem {
  const results = chunks.map((chunkId, at) => ({ sourceId: "bridge", chunkId, rank: at + 1, score: 3 - at }))
  return { conversationId: "c1", messageId: `m-${query.length}`, retrievalId: "", query, chunks: results }
}

function nameOf(user: string): string {
  return user.charAt(0).toUpperCase() + user.slice(1)
}
