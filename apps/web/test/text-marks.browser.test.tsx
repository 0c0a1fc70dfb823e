import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import { type ConversationScope, ConversationScopeContext } from "../src/conversation/conversation-scope.ts"
import { markedTextsOf } from "../src/markdown/marked-texts.ts"
import Markdown from "../src/markdown/markdown.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

/** A text as part `p` of message `m`, of which somebody knows marks. */
async function page(text: string, streaming = false) {
  const conversation = {}
  const scope = { held: { conversation } } as unknown as ConversationScope
  const place = document.body.appendChild(document.createElement("div"))
  const root = createRoot(place)
  const show = (shown: string, writing = streaming): Promise<void> =>
    act(async () =>
      root.render(
        <ConversationScopeContext value={scope}>
          <Markdown text={shown} streaming={writing} messageId="m" partId="p" />
        </ConversationScopeContext>,
      ),
    )
  await show(text, streaming)
  const mark = (words: Readonly<Record<string, string>>): Promise<void> =>
    act(async () =>
      markedTextsOf(conversation).set("m", "p", {
        marks: Object.entries(words).map(([id, before]) => ({ id, at: text.indexOf(before) + before.length })),
        face: (id) => <b>{`[${id}]`}</b>,
      }),
    )
  const end = async (): Promise<void> => {
    await act(async () => root.unmount())
    place.remove()
  }
  return { place, show, mark, end, forget: () => act(async () => markedTextsOf(conversation).set("m", "p", undefined)) }
}

const PLACES: readonly (readonly [text: string, before: string, shown: string])[] = [
  ["The sky is blue. It is.", "blue", "The sky is blue[1]. It is."],
  ["It is **very blue** today", "**very blue**", "It is very blue[1] today"],
  ["It is **very blue** today", "very", "It is very[1] blue today"],
  ["See [the paper](https://example.org) for it", "the paper", "See the paper[1] for it"],
  ["Call `now()` twice", "now", "Call now()[1] twice"],
  ["- one\n- two\n- three", "two", "onetwo[1]three"],
  ["| a | b |\n| - | - |\n| first | second |", "first", "abfirst[1]second"],
  ["A &amp; B are", "&amp; B", "A & B[1] are"],
  ["one\n\ntwo\n\nthree", "two", "onetwo[1]three"],
  ["one\n\ntwo", "two", "onetwo[1]"],
  ["السماء زرقاء اليوم", "زرقاء", "السماء زرقاء[1] اليوم"],
]

test("[WB151] a mark stands behind the words that it is about, whatever Markdown they stand in, and cuts no link and no code", async () => {
  for (const [text, before, shown] of PLACES) {
    const { place, mark, end } = await page(text)
    await mark({ 1: before })
    expect(place.innerText.replaceAll(/[\n\t]+/g, ""), text).toBe(shown)
    expect(place.querySelectorAll("a b, code b")).toHaveLength(0)
    await end()
  }
})

test("[WB151] marks at one place stand in their order, and go with what is known of them", async () => {
  const { place, mark, forget, end } = await page("The sky is blue. It is.")
  await mark({ 1: "blue", 2: "blue", 3: "sky" })
  expect(place.textContent).toBe("The sky[3] is blue[1][2]. It is.")
  await forget()
  expect(place.textContent).toBe("The sky is blue. It is.")
  await end()
})

test("[WB151] while a text is being written its marks stay where they are, and what stands before them is not rendered again", async () => {
  const { place, show, mark, end } = await page("The sky is **blue**. It", true)
  await mark({ 1: "**blue**" })
  const marks = (): Element[] => [...place.querySelectorAll("b")]
  const [first] = marks()
  await show("The sky is **blue**. It is so at", true)
  await show("The sky is **blue**. It is so at noon.\n\nAnd *then", true)
  expect(marks()).toEqual([first])
  expect(place.textContent).toContain("The sky is blue[1]. It is so at noon.")
  await end()
})

test("[WB151] no text makes a mark", async () => {
  const { place, mark, end } = await page('a <cite id="1">b</cite> c')
  await mark({ 2: "a" })
  expect(place.querySelectorAll("b")).toHaveLength(1)
  expect(place.textContent).toBe('a[2] <cite id="1">b</cite> c')
  await end()
})
