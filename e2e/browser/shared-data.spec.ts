import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join as path } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { gunzipSync } from "node:zlib"
import { RelayProcess } from "../relay-process.ts"
import { expect, test } from "./test.ts"

const DATA = fileURLToPath(new URL("../../../shared/data", import.meta.url))
const PROGRAM = fileURLToPath(new URL("../../apps/polylogue/bin/polylogue.js", import.meta.url))
/** Of so many conversations one is opened and looked at. */
const LOOKED_AT = 6

interface NativeFile {
  readonly conversations: readonly {
    readonly id: string
    readonly messages: readonly { readonly parts?: readonly { readonly text?: string }[] }[]
  }[]
}

test("[I12, PN16] all the real conversations and texts there are: imported, shown, exported, imported again, equal", async ({
  join,
  relay,
}) => {
  test.skip(!existsSync(DATA), "the shared data are not there")
  const folder = await mkdtemp(path(tmpdir(), "polylogue-shared-"))
  const elsewhere = await RelayProcess.start()
  try {
    const ana = await join("Ana")
    await ana.connected()
    const problems: string[] = []
    ana.page.on("pageerror", (error) => problems.push(error.message))
    const files = readdirSync(`${DATA}/conversations`).map((name) => `${DATA}/conversations/${name}`)
    const texts = path(folder, "texts.json")
    await writeFile(texts, JSON.stringify([asConversation("strings", naughtyStrings()), asConversation("utf-8", utf8Lines())]))
    await ana.page
      .getByRole("button", { name: /Import/ })
      .first()
      .click()
    await ana.page
      .getByTestId("import-files")
      .first()
      .setInputFiles([...files, texts])
    await ana.page.getByRole("button", { name: "Done" }).click()
    await expect(ana.status).toContainText("All safe")

    const first = await exported(relay, path(folder, "first.json"))
    const { conversations } = JSON.parse(first) as NativeFile
    // What is no conversation by itself: who answers whom in the logs, written by people who read them.
    expect(conversations.length).toBeGreaterThan(files.length)
    const shown = conversations.flatMap(({ messages }) => messages.flatMap(({ parts }) => (parts ?? []).map(({ text }) => text ?? "")))
    for (const text of [...naughtyStrings(), ...utf8Lines()]) expect(shown).toContain(text)
    for (const { id } of conversations.filter((_, index) => index % LOOKED_AT === 0)) {
      await ana.goTo(id)
      await expect(ana.messages.last()).toBeVisible()
    }
    expect(problems).toEqual([])

    await imported(elsewhere, path(folder, "first.json"))
    expect(await exported(elsewhere, path(folder, "second.json"))).toBe(first)
  } finally {
    await elsewhere.dispose()
    await rm(folder, { recursive: true, force: true })
  }
})

function naughtyStrings(): string[] {
  return JSON.parse(readFileSync(`${DATA}/text/blns.json`, "utf8")) as string[]
}

/** Bytes that are no text are no messages either: they stand for themselves as replacement characters. */
function utf8Lines(): string[] {
  return gunzipSync(readFileSync(`${DATA}/text/UTF-8-test.txt.gz`))
    .toString("utf8")
    .split("\n")
}

function asConversation(id: string, texts: readonly string[]): object {
  return { id, messages: texts.map((content) => ({ role: "user", content })) }
}

async function exported(relay: RelayProcess, file: string): Promise<string> {
  await promisify(execFile)(process.execPath, [PROGRAM, "export", "--out", file, "--relay", `ws://127.0.0.1:${relay.port}`])
  return readFileSync(file, "utf8")
}

async function imported(relay: RelayProcess, file: string): Promise<void> {
  const options = { maxBuffer: 64 * 1024 * 1024 }
  await promisify(execFile)(process.execPath, [PROGRAM, "import", file, "--relay", `ws://127.0.0.1:${relay.port}`], options)
}
