import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import { Menu } from "../src/frame/menu.tsx"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

/** Until the browser has told of all scrolling so far. */
const frames = (): Promise<void> =>
  act(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))),
  )

test("[WB77] a menu stays over a scrolling that was before it opened, and closes when what it belongs to moves", async () => {
  const place = document.body.appendChild(document.createElement("div"))
  const root = createRoot(place)
  await act(async () =>
    root.render(
      <div style={{ height: "200px", overflow: "auto" }}>
        <div style={{ height: "1000px", paddingTop: "80px" }}>
          <Menu label="Actions" items={[{ label: "First", run: () => undefined }]} />
        </div>
      </div>,
    ),
  )
  const scroller = place.firstElementChild as HTMLElement
  const items = (): number => document.querySelectorAll('[role="menuitem"]').length
  await act(async () => {
    scroller.scrollTop = 20
    place.querySelector("button")?.click()
  })
  await frames()
  expect(items(), "the event of what was scrolled before has come by now").toBe(1)
  await act(async () => {
    scroller.scrollTop = 40
  })
  await frames()
  expect(items()).toBe(0)
  await act(async () => root.unmount())
  place.remove()
})
