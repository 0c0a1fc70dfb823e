import { gzipSync } from "node:zlib"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type ByteSource, type ImportItem, parseImport, readImport, type ReadImportOptions } from "@polylogue/conversation"
import { Shelf, statuses } from "./imports.ts"
import { bytesOf, collect, sourceOf, zip } from "./archives.ts"

const record = (text: string): object => ({ messages: [{ role: "user", content: text }] })
const lines = (count: number): string => Array.from({ length: count }, (_, at) => JSON.stringify(record(`word ${at}`))).join("\n")

async function itemsOf(content: string | Uint8Array, options: ReadImportOptions & { readonly cut?: number } = {}): Promise<ImportItem[]> {
  const { cut = 7, ...rest } = options
  return await collect(readImport(sourceOf("file-0.json", content, cut), rest))
}

async function statusesOf(content: string | Uint8Array, options: ReadImportOptions = {}): Promise<string[]> {
  return statuses(new Shelf().apply(await itemsOf(content, options)))
}

async function placesOf(content: string | Uint8Array, options: ReadImportOptions = {}): Promise<string[]> {
  const items = await itemsOf(content, options)
  return items.map((item) => `${item.kind === "report" ? item.report.where.position : item.where.position}: ${textOf(item)}`)
}

function textOf(item: ImportItem): string {
  if (item.kind === "report") return item.report.reason?.code ?? ""
  return item.conversation.messages.map(({ parts }) => parts.map(({ text }) => text).join()).join()
}

describe("a file as a stream", () => {
  const json = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.string().map(record), fc.record({ title: fc.string(), mapping: fc.constant({}) }))
  const spaced = fc.tuple(json, fc.constantFrom(undefined, 1, "\t")).map(([value, indent]) => JSON.stringify(value, null, indent))
  const file = fc.oneof(
    fc.array(json).map((list) => JSON.stringify(list)),
    fc.array(json).map((list) => JSON.stringify(list, null, 2)),
    fc.array(json).map((list) => [record("first"), ...list].map((value) => JSON.stringify(value)).join("\n")),
    fc.array(json).map((conversations) => JSON.stringify({ account: "ana", conversations, after: [1] }, null, 1)),
    spaced,
  )

  test("[CV47] gives what the same file gives when it is read whole, however it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (text, cut, mark) => {
        const whole = [...parseImport([{ name: "file-0.json", content: text }])]
        // Of a list of turns the stream makes one conversation; read whole they are many things that are none.
        fc.pre(!/"(?:role|from)":\s*"/.test(text) || !text.includes('"conversations"'))
        const streamed = await itemsOf(mark ? `\ufeff${text}` : text, { cut })
        const readable = whole.some((item) => item.kind === "conversation" || item.report.reason?.code !== "not-json")
        if (readable) expect(streamed).toEqual(whole)
        else expect(streamed.length).toBeGreaterThan(0)
      }),
      { numRuns: 400, seed: 4701 },
    )
  })

  test("[CV47] lists, lists in an object, lines and single records, with their places", async () => {
    const one = JSON.stringify(record("one"))
    const two = JSON.stringify(record("two"), null, 2)
    expect(await placesOf(`[${one}, ${two}]`)).toEqual(["[0]: one", "[1]: two"])
    expect(await placesOf(`{"user": {"a": "]}"}, "conversations": [\n${one},${two}\n], "more": []}`)).toEqual([
      "conversations[0]: one",
      "conversations[1]: two",
    ])
    expect(await placesOf(`\n${one}\n\n{"broken": \n${one}`)).toEqual(["line 2: one", "line 4: not-json", "line 5: one"])
    expect(await placesOf(`{"broken": "\n${one}\n${one}`)).toEqual(["line 1: not-json", "line 2: one", "line 3: one"])
    expect(await placesOf(two)).toEqual([": two"])
    expect(await placesOf(`${one} \n \n`)).toEqual([": one"])
    expect(await placesOf(`${one} x\n${one}\n${one}`)).toEqual(["line 1: not-json", "line 2: one", "line 3: one"])
  })

  test("[CV47] the turns of one conversation are no list of conversations", async () => {
    const turns = `{"id": "1", "conversations": [{"from": "human", "value": "hello"}], "extra": 1}`
    expect(await placesOf(turns)).toEqual([": hello"])
    expect(await placesOf(`${turns}\n${turns}`)).toEqual(["line 1: hello", "line 2: hello"])
  })

  test("[CV47] nothing is read before it is asked for, and nothing more when nobody asks", async () => {
    const content = new TextEncoder().encode(`[${lines(1000).replaceAll("\n", ",")}]`)
    let given = 0
    const source: ByteSource = {
      name: "a.json",
      size: content.length,
      async *read(start, end) {
        for (let at = start; at < end; at += 100) {
          given = Math.max(given, at + 100)
          yield await Promise.resolve(content.subarray(at, Math.min(end, at + 100)))
        }
      },
    }
    let count = 0
    for await (const item of readImport(source)) if (item.kind === "conversation" && ++count === 3) break
    expect(given).toBeLessThan(1000)
  })

  test("[CV47] what was dealt with before is passed over, and the rest is the same", async () => {
    const all = await itemsOf(lines(20))
    for (const skipItems of [0, 1, 19, 20, 21]) expect(await itemsOf(lines(20), { skipItems })).toEqual(all.slice(skipItems))
  })
})

describe("a stream that goes wrong", () => {
  test("[CV48] what stands before the place where a file breaks off is imported, and the place is named", async () => {
    const good = JSON.stringify(record("good"))
    expect(await placesOf(`[${good}, ${good.slice(0, -4)}`)).toEqual(["[0]: good", "[1]: not-json"])
    expect(await placesOf(`[${good},`)).toEqual(["[0]: good", ": not-json"])
    expect(await placesOf(`{"format":"polylogue","version":1,"conversations":[`)).toEqual([": not-json"])
    expect(await placesOf(`{"conversations":[${good}], "more`)).toEqual(["conversations[0]: good", ": not-json"])
    expect(await placesOf(`[${good}] ${good}`)).toEqual(["[0]: good", ": not-json"])
    expect(await placesOf(`[${good}, {"a": [}, ${good}]`)).toEqual(["[0]: good", "[1]: not-json"])
  })

  test("[CV48] a record that is too large, or no UTF-8, fails by itself and the next one is read", async () => {
    const good = JSON.stringify(record("good"))
    const maxRecordBytes = good.length
    expect(await placesOf(`[${good},${JSON.stringify(record("longer"))},${good}]`, { maxRecordBytes })).toEqual([
      "[0]: good",
      "[1]: too-large",
      "[2]: good",
    ])
    expect(await placesOf(`${good}\n${JSON.stringify(record("longer"))}\n${good}`, { maxRecordBytes })).toEqual([
      "line 1: good",
      "line 2: too-large",
      "line 3: good",
    ])
    expect(await placesOf(`${JSON.stringify(record("longer"))}\n${good}`, { maxRecordBytes })).toEqual([
      "line 1: too-large",
      "line 2: good",
    ])
    expect(await placesOf(JSON.stringify(record("longer")), { maxRecordBytes })).toEqual([": too-large"])
    expect(await placesOf(bytesOf("[", good, ",", Uint8Array.of(0x22, 0xff, 0x22), ",", good, "]"))).toEqual([
      "[0]: good",
      "[1]: bad-encoding",
      "[2]: good",
    ])
  })

  test("[CV48] a file that is wrong altogether gives one report with its reason", async () => {
    const wrong: readonly (readonly [string | Uint8Array, string])[] = [
      ["", "skipped: empty"],
      [" \n\t ", "skipped: empty"],
      ["hello", "failed: not-json"],
      ["{'a': 1}", "failed: not-json"],
      ["null", "skipped: not-conversations"],
      ['"text"', "skipped: not-conversations"],
      ["[]", "skipped: empty"],
      ['{"conversations":[]}', "skipped: empty"],
      ["{}", "skipped: not-conversations"],
      ['{\n  "a": {\n    "b": 1\n  }', "failed: not-json"],
      ['{"format":"polylogue","version":99,"conversations":[{}]}', "failed: unsupported-version"],
      ['{"format":"polylogue","version":1,"conversations":7}', "failed: bad-record"],
      [Uint8Array.of(0x7b, 0xff, 0x7d), "failed: bad-encoding"],
      [Uint8Array.of(0xff, 0xfe, 0x7b, 0), "failed: bad-encoding"],
      [Uint8Array.of(0xef, 0xbb, 0xbf), "skipped: empty"],
    ]
    for (const [content, status] of wrong) expect([content, await statusesOf(content)]).toEqual([content, [status]])
  })

  test("[CV48] arbitrary bytes, damaged files and a million brackets end, with reports and nothing thrown", async () => {
    const good = new TextEncoder().encode(`{"conversations":[${lines(4).replaceAll("\n", ",")}]}`)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(good.length - 1), fc.nat(255), async (noise, at, byte) => {
        expect((await statusesOf(noise)).length).toBeGreaterThan(0)
        const damaged = good.slice()
        damaged[at] = byte
        expect((await statusesOf(damaged)).length).toBeGreaterThan(0)
      }),
      { numRuns: 300, seed: 4802 },
    )
    for (const bracket of ["[", '{"a":', '[{"conversations":[']) {
      expect((await statusesOf(bracket.repeat(300_000), { maxRecordBytes: 100_000 })).length).toBe(1)
    }
    expect(await statusesOf("x".repeat(2_000_000), { maxRecordBytes: 1_000_000 })).toEqual(["failed: too-large"])
  })

  test("[CV48] what the source throws is thrown on: the device failed, not the file", async () => {
    const failing: ByteSource = {
      name: "a.json",
      size: 10,
      // oxlint-disable-next-line require-yield -- reason: it fails before its first chunk.
      async *read() {
        await Promise.resolve()
        throw new Error("the disk is gone")
      },
    }
    await expect(collect(readImport(failing))).rejects.toThrow("the disk is gone")
  })
})

describe("archives", () => {
  test("[CV49] gzip and zip are unpacked as they are read, names and all; what is no JSON in an archive is left alone", async () => {
    const packed = zip([
      { name: "export/conversations-000.json", content: `[${lines(2).replaceAll("\n", ",")}]` },
      { name: "export/readme.txt", content: "hello" },
      { name: "more.jsonl", content: lines(1), stored: true },
    ])
    const items = await itemsOf(packed)
    expect(items.map((item) => (item.kind === "conversation" ? item.where.file : ""))).toEqual([
      "file-0.json/export/conversations-000.json",
      "file-0.json/export/conversations-000.json",
      "file-0.json/more.jsonl",
    ])
    expect(await placesOf(gzipSync(lines(3)))).toEqual(["line 1: word 0", "line 2: word 1", "line 3: word 2"])
    expect(await statusesOf(zip([{ name: "a.txt", content: "" }]))).toEqual(["skipped: empty"])
  })

  test("[CV49] an archive with the numbers of one beyond 4 GB is read", async () => {
    expect(await placesOf(zip([{ name: "a.json", content: lines(2) }], { wide: true }))).toEqual(["line 1: word 0", "line 2: word 1"])
  })

  test("[CV49] damaged, cut off, encrypted and foreign archives are reported with what could be read before", async () => {
    const good = zip([{ name: "a.json", content: lines(1) }])
    expect(await statusesOf(good.subarray(0, good.length - 30))).toEqual(["failed: bad-encoding"])
    expect(await statusesOf(zip([{ name: "a.json", content: lines(1) }], { method: 12 }))).toEqual(["failed: bad-encoding"])
    expect(await statusesOf(zip([{ name: "a.json", content: lines(1) }], { flags: 1 }))).toEqual(["failed: bad-encoding"])
    expect(await statusesOf(zip([{ name: "a.json", content: lines(1) }], { directoryAt: 0xfffffff0 }))).toEqual(["failed: bad-encoding"])
    expect(await statusesOf("PK")).toEqual(["failed: bad-encoding"])
    expect(await statusesOf(gzipSync(lines(1)).subarray(0, 20))).toEqual(["failed: bad-encoding"])
    const wrongSum = zip([
      { name: "a.json", content: `[${lines(1)}]`, stored: true, crc: 7 },
      { name: "b.json", content: lines(1) },
    ])
    expect(await statusesOf(wrongSum)).toEqual(["imported", "failed: bad-encoding", "unchanged"])
  })

  test("[CV49] what unpacks to far more than text does is let go, and the next file is read", async () => {
    const trap = zip([
      { name: "trap.json", content: `["${"a".repeat(70 * 1024 * 1024)}"]` },
      { name: "b.json", content: lines(1) },
    ])
    expect(await statusesOf(trap)).toEqual(["failed: too-large", "imported"])
  })

  test("[CV49] any byte of an archive may be wrong: reports or conversations, nothing thrown", async () => {
    const good = zip([
      { name: "a.json", content: lines(1) },
      { name: "b.json", content: "[]", stored: true },
    ])
    for (let at = 0; at < good.length; at++) {
      const bad = good.slice()
      bad[at] = (bad[at] ?? 0) ^ 0xff
      expect((await itemsOf(bad, { cut: 64 })).length).toBeGreaterThan(0)
    }
  })
})
