import { expect, test } from "vitest"
import { cutToTokens, estimateTokens } from "../src/context/token-estimate.ts"

/** Texts, and how many tokens they are in the vocabularies o200k and cl100k. */
const COUNTED: readonly (readonly [kind: string, text: string, o200k: number, cl100k: number])[] = [
  [
    "English",
    "The relay keeps what it was given, and every device that comes back asks for what it lacks. Nobody waits for anybody: words are written where one is, and arrive where others are.",
    38,
    38,
  ],
  [
    "German",
    "Das Gerät fragt nach dem, was ihm fehlt, und niemand wartet auf jemanden: Wörter werden dort geschrieben, wo man gerade ist, und kommen dort an, wo die anderen sind.",
    36,
    46,
  ],
  [
    "Russian",
    "Устройство спрашивает о том, чего ему не хватает, и никто никого не ждёт: слова пишутся там, где находится человек.",
    29,
    57,
  ],
  ["Arabic", "يسأل الجهاز عما ينقصه ولا ينتظر أحد أحدا، فالكلمات تكتب حيث يكون المرء وتصل إلى حيث يكون الآخرون.", 32, 73],
  ["Hindi", "उपकरण पूछता है कि उसमें क्या कमी है, और कोई किसी की प्रतीक्षा नहीं करता।", 21, 68],
  ["Chinese", "设备会询问自己缺少什么，没有人需要等待别人：话写在人所在的地方，然后到达别人所在的地方。", 28, 45],
  ["Japanese", "端末は足りないものを尋ね、誰も誰かを待つことはありません。言葉はその場で書かれ、他の人のもとへ届きます。", 43, 60],
  [
    "code",
    'export function textOf(document: ReplicaDocument): string {\n  return document.ydoc.getText("t").toJSON()\n}\n\nfor (let at = 0; at < 10; at++) {\n  if (rows[at]?.order !== undefined) total += rows[at].bytes * 2\n}\n',
    65,
    61,
  ],
  [
    "JSON",
    '{"id":"0190a3","parts":[{"pid":"0","type":"text","text":"hello"},{"pid":"1","type":"file","size":20480}],"clock":1700000000123,"deleted":false}',
    49,
    48,
  ],
  ["emoji", "😀😂🥲👍🏽🎉🚀❤️🔥✨🙏👩‍👩‍👧‍👦🇩🇪", 30, 54],
]

test.each(COUNTED)("[RS32] what a text takes is estimated within bounds: %s", (_kind, text, newer, older) => {
  const estimate = estimateTokens(text)
  expect(estimate / newer).toBeGreaterThanOrEqual(1)
  expect(estimate / newer).toBeLessThan(3.5)
  expect(estimate / older).toBeGreaterThan(0.8)
  expect(estimate / older).toBeLessThan(1.5)
})

test("[RS32] nothing takes nothing, a little takes one, and more of a text never takes less", () => {
  expect(estimateTokens("")).toBe(0)
  expect(estimateTokens("a")).toBe(2)
  const text = COUNTED.map(([, said]) => said).join("\n\n")
  let before = 0
  for (let end = 0; end <= text.length; end += 7) {
    const estimate = estimateTokens(text.slice(0, end))
    expect(estimate).toBeGreaterThanOrEqual(before - 1)
    before = estimate
  }
})

test("[RS32] a text is cut to so many tokens, never inside a character, and one that fits is left whole", () => {
  const text = COUNTED.map(([, said]) => said).join(" ")
  const whole = estimateTokens(text)
  expect(cutToTokens(text, whole)).toBe(text)
  for (const tokens of [0, 1, 10, 100, whole - 1]) {
    const cut = cutToTokens(text, tokens)
    expect(estimateTokens(cut)).toBeLessThanOrEqual(tokens)
    expect(text.startsWith(cut)).toBe(true)
    expect(cut.isWellFormed()).toBe(true)
    expect(cut.length).toBeLessThan(text.length)
  }
  expect(cutToTokens("x".repeat(3_000_000), 5).length).toBeGreaterThan(0)
})
