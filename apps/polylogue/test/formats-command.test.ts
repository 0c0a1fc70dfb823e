import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { FORMATS } from "@polylogue/conversation"
import { folder, polylogue } from "./program.ts"

const DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

/** A chat of two versions, with a picture in it. */
const CHAT = JSON.stringify([
  {
    id: "garden",
    title: "A garden / of words",
    chat: {
      history: {
        currentId: "b",
        messages: {
          q: {
            id: "q",
            parentId: null,
            childrenIds: ["a", "b"],
            role: "user",
            content: "What grows here?",
            files: [{ type: "image", name: "dot.png", url: `data:image/png;base64,${DOT}` }],
          },
          a: { id: "a", parentId: "q", childrenIds: [], role: "assistant", content: "Roses.", model: "m" },
          b: { id: "b", parentId: "q", childrenIds: [], role: "assistant", content: "Thorns.", model: "m" },
        },
      },
    },
  },
])

async function filled(): Promise<string> {
  const data = folder()
  const file = join(folder(), "chats.json")
  writeFileSync(file, CHAT)
  expect(await polylogue("import", file, "--data", data)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("1 imported") as string,
  })
  return data
}

test("[PL35] a format is named or told, and what is not in it is reported; a name that no format has is refused with those there are", async () => {
  const data = folder()
  const file = join(folder(), "chats.json")
  writeFileSync(file, CHAT)
  expect(await polylogue("import", "--format", "claude", file, "--data", data)).toMatchObject({
    code: 2,
    stdout: expect.stringMatching(/^failed .*not in the format claude \(unknown-format\)/) as string,
  })
  expect(await polylogue("import", "--format", "open-webui", file, "--data", data)).toMatchObject({ code: 0 })
  const refused = await polylogue("import", "--format", "markdown", file, "--data", data)
  expect(refused.code).toBe(2)
  for (const { name, imports } of FORMATS)
    expect(refused.stderr.includes(` ${name},`) || refused.stderr.includes(` ${name} `)).toBe(imports)
})

test("[PL36] a bundle brings conversations and attachments to another folder, byte for byte, and twice changes nothing", async () => {
  const data = await filled()
  const zip = join(folder(), "all.zip")
  expect(await polylogue("export", "--format", "bundle", "--out", zip, "--data", data)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^1 conversation written/) as string,
  })
  const again = folder()
  expect(await polylogue("import", zip, "--data", again)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("3 messages") as string,
  })
  expect(await polylogue("import", zip, "--data", again)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("1 unchanged") as string,
  })
  const texts = await Promise.all(
    [data, again].map(async (place, index) => {
      const out = join(folder(), `${index}.json`)
      await polylogue("export", "--out", out, "--data", place)
      return readFileSync(out, "utf8")
    }),
  )
  expect(texts[1]).toBe(texts[0])
  // The picture went along: an export that holds attachments inline has its bytes.
  const threads = join(folder(), "threads")
  expect(await polylogue("export", "--format", "assistant-ui", "--out", threads, "--data", again)).toMatchObject({ code: 0 })
  const [thread = ""] = readdirSync(threads)
  expect(readFileSync(join(threads, thread), "utf8")).toContain(DOT)
})

test("[PL37] every format is written: to one file, or a file each in a folder under names that file systems take", async () => {
  const data = await filled()
  const place = folder()
  for (const { name, exports, files, extension } of FORMATS) {
    const out = join(place, `${name}.out`)
    const run = await polylogue("export", "--format", name, "--out", out, "--data", data)
    expect([name, run.code]).toEqual([name, exports ? 0 : 2])
    if (!exports) expect(existsSync(out)).toBe(false)
    else if (files === "each")
      expect(readdirSync(out)).toEqual([expect.stringMatching(new RegExp(`^A garden - of words [0-9a-f-]{36}\\.${extension}$`)) as string])
    else expect(readFileSync(out).length).toBeGreaterThan(100)
  }
  expect(readFileSync(join(place, "markdown.out"), "utf8")).toContain("# A garden / of words")
  expect(await polylogue("export", "--format", "ui-messages", "--out", "-", "--data", data)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("name a folder") as string,
  })
})

test("[PL38] an export says, conversation by conversation, what its format could not hold", async () => {
  const data = await filled()
  const out = join(folder(), "lines.jsonl")
  expect(await polylogue("export", "--format", "openai", "--out", out, "--data", data)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^left out of "A garden \/ of words": it stands on another branch; the title\n1 conversation written/,
    ) as string,
  })
  expect(readFileSync(out, "utf8")).toContain("Thorns.")
  expect(readFileSync(out, "utf8")).not.toContain("Roses.")
  const piped = await polylogue("export", "--format", "openai", "--out", "-", "--data", data)
  expect(piped.stdout).toBe(readFileSync(out, "utf8"))
  expect(piped.stderr).toContain("left out of")
  const every = await polylogue("export", "--format", "openai", "--every-line", "--out", "-", "--data", data)
  expect(every.stdout.trim().split("\n")).toHaveLength(2)
  expect(every.stderr).not.toContain("another branch")
})
