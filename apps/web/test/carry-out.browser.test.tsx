import { labelKey, MAIN_DRAFT, Prompt, promptDocumentId, PublishIntents, userHomeDocumentId } from "@polylogue/conversation"
import { createPolylogue, PolylogueProvider } from "@polylogue/react"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import { RegisterAuthority } from "../../../packages/conversation/test/register-authority.ts"
import { FakeReplica } from "../../../packages/react/test/fake-replica.ts"
import { Notices } from "../src/frame/notices.tsx"
import { ToastProvider } from "../src/frame/toast.tsx"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

test("[WB115] what was wanted before a reload is published on a page that shows no prompt", async () => {
  const authority = new RegisterAuthority()
  const replica = new FakeReplica()
  replica.registers = authority.client("ana")
  const polylogue = createPolylogue({ replica, writer: "w", author: () => ({ id: "ana", kind: "person" }), lingerMs: 0 })
  const { ydoc } = await replica.open(promptDocumentId("home", "p1"))
  const prompt = new Prompt(ydoc, { ...polylogue, writer: "earlier" })
  prompt.create({ kind: "text", name: "Greeting", text: "Hello" })
  const versionId = prompt.saveVersion(MAIN_DRAFT, { message: "" })
  const home = await replica.open(userHomeDocumentId("ana"))
  const place = document.createElement("div")
  const root = createRoot(place)
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <ToastProvider>
          <Notices onSignIn={() => {}} onShowKept={undefined} />
        </ToastProvider>
      </PolylogueProvider>,
    ),
  )
  const intents = new PublishIntents(home.ydoc, { ...polylogue, writer: "earlier" })
  const base = { revision: null, versionId: null }
  await act(async () => void intents.add({ workspace: "home", promptId: "p1", label: "production", versionId, base, message: "" }))
  await expect.poll(() => authority.read(labelKey(promptDocumentId("home", "p1"), "production")).value).toBe(versionId)
  expect(intents.get("p1")).toMatchObject([{ state: "done", number: 1 }])
  await act(async () => root.unmount())
})
