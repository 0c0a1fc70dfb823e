import { expect, test } from "vitest"
import { closeMarks } from "../src/markdown/open-marks.ts"

const closed = (text: string): string => closeMarks(text).text

test("[WB54] emphasis and code are closed while a text is being written", () => {
  expect(closed("a **bo")).toBe("a **bo**")
  expect(closed("a **")).toBe("a")
  expect(closed("a **b*")).toBe("a **b**")
  expect(closed("a **b** c")).toBe("a **b** c")
  expect(closed("a ***b")).toBe("a ***b***")
  expect(closed("a **b _c")).toBe("a **b _c_**")
  expect(closed("a ~~b")).toBe("a ~~b~~")
  expect(closed("snake_case_na")).toBe("snake_case_na")
  expect(closed("2 * 3 and ")).toBe("2 * 3 and")
  expect(closed("a `co")).toBe("a `co`")
  expect(closed("a `")).toBe("a")
  expect(closed("a ``c`d")).toBe("a ``c`d``")
  expect(closed("`**` and **b")).toBe("`**` and **b**")
  expect(closed("- **one**\n- **tw")).toBe("- **one**\n- **tw**")
  expect(closed("a \\")).toBe("a")
})

test("[WB54] a link is its words until its address is whole", () => {
  expect(closed("see [the paper](https://exa")).toBe("see the paper")
  expect(closed("see [the pa")).toBe("see the pa")
  expect(closed("see [the paper]")).toBe("see the paper")
  expect(closed("see ![a chart](https://e")).toBe("see a chart")
  expect(closed("see [a](https://e.org) and")).toBe("see [a](https://e.org) and")
  expect(closed("a[1] is **b")).toBe("a[1] is **b**")
  expect(closed("**see [the pa")).toBe("**see the pa**")
  expect(closed("at <https://exa")).toBe("at https://exa")
})

test("[WB54] what may become something else is held back until it has", () => {
  expect(closed("Some text\n-")).toBe("Some text")
  expect(closed("Some text\n--")).toBe("Some text")
  expect(closed("Some text\n=")).toBe("Some text")
  expect(closed("- one\n2")).toBe("- one")
  expect(closed("- one\n- [")).toBe("- one")
  expect(closed("Text\n\n``")).toBe("Text")
  expect(closed("Text\n\n##")).toBe("Text")
  expect(closed("Text\n\n> ")).toBe("Text")
  expect(closed("12")).toBe("")
  expect(closed("12 apples")).toBe("12 apples")
})

test("[WB54] an open fence is code already, without half a name and half a closing", () => {
  expect(closed("```\na ** b `")).toBe("```\na ** b `")
  expect(closed("```py")).toBe("```\n")
  expect(closed("text\n```py")).toBe("text\n```\n")
  expect(closed("```py\nx = 1\n``")).toBe("```py\nx = 1")
  expect(closed("```py\nx = 1\n")).toBe("```py\nx = 1\n")
})

test("[WB54] a table is a table from its head on", () => {
  expect(closed("| Name | Pri")).toBe("| Name | Pri |\n| - | - |")
  expect(closed("| Name | Price |\n")).toBe("| Name | Price |\n| - | - |")
  expect(closed("| Name | Price |\n|--")).toBe("| Name | Price |\n| - | - |")
  expect(closed("| Name | Price |\n|---|---|\n| a | **b")).toBe("| Name | Price |\n|---|---|\n| a | **b**")
  expect(closed("Text\n\n| **Na")).toBe("Text\n\n| **Na** |\n| - |")
})

test("[WB54] an open formula stands as it is written", () => {
  expect(closeMarks("so \\(x + \\fra")).toEqual({ text: "so \\(x + \\fra\\)", openMaths: "x + \\fra" })
  expect(closeMarks("\\[\nx = 1\\")).toEqual({ text: "\\[\nx = 1\\]", openMaths: "\nx = 1" })
  expect(closeMarks("so $$x = $")).toEqual({ text: "so $$x = $$", openMaths: "x = " })
  expect(closeMarks("so \\(")).toEqual({ text: "so", openMaths: undefined })
  expect(closeMarks("so \\(x\\) is **b")).toEqual({ text: "so \\(x\\) is **b**", openMaths: undefined })
})

test("[WB54] every beginning of a text can be closed, and what was closed is never longer than by its marks", () => {
  const text =
    "# Head\n\nSome **bold _both_** and `code` with [a link](https://e.org/x_y).\n\n- one\n- [ ] two\n  1. three\n\n| a | b |\n|---|---|\n| 1 | `2` |\n\n" +
    "\\[\n x = \\frac{1}{2}\n\\]\n\n> quote\n\n```py\nx = 1\n```\nEnd ***here***."
  for (let end = 0; end <= text.length; end++) {
    const beginning = text.slice(0, end)
    expect(closed(beginning).length).toBeLessThanOrEqual(beginning.length + 24)
  }
})
