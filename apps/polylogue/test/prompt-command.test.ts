import { execFile } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { promptDocumentId, protectLabel } from "@polylogue/conversation"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Device } from "./devices.ts"
import { folder, polylogue, type Run, type Running, start } from "./program.ts"

/** One relay for all tests, each of which has a workspace of its own. */
let relay: Running
let url = ""
beforeAll(async () => {
  relay = start(["relay", "--port", "0", "--data", folder()])
  url = (await relay.firstLine).slice("polylogue ready ".length)
})
afterAll(async () => {
  relay.kill("SIGTERM")
  await relay.ended
})

const prompt = (workspace: string, ...args: readonly string[]): Promise<Run> =>
  polylogue("prompt", ...args, "--relay", url, "--workspace", workspace)

function file(name: string, content: string): string {
  const path = join(folder(), name)
  writeFileSync(path, content)
  return path
}

const CHAT = `---
name: Harbour/Bienvenue
type: chat
tags: [mail]
variables:
  ship: { type: text, default: Aurora }
config: { model: tide-2 }
---

## system

You greet the crew of {{ship}}.
`

test("[PL49, PL48] a file is published, printed as it was, and listed; publishing it again does nothing", async () => {
  const path = file("welcome.md", CHAT)
  const first = await prompt("one", "publish", path, "--label", "production", "--message", "first words")
  expect(first).toMatchObject({ code: 0, stderr: "" })
  expect(first.stdout).toMatch(/^published "Harbour\/Bienvenue" v1 as production {2}[\w-]{43}\n$/)
  expect((await prompt("one", "publish", path, "--label", "production", "--message", "first words")).stdout).toBe(first.stdout)
  const printed = await prompt("one", "get", "Harbour/Bienvenue")
  expect(printed).toMatchObject({ code: 0, stderr: "" })
  expect(printed.stdout).toContain("## system\n\nYou greet the crew of {{ship}}.\n")
  expect(printed.stdout).toContain("message: first words\n")
  const json = JSON.parse((await prompt("one", "get", "Harbour/Bienvenue", "--version", "1", "--json")).stdout) as object
  expect(json).toMatchObject({
    version: 1,
    type: "chat",
    config: { model: "tide-2" },
    labels: ["production", "latest"],
    variables: { ship: { default: "Aurora" } },
  })
  const second = await prompt("one", "publish", file("plain.txt", "Just say hello.\n"), "--name", "Hello", "--json")
  expect(JSON.parse(second.stdout)).toMatchObject({ outcome: "published", number: 1, label: null, name: "Hello" })
  expect((await prompt("one", "get", "Hello", "--label", "latest")).stdout).toBe("Just say hello.\n")
  const { stdout } = await prompt("one", "list")
  expect(stdout.split("\n").map((line) => line.replace(/ {2}[0-9a-f-]{36}$/, ""))).toEqual([
    "Harbour/Bienvenue  v1 (production)  #mail",
    "Hello  v1",
    "",
  ])
  expect(JSON.parse((await prompt("one", "list", "--json")).stdout)).toMatchObject([
    { published: true, labels: ["production"] },
    { versions: 1 },
  ])
})

test("[PL49, I8, I12] when the label was moved meanwhile, who published what is said, nothing is lost, and one publishes on top", async () => {
  const text = (words: string): string => file("greeting.txt", words)
  const publish = (words: string, ...more: readonly string[]): Promise<Run> =>
    prompt("two", "publish", text(words), "--name", "Greeting", "--label", "production", ...more)
  await publish("One.")
  await publish("Two.")
  const late = await publish("Three, made from one.", "--base", "1")
  expect(late.code).toBe(1)
  const [, mine = ""] = /yours is stored as version ([\w-]{43})\./.exec(late.stdout) ?? []
  expect(late.stdout).toMatch(
    /^not published: production of "Greeting" was set to v2 by anonymous on \S+Z\. Nothing is lost: .* with --base 2\.\n$/,
  )
  expect((await prompt("two", "get", "Greeting")).stdout).toBe("Two.")
  const out = join(folder(), "all.json")
  await prompt("two", "export", "--out", out)
  const versions = (): readonly string[] => (JSON.parse(readFileSync(out, "utf8")) as { prompt: string }[]).map((record) => record.prompt)
  expect(versions()).toContain("Three, made from one.")
  const json = JSON.parse((await publish("Three, made from one.", "--base", "1", "--json")).stdout) as object
  expect(json).toMatchObject({ outcome: "conflict", versionId: mine, theirNumber: 2, theirs: { principal: "anonymous" } })
  expect((await publish("Three, on top of two.", "--base", "2")).stdout).toContain("v3 as production")
  // To go back is to go on: what was said before is a version of its own.
  expect((await publish("One.")).stdout).toContain("v4 as production")
})

test("[PL49, PL2] what is no one prompt, has no name, or names what is not there is refused before anything is written", async () => {
  const failing = async (...args: readonly string[]): Promise<readonly [number | null, string]> => {
    const { code, stderr } = await prompt("three", ...args)
    return [code, stderr.split("\n")[0] ?? ""]
  }
  expect(await failing("publish", join(folder(), "none.md"))).toEqual([
    2,
    expect.stringContaining("there is no such file or folder. Nothing was published."),
  ])
  expect(await failing("publish", file("a.csv", "act,prompt\na,b\nc,d\n"))).toEqual([
    2,
    expect.stringContaining("holds several prompts or versions"),
  ])
  expect(await failing("publish", file("a.json", "[]"))).toEqual([2, expect.stringContaining("holds no prompt")])
  expect(await failing("publish", file("a.txt", "x"), "--label", "latest")).toEqual([2, expect.stringContaining("Nobody sets latest")])
  expect(await failing("publish", file("a.txt", "x"), "--base", "7")).toEqual([2, expect.stringContaining("There is no version 7")])
  expect(await failing("get", "Nobody's")).toEqual([1, "polylogue: There is no prompt of this name that you may read."])
  for (const name of ["", ".", ".."]) expect(await failing("get", name)).toEqual([2, `polylogue: No prompt can be asked for as "${name}".`])
  expect(await failing("get", "a", "--version", "x")).toEqual([2, expect.stringContaining("--version is a number from 1")])
  expect(await failing("export", "--out", "-")).toEqual([2, expect.stringContaining("There are no prompts")])
  expect(await prompt("three", "list")).toMatchObject({ code: 0, stdout: "", stderr: "There are no prompts in the workspace three.\n" })
  const help = await polylogue("prompt", "--help")
  expect([help.code, help.stdout]).toEqual([0, expect.stringMatching(/prompt publish {2}store a file/)])
  expect((await polylogue("prompt")).code).toBe(2)
  expect(await polylogue("prompt", "fly")).toMatchObject({
    code: 2,
    stderr: 'polylogue: There is no command "prompt fly". See polylogue prompt --help.\n',
  })
  const { stdout: flags } = await polylogue("prompt", "publish", "--help")
  expect(flags).toMatch(/--message <id\|text> +why this version was made/)
  expect(flags).toContain("langfuse, markdown, csv, json, text")
  expect(flags).not.toContain("chatgpt")
  await prompt("three", "publish", file("a.txt", "x"), "--name", "a")
  expect(await failing("get", "a")).toEqual([
    1,
    expect.stringContaining('No version has the label "production". It has labels: none; versions: 1.'),
  ])
})

test("[PL50] an import says item by item what became of it, twice the same, and sets labels only when asked", async () => {
  const versions = [1, 2].map((version) => ({
    name: "Antwort",
    version,
    type: "chat",
    prompt: [{ role: "system", content: `Version ${version} für {{wen}}` }],
    config: {},
    labels: version === 1 ? ["production"] : ["staging"],
    tags: ["de"],
    commitMessage: `Nummer ${version}`,
    createdAt: `2026-01-0${version}T00:00:00.000Z`,
    createdBy: "ines",
  }))
  const langfuse = file("langfuse.json", JSON.stringify(versions))
  const csv = file("list.csv", 'act,prompt\nShip,"Lie\nstill"\nBroken,"x"y\n')
  const first = await prompt("four", "import", langfuse, csv)
  expect(first.code).toBe(2)
  expect(first.stdout.split("\n").map((line) => line.replace(/\S*\//, ""))).toEqual([
    'imported  langfuse.json [0] "Antwort", 2 versions',
    "  it has the labels production, staging there",
    'imported  list.csv row 2 "Ship", 1 version',
    'failed  list.csv row 3 "Broken": there is text after a closing quote: mend the row and import again (bad-record)',
    "2 imported, 1 failed",
    "",
  ])
  expect((await prompt("four", "list")).stdout).toMatch(/^Antwort {2}not published {2}#de/)
  const second = await prompt("four", "import", langfuse, "--labels")
  expect(second).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^unchanged.*\n.*\n {2}production set to v1\n {2}staging set to v2\n1 unchanged\n$/) as string,
  })
  expect((await prompt("four", "get", "Antwort")).stdout).toContain("Version 1 für {{wen}}")
  const out = join(folder(), "langfuse.json")
  expect((await prompt("four", "export", "--out", out)).stdout).toMatch(/2 prompts written to/)
  expect((JSON.parse(readFileSync(out, "utf8")) as unknown[]).slice(0, 2)).toEqual(versions)
  const each = join(folder(), "each")
  const exported = await prompt("four", "export", "--format", "markdown", "--out", each)
  expect(exported.stdout).toContain('left out of "Antwort": 1 earlier version')
  expect(readdirSync(each).map((name) => name.replace(/ [0-9a-f-]{36}\.md$/, ""))).toEqual(["Antwort", "Ship"])
  // What was exported is what is there.
  expect((await prompt("four", "import", ...readdirSync(each).map((name) => join(each, name)))).stdout).toMatch(/2 unchanged\n$/)
})

test("[PL45, PL46, PL48] the example of the documentation, with a token that reads prompts and nothing else", async () => {
  const data = folder()
  const path = file("Greeting.txt", "Hello {{name}}.")
  expect((await polylogue("prompt", "publish", path, "--label", "production", "--data", data)).stdout).toContain("v1 as production")
  const guarded = start(["relay", "--port", "0", "--data", data, "--auth", "token"])
  try {
    const address = (await guarded.firstLine).slice("polylogue ready ".length)
    const { stdout } = await polylogue("token", "--user", "backend", "--role", "viewer", "--document", "home/prompt", "--data", data)
    const token = stdout.split("\n")[0] ?? ""
    const shell = readFileSync(new URL("../../../docs/prompts.md", import.meta.url), "utf8")
    const example = /```sh\n(curl [^\n]*)\n```/.exec(shell)?.[1] ?? ""
    const run = promisify(execFile)
    const answer = await run("sh", ["-c", example.replace("http://127.0.0.1:4400", address)], {
      env: { PATH: process.env["PATH"], POLYLOGUE_TOKEN: token },
    })
    expect(JSON.parse(answer.stdout)).toMatchObject({
      name: "Greeting",
      type: "text",
      prompt: "Hello {{name}}.",
      version: 1,
      labels: ["production", "latest"],
    })
    const ask = async (headers: Record<string, string>, path = "Greeting"): Promise<number> =>
      (await fetch(`${address}/api/prompts/${path}`, { headers })).status
    const bearer = { Authorization: `Bearer ${token}` }
    const etag = (await fetch(`${address}/api/prompts/Greeting`, { headers: bearer })).headers.get("etag") ?? ""
    expect([
      await ask({}),
      await ask({ Authorization: "Bearer x" }),
      await ask(bearer, "None"),
      await ask({ ...bearer, "If-None-Match": etag }),
    ]).toEqual([401, 401, 404, 304])
    expect(await ask(bearer, "Greeting?workspace=other")).toBe(403)
    const withToken = ["--relay", address, "--token", token] as const
    expect((await polylogue("prompt", "list", ...withToken)).stdout).toMatch(/^Greeting {2}v1 \(production\) {2}\S+\n$/)
    const written = await polylogue("prompt", "publish", file("b.txt", "x"), "--name", "Greeting", ...withToken)
    expect([written.code, written.stderr]).toEqual([1, "polylogue: Your token does not open home/index (forbidden).\n"])
    const refused = await polylogue("prompt", "get", "Greeting", "--relay", address)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("It asks for a token that it knows")])
  } finally {
    guarded.kill("SIGKILL")
    await guarded.ended
  }
})

test("[PL49, I8] who may not set a protected label is told so, and the version is stored", async () => {
  const data = folder()
  const open = start(["relay", "--port", "0", "--data", data])
  const address = (await open.firstLine).slice("polylogue ready ".length)
  const first = await polylogue("prompt", "publish", file("Ship.txt", "one"), "--label", "production", "--json", "--relay", address)
  const { promptId } = JSON.parse(first.stdout) as { readonly promptId: string }
  const owner = new Device()
  const registers = await owner.registers([address])
  expect(await protectLabel(registers, promptDocumentId("home", promptId), "production", true)).toMatchObject({ outcome: "done" })
  await owner.close()
  open.kill("SIGTERM")
  await open.ended
  const guarded = start(["relay", "--port", "0", "--data", data, "--auth", "token"])
  try {
    const at = (await guarded.firstLine).slice("polylogue ready ".length)
    const token = (await polylogue("token", "--user", "ed", "--role", "editor", "--data", data)).stdout.split("\n")[0] ?? ""
    const publish = (label: string) =>
      polylogue("prompt", "publish", file("Ship.txt", "two"), "--label", label, "--relay", at, "--token", token)
    const refused = await publish("production")
    expect([refused.code, refused.stdout]).toEqual([
      1,
      expect.stringMatching(
        /^not published: production of "Ship" is protected, only owners may set it\. Nothing is lost: yours is stored as version /,
      ),
    ])
    expect((await publish("staging")).stdout).toContain('published "Ship" v2 as staging')
  } finally {
    guarded.kill("SIGKILL")
    await guarded.ended
  }
})
