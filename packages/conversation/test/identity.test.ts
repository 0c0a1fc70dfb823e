import { createHash } from "node:crypto"
import { describe, expect, test } from "vitest"
import {
  conversationDocumentId,
  type ConversationError,
  indexDocumentId,
  isSegment,
  mintId,
  parseDocumentId,
} from "@polylogue/conversation"
import { hash128, hexHash } from "../src/content-hash.ts"
import { importedId } from "../src/identifier.ts"
import { decodeUtf8 } from "../src/formats/utf8.ts"
import { isWellFormed, splitAtPair, wellFormed } from "../src/well-formed.ts"
import { seededBytes, seededRandom } from "./devices.ts"

const withCode = (code: string): ConversationError => expect.objectContaining({ code }) as ConversationError

describe("document ids", () => {
  test("[CV1] document ids are made and taken apart by whole segments", () => {
    expect(indexDocumentId("home")).toBe("home/index")
    expect(conversationDocumentId("home", "0190-ab")).toBe("home/conv/0190-ab")
    expect(parseDocumentId("home/index")).toEqual({ kind: "index", workspace: "home" })
    const conversation = { kind: "conversation", workspace: "home", conversationId: "10" }
    expect(parseDocumentId("home/conv/10")).toEqual({ ...conversation, segment: 0 })
    expect(conversationDocumentId("home", "10", 1023)).toBe("home/conv/10/s1023")
    for (const segment of [0, 1, 99, 1023]) {
      expect(parseDocumentId(conversationDocumentId("home", "10", segment))).toEqual({ ...conversation, segment })
    }
    for (const segment of [-1, 0.5, 1024, Number.NaN]) expect(() => conversationDocumentId("home", "10", segment)).toThrow(RangeError)
    for (const name of ["s0", "s01", "s1024", "s", "s1x", "x1"]) {
      expect(parseDocumentId(`home/conv/10/${name}`)).toEqual({ kind: "other", workspace: "home", path: ["conv", "10", name] })
    }
    expect(parseDocumentId("home/conv/10/s1/x")).toMatchObject({ kind: "other" })
    expect(parseDocumentId("home/prompt/x")).toEqual({ kind: "prompt", workspace: "home", promptId: "x" })
    expect(parseDocumentId("home/prompt/x/y")).toEqual({ kind: "other", workspace: "home", path: ["prompt", "x", "y"] })
    expect(parseDocumentId("home/conv")).toMatchObject({ kind: "other" })
  })

  test("[CV1] ids from outside that are none are refused with a code", () => {
    const wrong = [
      "",
      "home",
      "/index",
      "home/",
      "home//x",
      "home/../x",
      "home/.",
      "a b/index",
      "é/index",
      "home/x\n",
      "x/".repeat(300) + "x",
    ]
    for (const value of [...wrong, null, 7, {}]) expect(() => parseDocumentId(value)).toThrow(withCode("bad-id"))
    expect(() => conversationDocumentId("home", "a/b")).toThrow(withCode("bad-id"))
    expect(() => indexDocumentId("..")).toThrow(withCode("bad-id"))
    expect(["a".repeat(128), "a".repeat(129), "a~b.c_d-e"].map(isSegment)).toEqual([true, false, true])
    expect(parseDocumentId(`${"a".repeat(126)}/${"b".repeat(126)}/${"c".repeat(126)}/${"d".repeat(128)}/z`.slice(0, 512))).toBeDefined()
  })
})

describe("ids of messages", () => {
  test("[CV1] minted ids are distinct UUIDs of version 7 that sort by time", () => {
    const bytes = seededBytes(seededRandom(7))
    const ids = Array.from({ length: 1000 }, (_, time) => mintId(1_700_000_000_000 + time, bytes))
    expect(new Set(ids).size).toBe(1000)
    expect([...ids].sort()).toEqual(ids)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  test("[CV1] imported ids depend on every part of the path and on nothing else", () => {
    expect(importedId("chatgpt", "c", "m")).toBe(importedId("chatgpt", "c", "m"))
    const ids = [importedId("chatgpt", "c", "m"), importedId("chatgpt", "cm"), importedId("chatgpt", "cm", ""), importedId("x", "c", "m")]
    expect(new Set(ids).size).toBe(4)
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    // Pinned: a release that changed it would import everything twice.
    expect(importedId("chatgpt", "conversation", "node")).toMatchInlineSnapshot(`"dd0d21d3-ec87-85d8-bc38-7137eff16fd9"`)
  })

  test("[CV1] the hash is SHA-256 over length-prefixed UTF-8, for every length of block", () => {
    for (let length = 0; length < 200; length++) {
      const text = "é𝒳a"
        .repeat(length)
        .slice(0, length)
        .replace(/\p{Surrogate}$/u, "b")
      const bytes = Buffer.from(text, "utf8")
      const prefix = Buffer.alloc(4)
      prefix.writeUInt32BE(bytes.length)
      const expected = createHash("sha256").update(prefix).update(bytes).digest("hex").slice(0, 32)
      expect(hexHash(text)).toBe(expected)
    }
    expect(hash128("\ud800")).not.toEqual(hash128("\ud801"))
    expect(hash128("a", "b")).not.toEqual(hash128("ab"))
    expect(hash128()).toHaveLength(16)
  })
})

describe("text", () => {
  test("[CV7] lone surrogates are found and replaced, pairs stay", () => {
    expect(wellFormed("a\ud83d b\udc00 😀")).toBe("a\ufffd b\ufffd 😀")
    expect([isWellFormed("😀"), isWellFormed("\udc00\ud83d")]).toEqual([true, false])
    expect(splitAtPair("ab\ud83d")).toEqual({ whole: "ab", rest: "\ud83d" })
    expect(splitAtPair("")).toEqual({ whole: "", rest: "" })
  })

  test("[CV7] UTF-8 is decoded like a strict TextDecoder does, or refused", () => {
    const strict = new TextDecoder("utf-8", { fatal: true })
    const random = seededRandom(99)
    let refused = 0
    for (let run = 0; run < 3000; run++) {
      const bytes = new TextEncoder().encode("aé漢😀\u{10ffff}\u0800".slice(Math.floor(random() * 4)))
      if (run % 2 === 1) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      let expected: string | undefined
      try {
        expected = strict.decode(bytes)
      } catch {
        expected = undefined
      }
      if (expected === undefined) {
        refused++
        expect(() => decodeUtf8(bytes)).toThrow(withCode("bad-encoding"))
      } else expect(decodeUtf8(bytes)).toBe(expected)
    }
    expect(refused).toBeGreaterThan(300)
    expect(decodeUtf8(new TextEncoder().encode(`\ufeff${"x".repeat(20_000)}😀`))).toBe(`${"x".repeat(20_000)}😀`)
  })
})
