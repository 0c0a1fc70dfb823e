import { createPolylogue, PolylogueProvider, useWorkspace } from "@polylogue/react"
import { openReplica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import { AppPalette } from "../src/app-palette.tsx"
import { ShortcutsTable } from "../src/palette/shortcuts-sheet.tsx"
import { type Command, useCommands } from "../src/palette/commands.ts"
import { Palette } from "../src/palette/palette.tsx"
import { useShortcuts } from "../src/palette/shortcuts.ts"
import type { PaletteSource } from "../src/palette/palette-source.ts"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

const field = (): HTMLInputElement => document.querySelector<HTMLInputElement>(".palette-field")!

/** Types into the field as a person does, outside of React's batches. */
function type(text: string): void {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")!.set!.call(field(), text)
  field().dispatchEvent(new InputEvent("input", { bubbles: true }))
}

const enter = (): void => void field().dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }))

test("[WB61] Enter waits for what answers the words as they stand, and is forgotten when they change", async () => {
  const place = document.body.appendChild(document.createElement("div"))
  const root = createRoot(place)
  const ran: string[] = []
  let answer: (() => void) | undefined
  const item = (text: string) => ({ key: text, text, marks: [], run: () => void ran.push(text) })
  const source: PaletteSource = {
    title: "Slow",
    find: (query) =>
      query === ""
        ? { items: [item("first")], score: 1 }
        : new Promise((resolve) => (answer = () => resolve({ items: [item(query)], score: 1 }))),
  }
  const sources = [source]
  await act(async () => root.render(<Palette sources={sources} onClose={() => undefined} />))
  // In one turn: the list still shows what answers nothing.
  await act(async () => {
    type("ab")
    enter()
  })
  expect(ran).toEqual([])
  await act(async () => type("abc"))
  await act(async () => answer?.())
  expect(ran, "what was entered was another word").toEqual([])
  await act(async () => {
    type("abcd")
    enter()
  })
  await act(async () => answer?.())
  expect(ran).toEqual(["abcd"])
  await act(async () => root.unmount())
  place.remove()
})

test("[WB61] a command that comes while the palette is open joins it; those of what had the focus stay", async () => {
  const place = document.body.appendChild(document.createElement("div"))
  const root = createRoot(place)
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  const polylogue = createPolylogue({ replica, writer: "w", author: () => ({ id: "ana", kind: "person", name: "Ana" }) })
  const ran: string[] = []
  const command = (id: string): Command => ({
    id,
    name: `Does ${id}`,
    icon: "check",
    group: "This conversation",
    run: () => void ran.push(id),
  })
  function Page({ commands, palette }: { readonly commands: readonly Command[]; readonly palette: boolean }) {
    useCommands(commands)
    const workspace = useWorkspace("home")
    return palette ? (
      <AppPalette cards={[]} workspace={workspace} conversationId={undefined} onSearch={() => undefined} onClose={() => undefined} />
    ) : null
  }
  const show = (commands: readonly Command[], palette: boolean): Promise<void> =>
    act(async () =>
      root.render(
        <PolylogueProvider polylogue={polylogue}>
          <Page commands={commands} palette={palette} />
        </PolylogueProvider>,
      ),
    )
  await show([command("early")], false)
  await show([command("early")], true)
  await show([command("late")], true)
  const names = [...document.querySelectorAll('[role="option"] .palette-text')].map(({ textContent }) => textContent)
  expect(names).toEqual(["Does early", "Does late"])
  await act(async () => type("late"))
  await act(async () => enter())
  expect(ran).toEqual(["late"])
  await act(async () => root.unmount())
  await replica.close()
  place.remove()
})

test("[WB175] keys run what can be done with what is on screen before what can be done everywhere, whichever came first", async () => {
  const place = document.body.appendChild(document.createElement("div"))
  const root = createRoot(place)
  const ran: string[] = []
  const command = (name: string): Command => ({ id: name, name, icon: "plus", group: "Go to", keys: "n", run: () => void ran.push(name) })
  const Screen = () => {
    useCommands([command("screen")])
    return <button type="button">Press</button>
  }
  const Everywhere = () => {
    useCommands([command("everywhere"), { ...command("enter"), keys: "Enter" }], true)
    return null
  }
  const Page = ({ loaded, sheet = false }: { readonly loaded: boolean; readonly sheet?: boolean }) => {
    useShortcuts()
    return (
      <>
        <Screen />
        {loaded && <Everywhere />}
        {sheet && <ShortcutsTable />}
      </>
    )
  }
  await act(async () => root.render(<Page loaded={false} />))
  await act(async () => root.render(<Page loaded />))
  const press = (target: Element, key: string): Promise<void> =>
    act(async () => void target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))
  await press(document.body, "n")
  expect(ran).toEqual(["screen"])
  await press(place.querySelector("button")!, "Enter")
  expect(ran).toEqual(["screen"])
  await press(document.body, "Enter")
  expect(ran).toEqual(["screen", "enter"])
  // The sheet of keys says what they do now.
  await act(async () => root.render(<Page loaded sheet />))
  expect([...place.querySelectorAll(".shortcuts-group")][0]?.textContent).toBe("Go toEnterenterNscreen")
  await act(async () => root.unmount())
  place.remove()
})
