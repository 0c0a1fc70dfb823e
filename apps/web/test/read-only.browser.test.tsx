import { type ConversationOrigin, WorkspaceIndex } from "@polylogue/conversation"
import { createPolylogue, type OpenWorkspace, PolylogueProvider } from "@polylogue/react"
import { openReplica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { type ListActions, useListActions } from "../src/conversation-list/list-actions.ts"
import { ToastProvider } from "../src/frame/toast.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

test("[WB21] who may only read begins, deletes, renames and restores nothing, and is told; until a relay has said so everything goes", async () => {
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  const replica = await openReplica({ store: new MemoryEntryLog(), relays: [], dial, clock: systemClock, randomBytes })
  const polylogue = createPolylogue({ replica, writer: "w", author: () => ({ id: "ana", kind: "person", name: "Ana" }) })
  const ydoc = new Y.Doc()
  const index = new WorkspaceIndex(ydoc, { writer: "w", now: () => 1_800_000_000_000, randomBytes })
  index.create({ id: "one", title: "Kept" })
  const card = index.getCard("one")!
  const done: string[] = []
  ydoc.on("afterTransaction", ({ origin, changed }: Y.Transaction) => {
    if (changed.size > 0) done.push((origin as ConversationOrigin).operation)
  })
  const workspaceOf = (mayWrite: boolean | undefined): OpenWorkspace =>
    ({
      state: "open",
      index,
      open: { state: "open", document: { status: { mayWrite } } },
    }) as unknown as OpenWorkspace
  const place = document.createElement("div")
  document.body.append(place)
  const root = createRoot(place)
  const use = async (mayWrite: boolean | undefined, what: (actions: ListActions) => void): Promise<readonly string[]> => {
    const workspace = workspaceOf(mayWrite)
    let actions: ListActions | undefined
    function Probe() {
      actions = useListActions(workspace, undefined)
      return null
    }
    await act(async () =>
      root.render(
        <PolylogueProvider polylogue={polylogue}>
          <ToastProvider>
            <Probe />
          </ToastProvider>
        </PolylogueProvider>,
      ),
    )
    // The last one that nobody used would be taken instead of a new one.
    localStorage.clear()
    done.length = 0
    await act(async () => what(actions!))
    return [...done]
  }
  const acts: readonly [string, string, (actions: ListActions) => void][] = [
    ["create", "begin new ones", ({ create }) => create()],
    ["delete", "change the list", ({ remove }) => remove([card])],
    ["restore", "change the list", ({ restore }) => restore(card)],
    ["rename", "change the list", ({ rename }) => rename("one", "Other")],
  ]
  for (const [name, told, what] of acts) {
    expect(await use(undefined, what)).toEqual([name])
    expect(await use(true, what)).toEqual([name])
    expect(await use(false, what)).toEqual([])
    expect(place.querySelector("[role=status]")?.textContent).toContain(`You may read these conversations, not ${told}.`)
  }
  await use(false, ({ mayBegin }) => expect(mayBegin()).toBe(false))
  await use(true, ({ mayBegin }) => expect(mayBegin()).toBe(true))
  location.hash = ""
  await act(async () => root.unmount())
  place.remove()
  index.destroy()
  await replica.close()
})
