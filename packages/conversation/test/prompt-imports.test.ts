import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import {
  applyPromptImport,
  type ConversationOptions,
  type ExportedPrompt,
  MAIN_DRAFT,
  MAX_SLOTS,
  parsePrompts,
  portablePrompt,
  Prompt,
  promptCards,
  type PromptFormatName,
  type PromptImportReport,
  type PromptLeft,
  WorkspaceIndex,
  writePrompts,
} from "@polylogue/conversation"
import { alignSlots } from "../src/prompt-formats/align-slots.ts"
import { seededBytes, seededRandom, sync } from "./devices.ts"
import { hasSharedData, readShared } from "./shared-data.ts"

const fixture = (name: string): Uint8Array => readFileSync(new URL(`fixtures/${name}`, import.meta.url))

/** A device that imports prompts into documents of its own. */
class Shelf {
  readonly docs = new Map<string, Y.Doc>()
  readonly indexDoc = new Y.Doc()
  readonly options: ConversationOptions
  readonly index: WorkspaceIndex
  updates = 0

  constructor(writer = "laptop", seed = 1) {
    this.options = {
      writer,
      author: { id: `user-${writer}`, kind: "person", name: writer },
      now: () => 1_800_000_000_000,
      randomBytes: seededBytes(seededRandom(seed)),
    }
    this.index = new WorkspaceIndex(this.indexDoc, this.options)
    this.indexDoc.on("update", () => this.updates++)
  }

  doc(id: string): Y.Doc {
    const known = this.docs.get(id)
    if (known !== undefined) return known
    const fresh = new Y.Doc()
    fresh.on("update", () => this.updates++)
    this.docs.set(id, fresh)
    return fresh
  }

  import(content: string | Uint8Array, name = "file"): PromptImportReport[] {
    return [...parsePrompts([{ name, content }])].map((item) =>
      applyPromptImport(item, {
        promptDoc: this.doc(item.kind === "prompt" ? item.prompt.id : "none"),
        index: this.index,
        options: this.options,
      }),
    )
  }

  prompt(id: string | null): Prompt {
    return new Prompt(this.doc(id ?? "none"), this.options)
  }

  cards(): { readonly name: string; readonly tags: readonly string[] }[] {
    return promptCards(this.index)
      .getCards()
      .map(({ name, tags }) => ({ name, tags }))
  }

  exported(left: PromptLeft[] = []): ExportedPrompt[] {
    const cards = promptCards(this.index)
    return [...this.docs.keys()].map((id) => portablePrompt(this.prompt(id), { id, tags: cards.getCard(id)?.tags ?? [] }, left))
  }

  file(format: PromptFormatName): string {
    return [...writePrompts(format, this.exported(), [])].join("")
  }
}

const counts = (reports: readonly PromptImportReport[]): string[] =>
  reports.map(({ status, name, versions }) => `${status} ${name}: ${versions.imported} new, ${versions.unchanged} here`)

describe("imports", () => {
  test("[CV108] a new prompt has its name, its card, its versions, and a draft that stands on the newest", () => {
    const shelf = new Shelf()
    const [answer, greeting] = shelf.import(fixture("prompts-langfuse.json"))
    expect(counts([answer!, greeting!])).toEqual(["imported support/Antwort: 2 new, 0 here", "imported Gruß & Kuss: 1 new, 0 here"])
    const prompt = shelf.prompt(answer?.promptId ?? null)
    const [newest, oldest] = prompt.getVersions()
    expect(prompt.getMeta()).toMatchObject({ name: "support/Antwort", kind: "chat" })
    expect(newest).toMatchObject({ message: "Verlauf vor der Frage", parents: [oldest?.id], createdAt: Date.parse("2025-03-02T10:15:00Z") })
    expect(newest?.author).toEqual({ id: "langfuse:ines", kind: "person", name: "ines" })
    expect(prompt.getContent(MAIN_DRAFT)).toEqual(newest?.content)
    expect(prompt.getDraft(MAIN_DRAFT)?.base).toEqual([newest?.id])
    expect(answer?.versionIds).toEqual([oldest?.id, newest?.id])
    expect(shelf.cards()).toContainEqual({ name: "support/Antwort", tags: ["de", "support"] })
    // A message that stayed the same message has one id in both versions.
    expect(newest?.content.slots[0]?.id).toBe(oldest?.content.slots[0]?.id)
    // Labels are told and not set: whoever wants one publishes it.
    expect(answer?.labels).toEqual([
      { label: "staging.eu", versionId: oldest?.id },
      { label: "production", versionId: newest?.id },
    ])
    // Whoever imports is the author of what the file says nothing about.
    expect(shelf.prompt(greeting?.promptId ?? null).getVersions()[0]?.author.id).toBe("user-laptop")
  })

  test("[CV108] importing again writes nothing, in any format", () => {
    for (const name of ["prompts-langfuse.json", "prompts.csv", "prompts-list.json", "prompt.md"]) {
      const shelf = new Shelf()
      const first = shelf.import(fixture(name))
      const before = shelf.updates
      const again = shelf.import(fixture(name))
      expect(shelf.updates).toBe(before)
      expect(again.map(({ status }) => status)).toEqual(first.map(({ status }) => (status === "imported" ? "unchanged" : status)))
      expect(again.map(({ versionIds, labels }) => ({ versionIds, labels }))).toEqual(
        first.map(({ versionIds, labels }) => ({ versionIds, labels })),
      )
    }
  })

  test("[CV108] two devices give one prompt one id, and its versions too where the file says when and who", () => {
    const [one, two] = [new Shelf("one", 1), new Shelf("two", 2)]
    const [first] = one.import(fixture("prompts-langfuse.json"))
    const [second] = two.import(fixture("prompts-langfuse.json"))
    expect(second).toEqual(first)
    sync(one.doc(first!.promptId!), two.doc(first!.promptId!))
    sync(one.indexDoc, two.indexDoc)
    expect(one.prompt(first!.promptId).getVersions()).toHaveLength(2)
    expect(one.cards().filter(({ name }) => name === "support/Antwort")).toHaveLength(1)
    expect(two.cards()).toEqual(one.cards())
  })

  test("[CV108] a longer export adds its versions; a draft that nobody touched follows", () => {
    const records = JSON.parse(new TextDecoder().decode(fixture("prompts-langfuse.json"))) as unknown[]
    const shelf = new Shelf()
    const [first] = shelf.import(JSON.stringify([records[1]]))
    const [second] = shelf.import(JSON.stringify(records.slice(0, 2)))
    expect(counts([second!])).toEqual(["imported support/Antwort: 1 new, 1 here"])
    expect(second?.versionIds[0]).toBe(first?.versionIds[0])
    const prompt = shelf.prompt(first!.promptId)
    expect(prompt.getVersions()[0]?.parents).toEqual(first?.versionIds)
    expect(prompt.getContent(MAIN_DRAFT)).toEqual(prompt.getVersions()[0]?.content)
  })

  test("[CV108, I12] what somebody wrote here stays: an import comes beside it, and says so", () => {
    const shelf = new Shelf()
    const [first] = shelf.import("act,prompt\nShip,Lie still\n")
    const prompt = shelf.prompt(first!.promptId)
    const [slot] = prompt.getSlots(MAIN_DRAFT)
    prompt.setText(MAIN_DRAFT, slot!.id, "Lie still, and wait")
    prompt.setName("Ships")
    const [second] = shelf.import("act,prompt\nShip,Sail on\n")
    expect(second).toMatchObject({ status: "imported", versions: { imported: 1, unchanged: 0 }, notices: [{ code: "other-text" }] })
    expect(prompt.getContent(MAIN_DRAFT).slots[0]?.text).toBe("Lie still, and wait")
    expect(prompt.getMeta().name).toBe("Ships")
    expect(prompt.getVersion(second!.versionIds[0]!)?.parents).toEqual(first?.versionIds)
    const left: PromptLeft[] = []
    shelf.exported(left)
    expect(left.map(({ code }) => code)).toEqual(["drafts"])
  })

  test("[CV108] a file with the id of a prompt comes back as a version of it, and its own export as nothing new", () => {
    const shelf = new Shelf()
    const [first] = shelf.import(fixture("prompt.md"))
    const file = shelf.file("markdown")
    expect(shelf.import(file, "renamed.md")).toMatchObject([{ status: "unchanged", promptId: first?.promptId }])
    expect(shelf.import(file.replace("{{berth}}", "pier {{berth}}"), "renamed.md")).toMatchObject([
      { status: "imported", promptId: first?.promptId },
    ])
    expect(shelf.docs.size).toBe(1)
  })

  test("[CV108] of a deleted prompt versions are taken in, and it stays deleted", () => {
    const shelf = new Shelf()
    const [first] = shelf.import("act,prompt\nShip,Lie still\n")
    promptCards(shelf.index).delete(first!.promptId!)
    expect(shelf.import("act,prompt\nShip,Sail on\n")).toMatchObject([{ status: "imported", notices: [{ code: "in-trash" }] }])
    expect(shelf.cards()).toEqual([])
  })

  test("[CV106] what a document cannot hold fails whole, and the next is read", () => {
    const shelf = new Shelf()
    const reports = shelf.import(
      JSON.stringify([
        { act: "n".repeat(101), prompt: "a long name" },
        { act: "Long", prompt: "x".repeat(513 * 1024) },
        { act: "Many tags", prompt: "a", tags: ["ok", "t".repeat(80)] },
        { act: "Last", prompt: "fine" },
      ]),
    )
    expect(reports.map(({ status, reason }) => `${status} ${reason?.code ?? ""}`)).toEqual([
      "failed too-large",
      "failed too-large",
      "imported ",
      "imported ",
    ])
    expect(reports[2]?.notices.map(({ code }) => code)).toEqual(["reshaped"])
    expect(shelf.prompt(reports[1]!.promptId).getVersions()).toEqual([])
    expect(
      shelf
        .cards()
        .map(({ name }) => name)
        .toSorted((one, other) => (one < other ? -1 : 1)),
    ).toEqual(["Last", "Many tags"])
    const roles = JSON.stringify({
      name: "Roles",
      type: "chat",
      prompt: [
        { role: "", content: "x" },
        { role: "r".repeat(65), content: "x" },
      ],
    })
    expect(shelf.import(roles)).toMatchObject([{ status: "failed" }])
    expect(shelf.import('[{"act":"Half \\ud83d","prompt":"\\ude00"}]')).toMatchObject([
      { status: "imported", notices: [{ code: "escaped-text" }] },
    ])
  })

  test("[CV101, I12] through documents, a file of Langfuse is what it was: versions, messages, fields, times, authors", () => {
    const shelf = new Shelf()
    shelf.import(fixture("prompts-langfuse.json"))
    const second = new Shelf()
    second.import(shelf.file("langfuse"))
    expect(second.file("langfuse")).toBe(shelf.file("langfuse"))
    const records = JSON.parse(shelf.file("langfuse")) as Record<string, unknown>[]
    expect(records[1]).toMatchObject({ id: "cm5-0002", version: 2, createdBy: "ines", config: { model: "tide-2" } })
  })
})

test("[CV106] as many messages as a prompt has, and one more", () => {
  const chat = (count: number): string =>
    JSON.stringify({ name: "a", type: "chat", prompt: Array.from({ length: count }, () => ({ role: "user", content: "x" })) })
  expect(new Shelf().import(chat(MAX_SLOTS))).toMatchObject([{ status: "imported" }])
  expect(new Shelf().import(chat(MAX_SLOTS + 1))).toMatchObject([{ status: "failed", reason: { code: "too-large" } }])
  expect(new Shelf().import(chat(100_000))).toMatchObject([{ status: "failed" }])
})

describe("slots of a file continue those before", () => {
  const known = [
    { id: "a", role: "system", text: "Be brief." },
    { id: "b", role: "user", text: "One" },
    { id: "c", role: "assistant", text: "Two" },
    { id: "d", role: "user", text: "Three" },
  ]
  const ids = (...slots: (readonly [role: string, text: string])[]): string[] =>
    alignSlots(
      slots.map(([role, text]) => ({ role, text })),
      known,
      "p",
    ).map(({ id }) => id)

  test("[CV109] the same text first, then the same role in its place; the others get ids of their own, alike everywhere", () => {
    expect(ids(["system", "Be brief, {{name}}."], ["user", "One"], ["assistant", "Zwei"], ["user", "Three"])).toEqual(["a", "b", "c", "d"])
    expect(ids(["user", "Three"], ["system", "Be brief."])).toEqual(["d", "a"])
    const [first, added, last] = ids(["system", "Be brief."], ["tool", "new"], ["user", "One"])
    expect([first, last]).toEqual(["a", "b"])
    expect(added).toBe(ids(["tool", "other"])[0])
    const many = ids(["user", "x"], ["user", "y"], ["user", "z"], ["user", "z"])
    expect(new Set(many).size).toBe(4)
  })
})

describe.runIf(hasSharedData)("shared prompts", () => {
  test.each(["awesome-chatgpt-prompts.csv.gz", "prompts-zh.json.gz", "prompt-book-a.jsonl.gz"])(
    "[CV108, I12] %s goes into documents, out in two formats and in again without losing a character",
    (path) => {
      const content = readShared(`prompts/${path}`)
      const shelf = new Shelf()
      const reports = shelf.import(content)
      expect(new Set(reports.map(({ status }) => status))).toEqual(new Set(["imported"]))
      const before = shelf.updates
      expect(new Set(shelf.import(content).map(({ status }) => status))).toEqual(new Set(["unchanged"]))
      expect(shelf.updates).toBe(before)
      const found = [...parsePrompts([{ name: "file", content }])].flatMap((item) => (item.kind === "prompt" ? item.prompt : []))
      const saying = (prompts: readonly ExportedPrompt[]): unknown[] =>
        prompts.map(({ name, versions }) => ({ name, texts: versions.map(({ slots, extra }) => ({ slots, extra })) }))
      expect(saying(shelf.exported())).toEqual(saying(found))
      for (const format of ["json", "csv"] as const) {
        const second = new Shelf()
        second.import(shelf.file(format))
        expect(second.file(format)).toBe(shelf.file(format))
      }
    },
  )
})

test.runIf(!hasSharedData)("[I12] the shared prompts are not here: their way through documents is skipped", () => {
  expect(hasSharedData).toBe(false)
})
