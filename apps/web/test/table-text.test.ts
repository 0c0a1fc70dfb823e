import { expect, test } from "vitest"
import { misleads } from "../src/markdown/link-host.ts"
import { tableCsv, tableMarkdown } from "../src/markdown/table-text.ts"

test("[WB55] a table as CSV has its cells as they are, and none that a spreadsheet runs", () => {
  expect(
    tableCsv([
      ["a", 'b "c"', "d,e"],
      ["-5.2", "two\nlines", ""],
    ]),
  ).toBe('a,"b ""c""","d,e"\r\n-5.2,"two\nlines",\r\n')
  expect(tableCsv([["=HYPERLINK(1)", "+1+cmd", "@x", "-cmd"]])).toBe("'=HYPERLINK(1),'+1+cmd,'@x,'-cmd\r\n")
})

test("[WB55] a table as Markdown is the table again", () => {
  expect(
    tableMarkdown([
      ["a", "b | c"],
      ["1", "two\nlines"],
    ]),
  ).toBe("| a | b \\| c |\n| --- | --- |\n| 1 | two lines |\n")
})

test("[WB55] words mislead when they name another host than the address leads to", () => {
  for (const [text, href] of [
    ["https://bank.example", "https://evil.example"],
    ["see bank.example for more", "https://evil.example"],
    ["bank.example", "https://bank.example.evil.org"],
    ["the bank", "https://bank.example@evil.example"],
    ["b\u00e4nk.example", "https://bank.example"],
  ] as const) {
    expect(misleads(text, href), text).toBe(true)
  }
  for (const [text, href] of [
    ["the bank", "https://bank.example"],
    ["example.org", "https://docs.example.org/x"],
    ["www.example.org", "https://example.org"],
    ["b\u00e4nk.example", "https://b\u00e4nk.example/x"],
    ["README.md", "https://example.org/README.md"],
    ["version 1.2.3", "https://example.org"],
    ["write to us", "mailto:a@example.org"],
  ] as const) {
    expect(misleads(text, href), text).toBe(false)
  }
})
