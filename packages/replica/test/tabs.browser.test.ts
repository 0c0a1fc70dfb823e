import { expect, test } from "vitest"
import { browserTabs, browserWake, listenToTabs, randomBytes } from "../src/browser/index.ts"

/** A name that no other test uses. */
const fresh = () => `test-${randomBytes(6).join("-")}`

interface Held {
  readonly granted: Promise<void>
  readonly lost: Promise<void>
  readonly state: () => string
  release(): void
}

function lead(tabs: NonNullable<ReturnType<typeof browserTabs>>, steal = false): Held {
  let state = "asking"
  let release = () => {}
  let lost: Promise<void> = Promise.resolve()
  const granted = new Promise<void>((grant) => {
    lost = new Promise<void>((lose) => {
      release = tabs.lead({
        steal,
        granted() {
          state = "holding"
          grant()
        },
        lost() {
          state = "lost"
          lose()
        },
      })
    })
  })
  return { granted, lost, state: () => state, release: () => release() }
}

test("[RP12] one tab holds the lock, the next gets it when it is given back, a request can be withdrawn", async () => {
  const tabs = browserTabs(fresh())!
  const first = lead(tabs)
  await first.granted
  const withdrawn = lead(tabs)
  const second = lead(tabs)
  withdrawn.release()
  first.release()
  await second.granted
  expect([first.state(), withdrawn.state()]).toEqual(["holding", "asking"])
  second.release()
})

test("[RP12] a lock can be stolen, and its holder is told", async () => {
  const tabs = browserTabs(fresh())!
  const first = lead(tabs)
  await first.granted
  const thief = lead(tabs, true)
  await Promise.all([thief.granted, first.lost])
  expect(first.state()).toBe("lost")
  first.release()
  const next = lead(tabs)
  thief.release()
  await next.granted
  next.release()
})

test("[RP12] messages reach the other tabs of the same name, and no others", async () => {
  const name = fresh()
  const [here, there, stranger] = [browserTabs(name)!, browserTabs(name)!, browserTabs(fresh())!]
  const heard: unknown[] = []
  const unlisten = [here.listen(() => heard.push("own")), stranger.listen(() => heard.push("stranger"))]
  const arrived = new Promise((resolve) => unlisten.push(there.listen(resolve)))
  here.post({ bytes: new Uint8Array([1, 2]) })
  expect(await arrived).toEqual({ bytes: new Uint8Array([1, 2]) })
  expect(heard).toEqual([])
  for (const stop of unlisten) stop()
  here.post("nobody listens")
  expect(here.visible()).toBe(true)
})

test("[RP12] the replica is woken by the browser's events until it unsubscribes", () => {
  let woken = 0
  const stop = browserWake(() => woken++)
  for (const type of ["online", "pageshow", "focus"]) globalThis.dispatchEvent(new Event(type))
  for (const type of ["visibilitychange", "resume"]) document.dispatchEvent(new Event(type))
  expect(woken).toBe(5)
  stop()
  globalThis.dispatchEvent(new Event("online"))
  expect(woken).toBe(5)
})

test("[RP38] who listens to the tabs hears which documents they have written to, and nothing else", async () => {
  const name = fresh()
  const tabs = browserTabs(name)!
  const unlisten = tabs.listen(() => {})
  const heard: (readonly string[])[] = []
  const said = { app: "polylogue-replica-1", tab: "t", count: 1 }
  await new Promise<void>((resolve) => {
    const stop = listenToTabs(name, (documents) => {
      heard.push(documents)
      stop()
      resolve()
    })
    tabs.post({ ...said, type: "who" })
    tabs.post("something else")
    tabs.post({ ...said, type: "changed", documents: ["home/conv/1"] })
  })
  expect(heard).toEqual([["home/conv/1"]])
  unlisten()
})

test("[RP12] some seconds after the browser lost its network the connection is looked at, unless nobody wants to know any more", async () => {
  let woken = 0
  const stop = browserWake(() => woken++)
  globalThis.dispatchEvent(new Event("offline"))
  expect(woken).toBe(0)
  await expect.poll(() => woken).toBe(1)
  let others = 0
  const stopOthers = browserWake(() => others++)
  globalThis.dispatchEvent(new Event("offline"))
  stopOthers()
  await expect.poll(() => woken).toBe(2)
  expect(others).toBe(0)
  stop()
})
