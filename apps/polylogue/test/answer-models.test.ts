import { writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  askState,
  citationsOf,
  ConversationView,
  indexDocumentId,
  readResponderCard,
  resolveCitation,
  RESPONDER_MARK,
  type ResponderCard,
  retrievalsOf,
  sourceDocumentId,
  SourceView,
} from "@polylogue/conversation"
import { afterEach, expect, test, vi } from "vitest"
import { ProviderServer } from "../../../packages/responder/test/provider-server.ts"
import { spokenStream } from "../../../packages/responder/test/provider-streams.ts"
import { answered, ask, device, respond, serve } from "./answer-kit.ts"
import { filesWith, synced, when } from "./devices.ts"
import { folder, polylogue } from "./program.ts"

const KEY = "sk-lavender-marzipan"
const providers: ProviderServer[] = []
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.close()
})

async function provider(): Promise<ProviderServer> {
  const started = await ProviderServer.start()
  providers.push(started)
  return started
}

const words = (text: string): { readonly events: readonly unknown[] } => ({
  events: spokenStream("chat", [{ text }], { inputTokens: 30, outputTokens: 12 }),
})

/** What the model was told that it may call. */
function toolsOf({ last }: ProviderServer): readonly string[] {
  return ((last?.body?.["tools"] ?? []) as readonly { readonly function: { readonly name: string } }[]).map((tool) => tool.function.name)
}

/** What the responder of a workspace says of itself. */
async function cardAt(url: string): Promise<() => ResponderCard | undefined> {
  const registers = await device().registers([url])
  const index = indexDocumentId("home")
  const keys = new Set<string>()
  registers.watch(index, (key) => keys.add(key))
  return () =>
    [...keys]
      .filter((key) => key.startsWith(`${index}${RESPONDER_MARK}`))
      .map((key) => readResponderCard(registers.cached(key)))
      .find((card) => card !== undefined)
}

test("[PL106] a model answers beside the relay; its key reaches the provider, and no file, line or answer over HTTP", async () => {
  const model = await provider()
  model.models = ["spoken"]
  model.play(words("Seven minutes past the hour."))
  const key = join(folder(), "key")
  writeFileSync(key, `${KEY}\n`)
  const { url, data, program } = await serve(["--model-url", model.url, "--model", "spoken", "--api-key-file", key])
  const card = await cardAt(url)
  await vi.waitFor(
    () => expect(card()).toMatchObject({ models: [{ id: "spoken", kind: "model", isDefault: true }, { id: "passages" }], problem: null }),
    10_000,
  )
  const document = await device().open("home/conv/first", [url])
  expect(await answered(document, ask(document, "When do trains leave?"))).toEqual({ phase: "done", text: "Seven minutes past the hour." })
  expect(toolsOf(model)).toEqual(["search_sources", "search_conversations"])
  expect(model.last?.headers.authorization).toBe(`Bearer ${KEY}`)
  const metrics = await vi.waitFor(async () => {
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toMatch(/^polylogue_answer_tokens_total\{direction="out"\} 12$/m)
    return text
  })
  await synced(document)
  program.kill("SIGTERM")
  const { code, stdout, stderr } = await program.ended
  expect(code).toBe(0)
  expect(stderr).toContain('"model":"spoken","outcome":"done"')
  for (const text of [stdout, stderr, metrics]) expect(text).not.toContain(KEY)
  expect(filesWith(data, KEY)).toEqual([])
})

test("[PL108] where people have tokens a model is not told what stands in other conversations", async () => {
  const model = await provider()
  model.play(words("Yes."))
  const { url, data } = await serve(["--model-url", model.url, "--model", "spoken", "--auth", "token"])
  const token = (
    await polylogue("token", "--data", data, "--user", "ana", "--role", "editor", "--document", "home/conv/first")
  ).stdout.trim()
  const document = await device().open("home/conv/first", [url], token)
  expect(await answered(document, ask(document, "Is there more?"))).toEqual({ phase: "done", text: "Yes." })
  expect(toolsOf(model)).toEqual(["search_sources"])
})

test("[PL106] without a name all that the address lists are offered; what does not answer is told at the start, stands in the card, and ends nothing", async () => {
  const model = await provider()
  model.models = ["one", "two"]
  const lists = await serve(["--model-url", model.url])
  const listed = await cardAt(lists.url)
  await vi.waitFor(() => expect(listed()?.models.map(({ id }) => id)).toEqual(["one", "two", "passages"]), 10_000)
  const gone = await provider()
  const address = gone.url
  await gone.close()
  providers.splice(providers.indexOf(gone), 1)
  const { url, program } = await serve(["--model-url", address, "--model", "away"])
  await program.logged('"event":"model-problem"')
  const card = await cardAt(url)
  await vi.waitFor(() => expect(card()?.problem).toContain("127.0.0.1"), 10_000)
  const document = await device().open("home/conv/first", [url])
  expect((await answered(document, ask(document, "Are you there?"))).phase).toBe("failed")
})

test("[PL107] a responder that is killed in the middle of an answer is followed by another: one reply is shown, and what the first wrote stays", async () => {
  const model = await provider()
  model.play(words("Seven minutes past the hour, every day."))
  model.next({ ...words("Seven minutes to the"), silentAfter: 3 })
  const { url } = await serve(["--responder", "off"])
  const limits = ["--limits", '{"answerLeaseMs": 3000, "answerHeartbeatMs": 500, "responderLeaseMs": 3000, "responderHeartbeatMs": 500}']
  const flags = ["--model-url", model.url, "--model", "spoken", ...limits]
  const first = await respond(url, ["--name", "first", ...flags])
  const document = await device().open("home/conv/first", [url])
  const asked = ask(document, "When do trains leave?")
  await vi.waitFor(() => {
    const texts = [...new ConversationView(document.ydoc).getTree().nodes.keys()].map(
      (id) => new ConversationView(document.ydoc).getMessage(id)?.text,
    )
    expect(texts.join()).toContain("Seven minutes")
  }, 10_000)
  first.kill("SIGKILL")
  await first.ended
  await respond(url, ["--name", "second", ...flags])
  const { phase, text } = await answered(document, asked)
  expect(phase).toBe("done")
  expect(text).toContain("Seven minutes past the hour, every day.")
  const view = new ConversationView(document.ydoc)
  const replies = view
    .getTree()
    .turnsAfter(asked.messageId)
    .flatMap(({ members }) => members)
  expect(replies).toHaveLength(1)
  expect(view.getMessage(replies[0]!)?.parts.map(({ state }) => state)).toContain("interrupted")
  expect(model.requests.filter(({ api }) => api === "chat")).toHaveLength(2)
}, 40_000)

test("[PL109] a model is told the passages that the sources have for a question; the number that it writes behind a sentence leads from its words to those of the source", async () => {
  const model = await provider()
  model.play(words("Good question. They leave at seven minutes past the hour [1]. Buy a ticket first."))
  const [data, sources] = [folder(), folder()]
  const passage = "Trains to Quenza leave at seven minutes past the hour."
  for (const [name, text] of [
    ["trains.md", `# Trains\n\nThere is one line. ${passage} No train is late.\n`],
    ["herons.md", "# Herons\n\nThe grey heron eats fish and frogs.\n"],
  ] as const) {
    writeFileSync(join(sources, name), text)
    expect(await polylogue("source", "add", join(sources, name), "--data", data)).toMatchObject({ code: 0 })
  }
  const { url } = await serve(["--model-url", model.url, "--model", "spoken"], data)
  const reader = device()
  const document = await reader.open("home/conv/first", [url])
  const asked = ask(document, "When do trains to Quenza leave?")
  expect((await answered(document, asked)).phase).toBe("done")
  const told = JSON.stringify(model.last?.body?.["messages"])
  expect(told).toContain("passage [1]")
  expect(told).toContain(passage)
  expect(told).not.toContain("heron")

  const view = new ConversationView(document.ydoc)
  const replyId = askState(asked, view).replyId!
  const [retrieval, ...more] = retrievalsOf(document.ydoc, replyId)
  expect(more).toEqual([])
  expect(retrieval?.query).toContain("Quenza")
  const [citation, ...others] = citationsOf(document.ydoc, replyId)
  expect(others).toEqual([])
  if (citation?.source.kind !== "source") throw new Error("no passage of a source is cited")
  const { sourceId, chunkId, hash } = citation.source
  expect(retrieval?.results).toMatchObject([{ sourceId, chunkId, hash, rank: 1 }])

  // Both ends stand in the texts themselves, as whoever opens them has them.
  const source = await reader.open(sourceDocumentId("home", sourceId))
  await when(source, () => source.status.synced)
  const answer = view.getMessage(replyId)?.parts.find(({ pid }) => pid === citation.partId)?.text ?? ""
  const { text } = new SourceView(source.ydoc)
  const ends = resolveCitation(citation, answer, text)
  const quoted = (end: keyof typeof ends, words: string): string => {
    const place = ends[end]
    return place?.state === "exact" ? words.slice(place.from, place.to) : `the ${end} is ${place?.state ?? "not anchored"}`
  }
  expect(quoted("answer", answer)).toBe("They leave at seven minutes past the hour")
  expect(quoted("source", text.toJSON())).toBe(passage)
}, 20_000)
