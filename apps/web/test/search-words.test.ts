import { MAX_TERM_LENGTH, tokensOf } from "@polylogue/retrieval/words"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { authorOf } from "../src/conversation/message-author.ts"
import { countedHits, moreWords, placeOf } from "../src/search/hit-words.ts"
import { indexedMessages } from "../src/search/indexed-message.ts"
import { parseQuery } from "../src/search/query.ts"
import { snippetOf, SNIPPET_LENGTH } from "../src/search/snippet.ts"
import { cutIntoTokens, joinMarks, marksOf } from "../src/search/text-match.ts"
import { conversationOf, lookUp, NOW, shardsOf, textsFound } from "./search-shelf.ts"

/** Characters of many kinds: accents apart and composed, no spaces, right to left, emoji of several, code. */
const CHARACTERS = Array.from("aZ é ñ e\u0301 ß ﬁ Ａ _ ' 9 ² . - / 東京タワー猫ｶﾞ 학교 ไทยกรุง ខ្មែរ שָׁלוֹם مُحَمَّدـ हिन्दी 🙂 👩‍👩‍👧 👍🏽 🇩🇪 \n")
const texts = fc.array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: 40 }).map((characters) => characters.join(""))

describe("words", () => {
  test("[WB45] whatever is written is found by each of its words, whole and quoted", async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        for (const token of tokensOf(text)) {
          for (const typed of [`${token.text} `, `"${token.text}"`]) expect(await textsFound([text, "zzz"], typed), typed).toContain(text)
        }
      }),
      { numRuns: 60 },
    )
  })

  test("[WB45] any part of a text without spaces is found, wherever it is cut, and nothing that lacks it", async () => {
    const signs = fc.array(fc.constantFrom(...Array.from("東京都大学院生物学タワーのはひ猫학교에서ไทยกขค")), {
      minLength: 1,
      maxLength: 24,
    })
    await fc.assert(
      fc.asyncProperty(signs, fc.nat(), fc.integer({ min: 1, max: 6 }), async (characters, from, length) => {
        const text = characters.join("")
        const start = from % characters.length
        const part = characters.slice(start, start + length).join("")
        const other = Array.from(part).toReversed().join("")
        expect(await textsFound([text], part)).toEqual([text])
        expect(await textsFound([text], other)).toEqual(text.includes(other) ? [text] : [])
      }),
      { numRuns: 150 },
    )
  })

  test.each([
    ["case", "The Quick BROWN fox", "quick brown"],
    ["accents left out", "Un café très fort", "cafe tres"],
    ["accents put in", "a cafe", "café"],
    ["accents apart", "cafe\u0301 noir", "café"],
    ["letters in place of others", "Straße nach Łódź, smørrebrød", "strasse lodz smorrebrod"],
    ["full width and ligatures", "Ｈｅｌｌｏ ﬁnal", "hello final"],
    ["a Greek final sigma", "ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
    ["a soft hyphen", "Donau\u00addampf", "donaudampf"],
    ["points of Hebrew", "שָׁלוֹם עוֹלָם", "שלום עולם"],
    ["points of Arabic, its stroke, its forms of alef", "مُحَمَّـد إلى", "محمد الى"],
    ["Hindi with its vowel signs", "यह हिन्दी में है", "हिन्दी"],
    ["the end of a Korean word apart", "오늘 학교에서 배웠다", "학교"],
    ["half-width katakana", "ｶﾞｲﾄﾞ", "ガイド"],
    ["Thai within a sentence", "ฉันรักกรุงเทพมหานคร", "กรุงเทพ"],
    ["what a sign divides, with and without it", "自然、伐採", '"然、伐採"'],
    ["an emoji", "well done 👍🏽!", "👍"],
    ["an emoji of several", "we are 👩‍👩‍👧 here", "👩‍👩‍👧"],
    ["a flag", "from 🇩🇪 with", "🇩🇪"],
    ["parts of camel case", "call getUserName(id)", "user"],
    ["an identifier whole", "call getUserName(id)", "getusername"],
    ["parts of snake case", "MAX_FRAME_BYTES = 4", "frame bytes"],
    ["letters beside digits", "encoded as utf8 text", "utf"],
    ["a contraction by its head", "l'homme", "homme"],
    ["a language with signs", "written in C++ and C#", "c++ c#"],
    ["an address as it is written", "mail ana@example.com now", "ana@example.com"],
    ["a version", "node 20.20.2 is", "20.20.2"],
    ["the beginning of the last word", "a conversation", "conver"],
  ])("[WB45] found: %s", async (_name, text, typed) => {
    expect(await textsFound([text, "nothing of that kind"], typed)).toEqual([text])
  })

  test("[WB45] a message is found whatever its parts call themselves, also by names that every object has", () => {
    const conversation = conversationOf([])
    for (const type of ["constructor", "__proto__", "toString"])
      conversation.send({ parts: [{ type, text: `in ${type}` }], parentId: null })
    const indexed = [...indexedMessages(conversation)]
    expect(indexed.map(({ terms }) => terms.has("in"))).toEqual([true, true, true])
    const hit = {
      messageId: "m",
      authorId: "a",
      authorName: null,
      authorKind: "person",
      role: "user",
      model: null,
      imported: false,
      time: NOW,
    }
    const snippet = { text: "", marks: [] }
    expect(placeOf({ ...hit, snippet, part: "constructor", branch: null })).toEqual(["in constructor"])
    expect(authorOf({ ...hit, role: "__proto__" })).toBe("__proto__")
  })

  test("[WB49] what was not counted to its end is said to be at least so many", () => {
    const group = { conversationId: "a", title: "", hits: [], more: 1_200, atLeast: false }
    expect(countedHits([group, { ...group, more: 1 }])).toBe("1,201 messages in 2 conversations")
    expect(countedHits([group, { ...group, atLeast: true }])).toBe("At least 2,400 messages in 2 conversations")
    expect(moreWords(group)).toBe("1,200 more in this conversation")
    expect(moreWords({ ...group, atLeast: true })).toBe("At least 1,200 more in this conversation")
  })

  test("[WB45] a word is compared up to its bound, and one longer than that is found by itself", async () => {
    const at = "x".repeat(MAX_TERM_LENGTH)
    expect(await textsFound([`${at}y`], `${at}y`)).toEqual([`${at}y`])
    expect(await textsFound([at], `${at} `)).toEqual([at])
    expect(await textsFound([at.slice(1)], `${at} `)).toEqual([])
  })
})

describe("queries", () => {
  test("[WB46] every word has to be there; quotes want them side by side; a minus leaves out", async () => {
    const shelf = ["red green blue", "green red", "red and green", "红色和绿色"]
    expect((await textsFound(shelf, "red green ")).toSorted()).toEqual(["green red", "red and green", "red green blue"])
    expect(await textsFound(shelf, '"red green"')).toEqual(["red green blue"])
    expect((await textsFound(shelf, "green -blue")).toSorted()).toEqual(["green red", "red and green"])
    expect((await textsFound(shelf, 'green -"red green"')).toSorted()).toEqual(["green red", "red and green"])
    expect(await textsFound(shelf, "绿色")).toEqual(["红色和绿色"])
  })

  test("[WB46] only the last word is a beginning, and only while it is being written", async () => {
    const shelf = ["conversation of people", "converse with people"]
    expect(await textsFound(shelf, "people convers")).toHaveLength(2)
    expect(await textsFound(shelf, "convers people")).toEqual([])
    expect(await textsFound(shelf, "convers ")).toEqual([])
    expect(await textsFound(shelf, '"people convers"')).toEqual([])
  })

  test("[WB46] filters: who, which role, from when, with a file; with a minus, in quotes; what makes no sense is said and passed over", async () => {
    const view = conversationOf([
      { text: "plan one", by: "ana", at: new Date(2026, 0, 10).getTime() },
      { text: "plan two", by: "bo", at: new Date(2026, 1, 10).getTime() },
    ])
    const reply = view.startReply({ parentId: null, author: { id: "model:sky", kind: "model", name: "Sky" } })
    reply.append("plan three")
    reply.done()
    const shards = shardsOf({ c: view })
    const found = async (typed: string): Promise<string[]> => {
      const { candidates } = await lookUp(shards, typed)
      return candidates.map(({ messageId }) => view.getMessage(messageId)?.text ?? "").sort()
    }
    expect(await found("plan from:bo")).toEqual(["plan two"])
    expect(await found('plan from:"maria nunez"')).toEqual(["plan one"])
    expect(await found("plan -from:bo")).toEqual(["plan one", "plan three"])
    expect(await found("role:assistant")).toEqual(["plan three"])
    expect(await found("plan before:2026-02")).toEqual(["plan one"])
    expect(await found("plan after:2026-02-10 before:2026-02-11 -from:sky")).toEqual(["plan two"])
    expect(await found("has:attachment")).toEqual([])
    expect(await found("plan -has:attachment")).toHaveLength(3)
    expect(await found("plan after:soon")).toHaveLength(3)
    expect(parseQuery("after:2026-02-30 has:fun from:").filters).toMatchObject([
      { name: "after", problem: expect.stringContaining("2024-05-01") },
      { name: "has", problem: expect.stringContaining("has:attachment") },
    ])
  })

  test("[WB46] anything typed is a query, and asking it takes no longer than it is long", async () => {
    const shards = shardsOf({ c: conversationOf([{ text: "some text" }]) })
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 700 }), async (typed) => {
        const { clauses, without } = parseQuery(typed)
        expect(clauses.length + without.length).toBeLessThanOrEqual(24)
        await lookUp(shards, typed)
      }),
    )
  })
})

describe("ranking and snippets", () => {
  test("[WB48] rare words, whole words and short messages first; of equals the later one", async () => {
    const view = conversationOf([
      { text: "the zebra is here", at: NOW - 20 * 86_400_000 },
      { text: "the zebra is here", at: NOW },
      { text: "zebras are here" },
      { text: `the zebra ${"and much other text ".repeat(60)}` },
      ...Array.from({ length: 20 }, () => ({ text: "the horse is here" })),
    ])
    const { candidates } = await lookUp(shardsOf({ c: view }), "zebra")
    const order = candidates.map(({ messageId }) => view.getMessage(messageId))
    expect(order.map((message) => message?.text.slice(0, 12))).toEqual(["the zebra is", "the zebra is", "zebras are h", "the zebra an"])
    expect(order[0]?.createdAt).toBe(NOW)
  })

  test("[WB48] a deleted conversation and a deleted message are not found; hidden ones are told by the caller", async () => {
    const view = conversationOf([{ text: "kept apple" }, { text: "deleted apple" }])
    view.delete(view.getLine().at(-1)?.id ?? "")
    const shards = shardsOf({ c: view })
    expect((await lookUp(shards, "apple")).total).toBe(1)
    expect((await lookUp(shards, "apple", ["c"])).total).toBe(0)
  })

  test("[WB48] a snippet holds what was found, marked, is on one line, and never cuts a character as people see it", () => {
    fc.assert(
      fc.property(texts, texts, fc.nat(400), fc.nat(400), (before, after, left, right) => {
        const text = `${before.repeat(left).slice(-left)} needle ${after.repeat(right).slice(0, right)}`.toWellFormed()
        const found = marksOf(cutIntoTokens(text), parseQuery("needle ").clauses[0])
        const { text: shown, marks } = snippetOf(text, joinMarks(found))
        expect(marks.length).toBeGreaterThan(0)
        for (const { start, end } of marks) expect(shown.slice(start, end).toLowerCase()).toContain("needle")
        expect(shown.isWellFormed()).toBe(true)
        expect(shown).not.toMatch(/[\n\t]/u)
        expect(shown.length).toBeLessThanOrEqual(SNIPPET_LENGTH + 64)
      }),
    )
  })

  test("[WB48] family, flag and letter with accents stay whole at both ends of a snippet", () => {
    const family = "👩‍👩‍👧"
    for (let shift = 0; shift < family.length; shift++) {
      const text = `${"a".repeat(shift)}${family.repeat(60)}needle${family.repeat(60)}`
      const at = text.indexOf("needle")
      const { text: shown } = snippetOf(text, [{ start: at, end: at + 6 }])
      const around = shown.replaceAll("…", "").replace(/^a+/u, "").split("needle")
      for (const side of around) expect(side.replaceAll(family, "")).toBe("")
    }
  })
})
