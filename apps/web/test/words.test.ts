import { expect, test } from "vitest"
import { counted, duration, exactDate, relativeDate } from "../src/frame/relative-time.ts"
import { FIRST_LINK, type Link, nextLink } from "../src/sync/link.ts"
import { type Safekeeping, statusSentence } from "../src/sync/status-sentence.ts"
import { bytesInWords, isNearlyFull } from "../src/device/storage-estimate.ts"
import { emptyWords } from "../src/conversation-list/list-tools.tsx"
import { emptyConversationWords } from "../src/conversation/empty-words.ts"
import { endingWords } from "../src/conversation/part-ending.tsx"
import { keepsWords } from "../src/sync/keeps-words.ts"

const NOW = Date.UTC(2026, 10, 21, 12)
const online: Link = { kind: "online" }
const status = {
  code: undefined,
  cutOff: false,
  keeps: "durable",
  storageError: undefined,
  waitingRows: 0,
  relay: "ws://r/sync",
  relays: [{ url: "ws://r/sync", health: "unreachable", code: undefined, welcomeMs: undefined }],
} as const
const say = (change: Partial<Safekeeping> & { readonly rows?: number }) => {
  const { rows = 0, ...rest } = change
  return statusSentence({ link: online, waitingMessages: 0, now: NOW, status: { ...status, waitingRows: rows }, ...rest })
}

test("[WB1] all is safe only when nothing waits and a relay is there", () => {
  expect(say({}).text).toBe("All safe")
  for (const link of [online, FIRST_LINK, { kind: "cut-off", since: NOW }, { kind: "refused" }] as const) {
    for (const waitingMessages of [0, 3]) {
      for (const rows of [0, 5]) {
        const sentence = say({ link, waitingMessages, rows })
        expect(sentence.text === "All safe").toBe(link.kind === "online" && waitingMessages === 0 && rows === 0)
        expect(sentence.short).not.toBe("")
        expect(sentence.detail).toMatch(/^[A-Z0-9].*\.$/)
        expect(`${sentence.text} ${sentence.detail}`).not.toContain("!")
      }
    }
  }
})

test("[WB1] the sentence says how long, how much and where", () => {
  const since = NOW - 4 * 60_000 - 5_000
  expect(say({ link: { kind: "cut-off", since } }).text).toBe("Cut off for 4 min: keep writing")
  expect(say({ link: { kind: "cut-off", since }, waitingMessages: 3, rows: 9 }).text).toBe(
    "Cut off for 4 min: 3 messages on this device only",
  )
  expect(say({ link: { kind: "cut-off", since: NOW - 5_000 }, rows: 2 }).text).toBe("Cut off: changes on this device only")
  expect(say({ link: { kind: "cut-off", since }, waitingMessages: 3 }).detail).toBe(
    "The relay is out of reach. You can go on writing; 3 messages are on this device only and will be sent when it is back.",
  )
  expect(say({ waitingMessages: 1 }).text).toBe("Sending 1 message")
  expect(say({ waitingMessages: 1 }).detail).toContain("1 message is on the way")
  expect(say({ rows: 1 }).text).toBe("Sending changes")
  expect(say({ link: FIRST_LINK, waitingMessages: 2 }).text).toBe("2 messages on this device only")
  expect(say({ link: { kind: "refused" }, waitingMessages: 2 }).tone).toBe("danger")
})

test("[WB1] who cut the device off reads that, whatever the connection was, and not that the relay is out of reach", () => {
  for (const link of [online, FIRST_LINK, { kind: "cut-off", since: NOW }, { kind: "refused" }] as const) {
    const cut = say({ link, status: { ...status, cutOff: true, waitingRows: 1 }, waitingMessages: 1 })
    expect(cut).toMatchObject({ tone: "warn", text: "Cut off by you: 1 message on this device only" })
    expect(cut.detail).toBe("You cut this device off. 1 message is on this device only and goes out when you switch it back.")
  }
  const two = say({ status: { ...status, cutOff: true, waitingRows: 3 }, waitingMessages: 2 })
  expect(two.detail).toBe("You cut this device off. 2 messages are on this device only and go out when you switch it back.")
  const idle = say({ status: { ...status, cutOff: true } })
  expect([idle.text, idle.detail]).toEqual([
    "Cut off by you: keep writing",
    "You cut this device off. What you write stays on this device until you switch it back.",
  ])
  const rows = say({ status: { ...status, cutOff: true, waitingRows: 3 } })
  expect(rows.detail).toBe("You cut this device off. Some changes are on this device only and go out when you switch it back.")
})

test("[WB1] it never says that a device keeps what it does not keep", () => {
  const inTab = say({ status: { ...status, keeps: "tab", waitingRows: 1 }, waitingMessages: 1, link: { kind: "cut-off", since: NOW } })
  expect(`${inTab.text} ${inTab.detail}`).toContain("in this tab")
  expect(`${inTab.text} ${inTab.detail}`).not.toContain("on this device")
  const inWindow = say({ status: { ...status, keeps: "window", waitingRows: 1 }, link: { kind: "cut-off", since: NOW } })
  expect(inWindow.text).toBe("Cut off: changes in this window only")
  for (const storageError of ["quota-exceeded", "io", "closed"] as const) {
    const full = say({ status: { ...status, storageError } })
    expect(full.tone).toBe("danger")
    expect(full.detail).toContain("in this tab only")
  }
})

test("[WB2] a cut lasts from the loss of the connection, however often it is tried again", () => {
  let link = nextLink(FIRST_LINK, "offline", 1)
  expect(link).toBe(FIRST_LINK)
  link = nextLink(nextLink(link, "connecting", 2), "online", 3)
  expect(link).toEqual({ kind: "online" })
  link = nextLink(link, "offline", 10)
  for (const [connection, now] of [
    ["connecting", 11],
    ["offline", 12],
    ["connecting", 20],
    ["offline", 21],
  ] as const) {
    link = nextLink(link, connection, now)
    expect(link).toEqual({ kind: "cut-off", since: 10 })
  }
  expect(nextLink(link, "online", 22)).toEqual({ kind: "online" })
})

test("[WB2] a first attempt that fails is a cut, a refusal stands until somebody tries again", () => {
  const dialled = nextLink(FIRST_LINK, "connecting", 1)
  expect(nextLink(dialled, "connecting", 2)).toBe(dialled)
  expect(nextLink(dialled, "offline", 5)).toEqual({ kind: "cut-off", since: 5 })
  const refused = nextLink(dialled, "refused", 6)
  expect(nextLink(refused, "refused", 7)).toBe(refused)
  expect(nextLink(refused, "connecting", 8)).toEqual({ kind: "starting", dialled: true })
  expect(nextLink({ kind: "online" }, "connecting", 9)).toEqual({ kind: "cut-off", since: 9 })
})

test("[WB3] dates are relative under a day, then day and month, with the year when it is another", () => {
  const ago = (ms: number): string => relativeDate(NOW - ms, NOW, "en-GB")
  expect(ago(0)).toBe("now")
  expect(ago(59_999)).toBe("now")
  expect(ago(-60_000)).toBe("now")
  expect(ago(60_000)).toBe("1 min ago")
  expect(ago(59 * 60_000)).toBe("59 min ago")
  expect(ago(3_600_000)).toBe("1 h ago")
  expect(ago(23.9 * 3_600_000)).toBe("23 h ago")
  expect(ago(3 * 86_400_000)).toBe("18 Nov")
  expect(ago(400 * 86_400_000)).toBe("17 Oct 2025")
  expect(relativeDate(NOW + 9 * 86_400_000, NOW, "en-GB")).toBe("30 Nov")
})

test("[WB3] clocks that are no dates give words, not an exception", () => {
  for (const time of [Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e300]) {
    expect(relativeDate(time, NOW)).toBe("no date")
    expect(exactDate(time)).toBe("no date")
  }
})

test("[WB3] durations and counts are said in their largest unit and right form", () => {
  expect([400, 40_000, 240_000, 7_300_000, 90_000_000, 200_000_000].map(duration)).toEqual([
    "1 s",
    "40 s",
    "4 min",
    "2 h",
    "1 day",
    "2 days",
  ])
  expect([0, 1, 1_200].map((count) => counted(count, "message"))).toEqual(["0 messages", "1 message", "1,200 messages"])
  expect([0, 999, 1_500, 3_400_000, 123_000_000_000].map(bytesInWords)).toEqual(["0 B", "999 B", "1.5 KB", "3.4 MB", "123 GB"])
})

test("[WB3] a store is nearly full above nine tenths, as far as the browser tells", () => {
  expect(isNearlyFull({ usedBytes: 91, quotaBytes: 100, persistent: true })).toBe(true)
  expect(isNearlyFull({ usedBytes: 90, quotaBytes: 100, persistent: true })).toBe(false)
  expect(isNearlyFull({ usedBytes: 5, quotaBytes: 0, persistent: true })).toBe(false)
  expect(isNearlyFull({ usedBytes: undefined, quotaBytes: undefined, persistent: undefined })).toBe(false)
})

test("[WB16] how long things are kept is said no stronger than the browser has promised", () => {
  expect(keepsWords("durable", true)).toBe("Until you clear this site’s data")
  for (const persistent of [false, undefined])
    expect(keepsWords("durable", persistent)).toBe("As long as the browser keeps this site’s data")
  expect(keepsWords("window", true)).toContain("private window")
  expect(keepsWords("tab", true)).toContain("this tab")
})

test("[WB73] a part that ended early says so, with its writer's reason; one that is whole or goes on says nothing", () => {
  for (const state of ["streaming", "done", "output-available"]) expect(endingWords({ state, details: null })).toBeUndefined()
  expect(endingWords({ state: "stopped", details: null })).toMatch(/^Stopped here\./)
  expect(endingWords({ state: "failed", details: { reason: "the model is busy" } })).toContain("the model is busy")
  for (const details of [null, "x", { reason: 7 }, { reason: " " }]) expect(endingWords({ state: "failed", details })).toMatch(/stays\.$/)
})

test("[WB190] that nobody has written is said only by a relay that has no other to ask, and by no relay that has not answered", () => {
  const empty = (change: object): string => emptyConversationWords({ synced: true, relayAwaits: false, mayWrite: true, ...change })
  expect(empty({})).toBe("Nothing here yet. Write the first message below.")
  expect(empty({ mayWrite: false })).toBe("Nothing here yet.")
  expect(empty({ synced: false, relayAwaits: true })).toContain("on this device yet")
  expect(empty({ relayAwaits: true })).toBe(
    "Nothing here yet on this relay. What others have comes when it reaches them. You can write meanwhile.",
  )
  expect(empty({ relayAwaits: true, mayWrite: false })).not.toContain("write")
  expect(emptyWords("all", "", "", false)).toContain("Start one")
  expect(emptyWords("all", "", "", true)).toContain("on this relay")
  expect(emptyWords("all", "boats", "", true)).toContain("boats")
})
