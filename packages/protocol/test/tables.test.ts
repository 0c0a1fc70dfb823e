import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import {
  type Code,
  codeName,
  codeNumber,
  CODE_MEANINGS,
  CODES,
  FRAMES,
  idFromBytes,
  idToBytes,
  isDocumentId,
  isId,
  isPermanent,
  isWithin,
  MAX_DOCUMENT_ID_LENGTH,
  mintId,
} from "@polylogue/protocol"

const protocol = readFileSync(new URL("../PROTOCOL.md", import.meta.url), "utf8")

test("[PR9] codes: numbers unique, bands true, headings in PROTOCOL.md", () => {
  const names = Object.keys(CODES) as Code[]
  expect(new Set(names.map(codeNumber)).size).toBe(names.length)
  for (const name of names) {
    expect(codeName(codeNumber(name))).toBe(name)
    expect(protocol).toContain(`### ${name} (${codeNumber(name)})\n${CODE_MEANINGS[name].meaning}`)
  }
  expect(codeName(4999)).toBeUndefined()
  expect([4399, 4400, 4499, 4500, 1013].map(isPermanent)).toEqual([false, true, true, false, false])
})

test("[PR9] every frame is a row of the table with the same fields", () => {
  for (const [name, frame] of Object.entries(FRAMES)) {
    expect(protocol).toContain(`| ${frame.number} | ${name} | ${Object.keys(frame.fields).join(", ")} |`)
  }
  expect(new Set(Object.values(FRAMES).map((frame) => frame.number)).size).toBe(Object.keys(FRAMES).length)
})

test("[PR10] document ids are paths of safe segments", () => {
  for (const id of ["home/index", "home/conv/01HZ_a-b.c~d", "a", "x".repeat(128)]) expect(isDocumentId(id)).toBe(true)
  for (const id of ["", "/", "a/", "/a", "a//b", ".", "a/..", "a/./b", "a b", "ä", "a\u0000", "a?b", "x".repeat(129)])
    expect(isDocumentId(id)).toBe(false)
  const longest = Array.from({ length: 64 }, () => "abcdefg").join("/") + "x"
  expect(longest.length).toBe(MAX_DOCUMENT_ID_LENGTH)
  expect(isDocumentId(longest)).toBe(true)
  expect(isDocumentId(`${longest}x`)).toBe(false)
})

test("[PR10] ids of logs and rows are 16 hex digits", () => {
  const id = mintId((length) => Uint8Array.from({ length }, (_, index) => index * 17))
  expect(id).toBe("0011223344556677")
  expect(idFromBytes(idToBytes(id))).toBe(id)
  expect([isId(id), isId("0"), isId(id.toUpperCase() + "G")]).toEqual([true, false, false])
  const others = [
    "0",
    `${id}0`,
    ...["/", ":", "A", "F", "`", "g", "\u0130", " "].flatMap((digit) => [digit + id.slice(1), id.slice(1) + digit]),
  ]
  for (const other of others) expect(() => idToBytes(other), other).toThrow(expect.objectContaining({ code: "bad-value" }))
  expect(idFromBytes(idToBytes("0123456789abcdef"))).toBe("0123456789abcdef")
})

test("[PR10] a prefix holds itself and what lies below it, by whole segments", () => {
  const within = (path: string): boolean => isWithin(path, "home")
  expect(["home", "home/a", "home/a/b", "homework", "homework/a", "hom", "other/home"].map(within)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})
