import { createHash } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { indexDocumentId, Source, sourceCards, sourceDocumentId, WorkspaceIndex } from "@polylogue/conversation"
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

const source = (workspace: string, ...args: readonly string[]): Promise<Run> =>
  polylogue("source", ...args, "--relay", url, "--workspace", workspace)

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder(), name)
  writeFileSync(path, content)
  return path
}

const HERONS = "# Grey herons\n\nThe heron waits in the reeds.\n"
const TRAINS = "<title>Trains</title><h1>Leaving</h1><p>Trains leave at nine.</p>"

test("[PL51, PL53, PL54] files become sources, once, are listed, and found by what they say", async () => {
  const herons = file("herons.md", HERONS)
  const trains = file("trains.html", TRAINS)
  const added = await source("one", "add", herons, trains)
  expect(added).toMatchObject({ code: 0, stderr: "" })
  const [first, second, sum] = added.stdout.split("\n")
  expect(first).toMatch(/^added {2}.*herons\.md "Grey herons", 1 passage {2}[\w-]+$/)
  expect(second).toMatch(/^added {2}.*trains\.html "Trains", 1 passage {2}[\w-]+$/)
  expect(sum).toBe("2 added")
  const again = await source("one", "add", file("other name.txt", HERONS), "--json")
  const [known] = JSON.parse(again.stdout) as [{ sourceId: string }]
  expect(known).toMatchObject({ status: "unchanged", title: "Grey herons", passages: 1 })
  expect(first).toContain(known.sourceId)

  const listed = await source("one", "list")
  expect(listed).toMatchObject({ code: 0, stderr: "" })
  expect(listed.stdout.split("\n").map((line) => line.replace(/ {2}[\w-]+$/, ""))).toEqual([
    "Grey herons  text/markdown, 1 KiB",
    "Trains  text/html, 1 KiB",
    "",
  ])
  expect(JSON.parse((await source("one", "list", "--json")).stdout)).toMatchObject([
    { id: known.sourceId, title: "Grey herons" },
    { mime: "text/html" },
  ])

  const found = await source("one", "search", "waiting", "herons")
  expect(found).toMatchObject({ code: 0, stderr: "" })
  expect(found.stdout).toBe(`1. Grey herons  ${known.sourceId} 0-${HERONS.length - 1}\n   # Grey herons The heron waits in the reeds.\n`)
  const json = JSON.parse((await source("one", "search", "nine trains", "--json", "--limit", "1")).stdout) as unknown
  expect(json).toMatchObject([
    { rank: 1, title: "Trains", start: 0, text: "Leaving\n\nTrains leave at nine.", marks: [{ start: 9 }, { start: 25 }] },
  ])
  expect(await source("one", "search", "stork")).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "No passage of 2 sources has a word of it.\n",
  })
})

/** One page; the table of objects is left out, which readers do without. */
const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>endobj
4 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
5 0 obj<</Length 42>>stream
BT /F1 12 Tf 72 700 Td (Herons wait) Tj ET
endstream endobj
trailer<</Root 1 0 R>>
`

test("[PL51, PL54] a PDF is found by page, and its bytes stand beside it", async () => {
  const added = await source("five", "add", file("herons.pdf", PDF), "--json")
  expect(added).toMatchObject({ code: 0, stderr: "" })
  expect(JSON.parse(added.stdout)).toMatchObject([{ status: "added", title: "herons.pdf", pages: 1, passages: 1, notices: [] }])
  expect((await source("five", "search", "heron")).stdout).toMatch(/^1\. herons\.pdf, page 1 {2}/)
  const sha256 = createHash("sha256").update(PDF).digest("hex")
  expect(await (await fetch(`${url}/blobs/five/${sha256}`)).text()).toBe(PDF)
})

test("[PL52, I12] a file that cannot be read is told with why, and the others are added", async () => {
  const fine = file("fine.txt", "Fine.")
  const word = file("report.docx", Uint8Array.of(0x50, 0x4b, 3, 4, 0))
  const latin = file("latin.txt", Uint8Array.of(0x47, 0xfc))
  const { code, stdout } = await source("two", "add", word, fine, latin)
  expect(code).toBe(2)
  expect(stdout).toMatch(/^failed {2}.*report\.docx: the file is an Office document.*save it as PDF, HTML or plain text.*\(unsupported\)$/m)
  expect(stdout).toMatch(/^failed {2}.*latin\.txt: .*save it as UTF-8 \(unreadable\)$/m)
  expect(stdout).toMatch(/^added {2}.*fine\.txt "fine\.txt", 1 passage/m)
  expect(stdout.endsWith("\n2 failed, 1 added\n")).toBe(true)
  const missing = await source("three", "add", fine, join(folder(), "none.txt"))
  expect(missing).toMatchObject({ code: 2, stdout: "" })
  expect(missing.stderr).toContain("there is no such file or folder. Nothing was added.")
  expect(await source("three", "list")).toMatchObject({ code: 0, stdout: "", stderr: "There are no sources in the workspace three.\n" })
  expect(await source("three", "add")).toMatchObject({ code: 2 })
  expect(await source("three", "search")).toMatchObject({ code: 2 })
  expect(await source("three", "search", "x", "--limit", "0")).toMatchObject({ code: 2 })
})

test("[PL51, PL54] a deleted source comes back when its file is added, and an edited one is found by what it says now", async () => {
  const path = file("herons.md", HERONS)
  const [{ sourceId }] = JSON.parse((await source("four", "add", path, "--json")).stdout) as [{ sourceId: string }]
  const device = new Device()
  const index = await device.open(indexDocumentId("four"), [url])
  const opened = await device.open(sourceDocumentId("four", sourceId), [url])
  await expect.poll(() => index.status.synced && opened.status.synced).toBe(true)
  const options = {
    writer: "ana",
    author: { id: "ana", kind: "person", name: "Ana" },
    now: () => Date.now(),
    randomBytes: (length: number) => new Uint8Array(length).fill(7),
  } as const
  const shelf = new WorkspaceIndex(index.ydoc, options)
  sourceCards(shelf).delete(sourceId)
  new Source(opened.ydoc, options).text.insert(HERONS.length, "A stork stands beside it.")
  await Promise.all([index.whenDurable("stored"), opened.whenDurable("stored")])
  expect((await source("four", "search", "heron")).stderr).toBe("No passage of 0 sources has a word of it.\n")
  expect((await source("four", "add", path)).stdout).toMatch(/^restored {2}.*herons\.md "Grey herons", 1 passage/)
  expect((await source("four", "search", "stork")).stdout).toContain(`${sourceId} 0-${HERONS.length + 25}\n`)
  await device.close()
})

test("[PL51] a folder of a relay that is not running is added to, and searched", async () => {
  const data = join(folder(), "data")
  mkdirSync(data)
  const path = file("herons.md", HERONS)
  expect(await polylogue("source", "add", path, "--data", data)).toMatchObject({ code: 0, stderr: "" })
  expect((await polylogue("source", "search", "heron", "--data", data)).stdout).toMatch(/^1\. Grey herons/)
  expect(await polylogue("source", "list", "--data", join(data, "none"))).toMatchObject({ code: 2 })
})
