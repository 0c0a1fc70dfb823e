import { createPolylogue, PolylogueProvider } from "@polylogue/react"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import { followToken, readToken, signedInUser, signIn, signOut, takeTokenFromAddress, watchUser } from "../src/identity/access.ts"
import { AccessBanner } from "../src/identity/access-banner.tsx"
import { AccessFields } from "../src/identity/access-fields.tsx"
import { SignIn } from "../src/identity/sign-in.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

test("[WB20] a link signs in, and its token leaves the address and the history before anything else sees it", () => {
  const entries = history.length
  history.replaceState(null, "", "#token=eyJh.eyJz.c2ln")
  expect(takeTokenFromAddress()).toBe(true)
  expect(location.href).not.toContain("eyJh")
  expect(history.length).toBe(entries)
  expect(readToken()).toBe("eyJh.eyJz.c2ln")
  expect(takeTokenFromAddress()).toBe(false)
  signOut()
  expect(readToken()).toBe("")
})

test("[WB20] a link that is opened in the open page, and signing out, reach the replica at once", async () => {
  const said: string[] = []
  const stop = followToken({ setToken: (token: string) => said.push(token) } as unknown as Replica)
  location.hash = "#token=second.to.ken"
  await expect.poll(() => said.at(-1)).toBe("second.to.ken")
  expect(location.hash).toBe("")
  signOut()
  expect(said.at(-1)).toBe("")
  stop()
  said.length = 0
  location.hash = "#token=third"
  history.replaceState(null, "", location.pathname)
  expect(said).toEqual([])
})

test("[WB20] drafts belong to whom the token names, and change hands with it; what names nobody is as none", () => {
  const named = (sub: unknown): string => `h.${btoa(JSON.stringify({ sub })).replaceAll("=", "")}.s`
  let changes = 0
  const stop = watchUser(() => changes++)
  expect(signIn(named("ana"))).toBe(true)
  expect([signedInUser(), changes]).toEqual(["ana", 1])
  signIn(named("ana").replace(".s", ".t"))
  expect([signedInUser(), changes]).toEqual(["ana", 1])
  signIn(named("bo"))
  expect([signedInUser(), changes]).toEqual(["bo", 2])
  for (const nobody of ["opaque", "a.b.c", named(7), named("a/b")]) {
    signIn(nobody)
    expect(signedInUser()).toBeUndefined()
  }
  signOut()
  stop()
})

test("[WB20] one can paste a token, is told when it is none, and sees how to sign out", async () => {
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const real = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  const status = { ...real.status, connection: "refused", code: "unauthenticated" } as const
  const replica = Object.create(real, { status: { get: () => status }, subscribe: { value: () => () => undefined } }) as Replica
  const polylogue = createPolylogue({ replica, writer: "w", author: () => ({ id: "ana", kind: "person", name: "Ana" }) })
  const place = document.createElement("div")
  document.body.append(place)
  const root = createRoot(place)
  let asked = 0
  let closed = 0
  await act(async () => {
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <AccessBanner onSignIn={() => asked++} />
        <AccessFields onSignIn={() => asked++} />
        <SignIn onClose={() => closed++} />
      </PolylogueProvider>,
    )
  })
  expect(place.textContent).toContain("This relay asks who you are.")
  expect(place.textContent).not.toContain("Sign out")
  const field = place.querySelector("textarea")!
  expect(document.activeElement).toBe(field)
  const type = (text: string): Promise<void> =>
    act(async () => {
      Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")!.set!.call(field, text)
      field.dispatchEvent(new InputEvent("input", { bubbles: true }))
    })
  const submit = (): Promise<void> => act(async () => place.querySelector("form")!.requestSubmit())
  await type("no token at all")
  await submit()
  expect(place.querySelector("[role=alert]")?.textContent).toContain("neither a link nor a token")
  expect([closed, readToken()]).toEqual([0, ""])
  await type("https://relay.example/#token=eyJh.eyJz.c2ln")
  const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })
  await act(async () => field.dispatchEvent(enter))
  expect(enter.defaultPrevented).toBe(true)
  expect([closed, readToken()]).toEqual([1, "eyJh.eyJz.c2ln"])
  const press = (name: string): Promise<void> =>
    act(async () => [...place.querySelectorAll("button")].find((button) => button.textContent === name)?.click())
  await press("Use another link")
  expect(asked).toBe(1)
  await press("Sign out")
  expect(readToken()).toBe("")
  expect(place.textContent).not.toContain("Sign out")
  await act(async () => root.unmount())
  place.remove()
  await real.close()
})
