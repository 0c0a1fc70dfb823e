import { existsSync, readdirSync, readFileSync } from "node:fs"
import { setTimeout as pause } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import type { AnsweringConversation } from "@polylogue/conversation"
import { Program } from "./program.ts"
import { type StreamStep, streamSteps } from "./recorded-stream.ts"
import { countRenders, takeRenders } from "./render-count.ts"
import { ChatPage } from "./chat-page.ts"
import { expect, test } from "./test.ts"

const FOLDER = fileURLToPath(new URL("../../../shared/data/streams/", import.meta.url))
/** Between two tokens, as a fast model has it: not a wait for anything. */
const TOKEN_PACE_MS = 4

test("[WB60] recorded answers, token by token: the other browser shows the same text and renders that message only", async ({
  browser,
  relay,
}, testInfo) => {
  test.skip(!existsSync(FOLDER), "the recorded streams are not there")
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".jsonl.gz"))
  expect(files.length).toBeGreaterThan(0)
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] })
  const page = await context.newPage()
  await countRenders(page)
  const watcher = new ChatPage(page)
  await watcher.open(relay.url, "Ana")
  for (const file of files) {
    const steps = streamSteps(gunzipSync(readFileSync(`${FOLDER}${file}`)).toString("utf8"))
    const conversation = await watcher.create()
    await watcher.send(`What does ${file} say?`)
    await watcher.safe(`What does ${file} say?`, "stored")
    const model = await Program.join(relay, conversation, "recorded")
    try {
      await expect.poll(() => model.texts()).toHaveLength(1)
      const replay = new Replay(model.conversation, model.tip, steps)
      const id = replay.messageId
      // By its id: the question leaves the page when the answer has grown.
      const row = page.locator(`[data-message-id="${id}"]`)
      await expect(row).toBeVisible()
      // What the question and the empty answer still have to say of themselves comes first.
      await expect.poll(async () => Object.keys((await takeRenders(page)).rows)).toEqual([])
      for (const step of steps) {
        replay.take(step)
        await pause(TOKEN_PACE_MS)
      }
      await expect(row).toContainText(replay.lastWords)
      const { rows, mostAtOnce, longestFrameMs, longTasks } = await takeRenders(page)
      expect(Object.keys(rows), file).toEqual([id])
      expect(mostAtOnce, file).toBe(1)
      expect(rows[id], file).toBeLessThanOrEqual(replay.writes)
      replay.done()
      await model.stored()

      await expect(row.getByText("Still being written")).toHaveCount(0)
      // By key: a long list that was scrolled to the button measures its rows anew, and may move it away under a pointer that is down.
      await row.getByRole("button", { name: "Copy message" }).press("Enter")
      await expect.poll(() => page.evaluate(() => navigator.clipboard.readText()), file).toBe(replay.text)
      const streamed = await row.locator(".markdown").allTextContents()
      await page.reload()
      await expect.poll(() => row.locator(".markdown").allTextContents(), file).toEqual(streamed)
      const told = `${file}: ${replay.writes} writes, ${rows[id]} renders, longest frame ${Math.round(longestFrameMs)} ms, ${longTasks} long tasks`
      testInfo.annotations.push({ type: "stream", description: told })
      console.log(told)
    } finally {
      await model.leave()
    }
  }
  await context.close()
})

type Reply = ReturnType<AnsweringConversation["startReply"]>
type Tool = ReturnType<Reply["startTool"]>

/** Writes the steps of a recorded answer into a message, each in a transaction of its own. */
class Replay {
  /** The words of its text parts, joined as a message joins them. */
  text = ""
  /** Transactions so far. */
  writes = 1
  readonly #reply: Reply
  readonly #tools = new Map<string, Tool>()
  #part: string
  #words = ""

  constructor(conversation: AnsweringConversation, parentId: string | null, steps: readonly StreamStep[]) {
    const first = steps.find((step) => "delta" in step && step.kind !== "tool-input")
    this.#part = first?.kind ?? "text"
    this.#reply = conversation.startReply({
      parentId,
      author: { id: "model:recorded", kind: "model", name: "Recorded" },
      partType: this.#part,
    })
  }

  take(step: StreamStep): void {
    this.writes++
    switch (step.kind) {
      case "text":
      case "reasoning":
      case "code":
        this.#append(step.kind, step.delta)
        break
      case "tool":
        // What is said after a call stands behind it.
        if (this.#words !== "") this.#part = ""
        this.#tools.set(
          step.id,
          this.#reply.startTool({ toolCallId: step.id, name: step.name, ...(step.input === undefined ? {} : { input: step.input }) }),
        )
        break
      case "tool-input":
        this.#tools.get(step.id)?.appendInput(step.delta)
        break
      case "tool-end":
        this.#tools.get(step.id)?.succeed(step.output)
        this.#tools.delete(step.id)
        break
      case "source":
        this.#reply.addPart({ type: "source", url: step.url, title: step.title })
        break
    }
  }

  get messageId(): string {
    return this.#reply.messageId
  }

  /** What stands at the end of the message, in letters that no mark-up changes. */
  get lastWords(): string {
    return this.#words.match(/[\p{L}\p{N}]+/gu)?.at(-1) ?? ""
  }

  done(): void {
    this.#reply.done()
  }

  #append(kind: string, delta: string): void {
    if (kind !== this.#part) {
      this.#reply.startPart(kind)
      this.writes++
      if (kind === "text" && this.text !== "") this.text += "\n\n"
      this.#part = kind
    }
    this.#reply.append(delta)
    this.#words = (this.#words + delta).slice(-200)
    if (kind === "text") this.text += delta
  }
}
