import { DraftParts, userHomeDocumentId } from "@polylogue/conversation"
import { act, type ReactNode } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import {
  createPolylogue,
  type Polylogue,
  PolylogueProvider,
  useBlob,
  useDraftParts,
  useUpload,
  useUploads,
  useWaitsForUpload,
} from "../src/index.ts"
import { FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const HASH = "a".repeat(64)
const OTHER = "b".repeat(64)

let replica: FakeReplica
let polylogue: Polylogue
let root: Root
let place: HTMLElement
let renders: Map<string, number>

beforeEach(() => {
  replica = new FakeReplica()
  polylogue = createPolylogue({ replica, writer: "device", author: () => ({ id: "ana", kind: "person" }), lingerMs: 0 })
  renders = new Map()
  place = document.createElement("div")
  root = createRoot(place)
})

afterEach(async () => {
  vi.useRealTimers()
  await act(async () => root.unmount())
})

const show = (children: ReactNode): Promise<void> =>
  act(async () => root.render(<PolylogueProvider polylogue={polylogue}>{children}</PolylogueProvider>))
const rendered = (what: string): void => void renders.set(what, (renders.get(what) ?? 0) + 1)

function Parts({ id }: { readonly id: string }) {
  const { parts, drafts } = useDraftParts(id)
  rendered(id)
  return <p>{drafts === undefined ? "opening" : parts.map(({ part }) => String(part["name"])).join(" ")}</p>
}

function Blob({ hash }: { readonly hash: string | undefined }) {
  const blob = useBlob(hash)
  return <p>{blob.state === "here" ? blob.bytes.join(" ") : blob.state === "missing" ? blob.problem : "loading"}</p>
}

function Upload({ hash }: { readonly hash: string }) {
  const upload = useUpload(hash)
  rendered(hash)
  return <p>{upload?.refusal ?? upload?.state ?? "none"} </p>
}

function Count() {
  const waits = useWaitsForUpload([HASH, "d".repeat(64)])
  return (
    <p>
      {useUploads().length} {String(waits)}
    </p>
  )
}

test("[RE19] what goes with the next message stands as the private document says, and renders only what shows it", async () => {
  await show(
    <>
      <Parts id="one" />
      <Parts id="two" />
    </>,
  )
  expect(replica.documents.get(userHomeDocumentId("ana"))?.openings).toBe(1)
  const before = new Map(renders)
  const far = new DraftParts(replica.documents.get(userHomeDocumentId("ana"))!.ydoc, { now: () => 1, randomBytes: polylogue.randomBytes })
  await act(async () => void far.add("one", { type: "file", name: "cat.png" }))
  expect(place.textContent).toBe("cat.png")
  expect(renders.get("two")).toBe(before.get("two"))
  await act(async () => far.clear("one"))
  expect(place.textContent).toBe("")
})

test("[RE19] nothing can be added while the private document has not opened", async () => {
  replica.failure = new Error("no store")
  await show(<Parts id="one" />)
  expect(place.textContent).toBe("opening")
})

test("[RE20] bytes come when there is a connection to ask, and are not asked for again once they are here", async () => {
  replica.setStatus({ connection: "offline" })
  await show(<Blob hash={HASH} />)
  expect(place.textContent).toBe("unavailable")
  replica.blobs.here.set(`home/${HASH}`, Uint8Array.of(1, 2))
  await act(async () => replica.setStatus({ connection: "online" }))
  expect(place.textContent).toBe("1 2")
  const { asked } = replica.blobs
  await act(async () => replica.setStatus({ connection: "offline" }))
  await act(async () => replica.setStatus({ connection: "online" }))
  expect(replica.blobs.asked).toBe(asked)
  await show(<Blob hash={undefined} />)
  expect(place.textContent).toBe("loading")
  expect(replica.blobs.asked).toBe(asked)
})

test("[RE20] what nobody has yet is asked for again after a while, what was erased never, and nothing once it left the screen", async () => {
  vi.useFakeTimers()
  replica.blobs.problem = "not-found"
  await show(<Blob hash={HASH} />)
  expect(place.textContent).toBe("not-found")
  await act(async () => vi.advanceTimersByTimeAsync(2_000))
  expect(replica.blobs.asked).toBe(2)
  replica.blobs.here.set(`home/${HASH}`, Uint8Array.of(3))
  await act(async () => vi.advanceTimersByTimeAsync(5_000))
  expect(place.textContent).toBe("3")
  replica.blobs.problem = "erased"
  await show(<Blob hash={OTHER} />)
  expect(place.textContent).toBe("erased")
  await act(async () => vi.advanceTimersByTimeAsync(600_000))
  expect(replica.blobs.asked).toBe(4)
  replica.blobs.problem = "not-found"
  await show(<Blob hash={"c".repeat(64)} />)
  await show(null)
  await act(async () => vi.advanceTimersByTimeAsync(600_000))
  expect(replica.blobs.asked).toBe(5)
})

test("[RE20] uploads are read once for all that show them, and render what shows the one that changed", async () => {
  replica.blobs.setWaiting([HASH], [OTHER])
  await show(
    <>
      <Upload hash={HASH} />
      <Upload hash={OTHER} />
      <Count />
    </>,
  )
  expect(place.textContent).toBe("waiting waiting 2 true")
  const first = renders.get(OTHER)
  expect(replica.blobs.listeners).toBe(1)
  await act(async () => replica.blobs.setWaiting([HASH, "quota"], [OTHER]))
  expect(place.textContent).toBe("quota waiting 2 true")
  expect(renders.get(OTHER)).toBe(first)
  const before = new Map(renders)
  await act(async () => replica.blobs.setWaiting([HASH, "quota"], [OTHER]))
  expect(renders).toEqual(before)
  replica.blobs.waiting = []
  await act(async () => replica.setStatus({ connection: "offline" }))
  expect(place.textContent).toBe("none none 0 false")
  await show(null)
  expect(replica.blobs.listeners).toBe(0)
})
