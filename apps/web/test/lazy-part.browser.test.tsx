import { act, type LazyExoticComponent, type ReactNode, Suspense, useState } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import { lazyPart } from "../src/frame/lazy-part.tsx"
import { ToastProvider } from "../src/frame/toast.tsx"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

interface PanelProps {
  readonly words: string
  readonly onClose: () => void
}

function Page({ panel: Panel }: { readonly panel: LazyExoticComponent<(props: PanelProps) => ReactNode> }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {open ? "open" : "closed"}
      </button>
      <Suspense>{open && <Panel words="the panel" onClose={() => setOpen(false)} />}</Suspense>
    </>
  )
}

test("[WB74] a part that cannot be loaded says so and closes, each time it is asked for; the rest of the page goes on", async () => {
  const place = document.body.appendChild(document.createElement("div"))
  const root = createRoot(place)
  const missing = lazyPart((): Promise<{ readonly default: (props: PanelProps) => React.ReactNode }> =>
    Promise.reject(new TypeError("404")),
  )
  const here = lazyPart(() => Promise.resolve({ default: ({ words }: PanelProps) => <p>{words}</p> }))
  const show = (panel: typeof missing): Promise<void> =>
    act(async () =>
      root.render(
        <ToastProvider>
          <Page panel={panel} />
        </ToastProvider>,
      ),
    )
  const press = (selector: string): Promise<void> => act(async () => place.querySelector<HTMLElement>(selector)?.click())
  const said = (): string => place.querySelector(".toast-place")?.textContent ?? ""
  await show(missing)
  for (const round of [1, 2]) {
    await press("button")
    await expect.poll(said, `round ${round}`).toContain("could not be loaded")
    expect(place.querySelector("button")?.textContent).toBe("closed")
    await press(".toast-place [aria-label=Close]")
    expect(said()).toBe("")
  }
  await show(here)
  await press("button")
  await expect.poll(() => place.textContent).toContain("the panel")
  expect(said()).toBe("")
  await act(async () => root.unmount())
  place.remove()
})
