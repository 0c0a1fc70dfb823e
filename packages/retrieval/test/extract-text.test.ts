import { extractText, MAX_FILE_BYTES, MAX_TEXT_CHARACTERS, RetrievalError } from "@polylogue/retrieval"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const latin = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

async function textOf(content: Uint8Array | string, name = "a.txt", mime = ""): Promise<string> {
  return (await extractText({ bytes: typeof content === "string" ? bytes(content) : content, name, mime })).text
}

function refusal(content: Uint8Array | string, name = "a.txt", mime = ""): Promise<RetrievalError> {
  return textOf(content, name, mime).then(
    (text) => Promise.reject(new Error(`read as ${text.slice(0, 40)}`)),
    (error: unknown) => error as RetrievalError,
  )
}

describe("text", () => {
  test("[RT7] is read in the character set that its bytes show or that it names", async () => {
    const said = "Grüße, 東京 🙂"
    const utf16 = (little: boolean): number[] =>
      Array.from(said, (c) => Array.from({ length: c.length }, (_, i) => c.charCodeAt(i)))
        .flat()
        .flatMap((unit) => (little ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255]))
    expect(await textOf(said)).toBe(said)
    expect(await textOf(Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes(said)))).toBe(said)
    expect(await textOf(Uint8Array.of(0xff, 0xfe, ...utf16(true)))).toBe(said)
    expect(await textOf(Uint8Array.of(0xfe, 0xff, ...utf16(false)))).toBe(said)
    expect(await textOf(Uint8Array.from(utf16(true)))).toBe(said)
    expect(await textOf(Uint8Array.from(utf16(false)))).toBe(said)
    expect(await textOf(latin("Gr\xfc\xdfe"), "a.txt", "text/plain; charset=iso-8859-1")).toBe("Grüße")
    expect(await textOf(latin('<meta charset="windows-1252"><p>Gr\xfc\xdfe \x80'), "a.html")).toBe("Grüße €")
    expect(
      await textOf(latin('<meta http-equiv="Content-Type" content="text/html; charset=shift_jis"><p>\x93\x8c\x8b\x9e'), "a.html"),
    ).toBe("東京")
    expect(await textOf(latin('<?xml version="1.0" encoding="koi8-r"?><html><p>\xcd\xc9\xd2'), "a.xhtml")).toBe("мир")
    expect(await textOf('<meta charset="iso-8859-1"><p>Grüße', "a.html")).toBe("Grüße")
    expect(await textOf(latin('<meta charset="iso-2022-jp"><p>\x1b$BEl5~\x1b(B'), "a.html")).toBe("東京")
  })

  test("[RT7] of no known character set is refused by its name, never guessed", async () => {
    expect(await refusal(latin("Gr\xfc\xdfe"))).toMatchObject({
      code: "unreadable",
      message: expect.stringContaining("save it as UTF-8") as string,
    })
    expect(await refusal(latin("<p>Gr\xfc\xdfe"), "a.html")).toMatchObject({ code: "unreadable" })
    expect(await refusal(latin('<meta charset="utf-8"><p>Gr\xfc\xdfe'), "a.html")).toMatchObject({ code: "unreadable" })
    expect(await refusal(latin('<meta charset="klingon-1"><p>\xff'), "a.html")).toMatchObject({
      code: "unreadable",
      message: expect.stringContaining("klingon-1") as string,
    })
    expect(await refusal(Uint8Array.of(0xff, 0xfe, 0x00, 0xd8))).toMatchObject({
      code: "unreadable",
      message: expect.stringContaining("utf-16le") as string,
    })
  })

  test("[RT2] what is no text, and what is text of a kind that is not read, is refused with what to do", async () => {
    for (const first of ["PK\x03\x04", "\xd0\xcf\x11\xe0", "{\\rtf1", "\x89PNG", "\xff\xd8\xff", "%!PS", "\x1f\x8b"])
      expect(await refusal(latin(`${first} and more`), "report.docx")).toMatchObject({
        code: "unsupported",
        message: expect.stringContaining("save") as string,
      })
    expect(await refusal(latin("a\0b\0\0c"), "a.bin")).toMatchObject({ code: "unsupported" })
    expect(await refusal("no PDF", "a.pdf")).toMatchObject({ code: "unreadable" })
    for (const blank of ["", " \n\t", "<p> <script>x</script>"]) expect(await refusal(blank, "a.html")).toMatchObject({ code: "empty" })
  })

  test("[RT8] ends lines with a line feed and holds no control characters", async () => {
    expect(await textOf("a\r\nb\rc\n\fd\u0007\u001b[31m\te")).toBe("a\nb\nc\n\nd\uFFFD\uFFFD[31m\te")
  })

  test("[RT9] is read up to a limit, and its file", async () => {
    expect((await textOf("x".repeat(MAX_TEXT_CHARACTERS))).length).toBe(MAX_TEXT_CHARACTERS)
    expect(await refusal("x".repeat(MAX_TEXT_CHARACTERS + 1))).toMatchObject({ code: "too-large" })
    const picture = new Uint8Array(MAX_FILE_BYTES + 1)
    picture.set(latin("\x89PNG"))
    expect(await refusal(picture.subarray(0, MAX_FILE_BYTES))).toMatchObject({ code: "unsupported" })
    expect(await refusal(picture)).toMatchObject({ code: "too-large" })
  })

  test("[RT2] any bytes under any name are read or refused with a code", async () => {
    const names = fc.constantFrom("a.txt", "a.html", "a.md", "a.pdf", "a")
    const starts = fc.constantFrom("", "%PDF-1.7\n", "<meta charset=", "\xff\xfe", "---\ntitle: ")
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), names, starts, async (rest, name, start) => {
        try {
          const { text } = await extractText({ bytes: Uint8Array.of(...latin(start), ...rest), name })
          expect(text.trim()).not.toBe("")
          expect(text.isWellFormed()).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(RetrievalError)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe("Markdown", () => {
  const titleOf = async (text: string): Promise<string | undefined> => (await extractText({ bytes: bytes(text), name: "a.md" })).title

  test("[RT10] is kept as written, and its title told", async () => {
    const text = "---\ntitle: 'On herons'\n---\n\n# Other\n\n* grey\n"
    expect(await extractText({ bytes: bytes(text), name: "a.md" })).toEqual({ text, pages: [], title: "On herons" })
    expect(await titleOf("text\n\n```\n# no\n```\n\n# Grey `herons` ##\n")).toBe("Grey `herons`")
    expect(await titleOf("Herons\n======\n")).toBe("Herons")
    expect(await titleOf("---\nno end\n# One\n")).toBe("One")
    expect(await titleOf("## Two\n")).toBeUndefined()
  })
})
