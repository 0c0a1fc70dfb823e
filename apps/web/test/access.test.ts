import { expect, test } from "vitest"
import { tokenIn } from "../src/identity/access.ts"
import { accessSentence, accessWarning, asksForSignIn } from "../src/identity/access-words.ts"
import { statusSentence } from "../src/sync/status-sentence.ts"

const HOUR_MS = 3_600_000
const online = { connection: "online", code: undefined, principal: "ana", expiresAt: undefined, waitingRows: 0 } as const
const refused = { ...online, connection: "refused", code: "unauthenticated" } as const

test("[WB19] a token is taken out of a link, alone or with space around it, and nothing else is taken for one", () => {
  expect(tokenIn(" eyJh.eyJz.c2ln-_ \n")).toBe("eyJh.eyJz.c2ln-_")
  expect(tokenIn("https://relay.example/#token=eyJh.eyJz.c2ln")).toBe("eyJh.eyJz.c2ln")
  for (const wrong of ["", "  ", "two words", "https://relay.example/#token=", "a".repeat(4_097), "<b>", "x\ny"]) {
    expect(tokenIn(wrong)).toBeUndefined()
  }
  expect(tokenIn("a".repeat(4_096))).toHaveLength(4_096)
})

test("[WB19] who is not let in is asked to sign in, and told that what was written is kept", () => {
  expect(asksForSignIn(refused)).toBe(true)
  expect(asksForSignIn({ ...refused, code: "unsupported-version" })).toBe(false)
  expect(accessWarning(refused, false, 0)).toBe(
    "This relay asks who you are. What you write stays on this device and goes out when you have signed in.",
  )
  expect(accessWarning({ ...refused, waitingRows: 2 }, true, 0)).toBe(
    "Your access to this relay has ended, or it does not know your link. What you wrote waits on this device and goes out when you have signed in.",
  )
  const status = {
    code: "unauthenticated",
    cutOff: false,
    keeps: "durable",
    storageError: undefined,
    waitingRows: 1,
    relay: undefined,
  } as const
  const sentence = statusSentence({ link: { kind: "refused" }, status, waitingMessages: 1, now: 0 })
  expect(sentence).toMatchObject({ tone: "warn", text: "Sign in to send: 1 message on this device only", short: "Sign in" })
})

test("[WB19] the end of access is told a day before, at it and one before it", () => {
  const at = (leftMs: number) => accessWarning({ ...online, expiresAt: 100 * HOUR_MS }, true, 100 * HOUR_MS - leftMs)
  expect(at(24 * HOUR_MS + 1)).toBeUndefined()
  expect(at(24 * HOUR_MS)).toContain("Your access ends in about 24 hours.")
  // A relay forgives clocks a minute: what was made for five hours is no six.
  expect(at(5 * HOUR_MS + 60_000)).toContain("in about 5 hours")
  expect(at(HOUR_MS + 1)).toContain("in about 1 hour.")
  expect(at(HOUR_MS)).toContain("in less than an hour")
  expect(accessWarning(online, true, 0)).toBeUndefined()
  expect(accessWarning({ ...online, connection: "offline", expiresAt: 1 }, true, 5)).toBeUndefined()
})

test("[WB19] who one is at the relay is said with its end, and not claimed of a relay that asks nobody", () => {
  expect(accessSentence(online, false)).toBeUndefined()
  expect(accessSentence(online, true)).toBe("Signed in as ana.")
  expect(accessSentence({ ...online, expiresAt: Date.UTC(2030, 4, 6) }, true)).toMatch(/^Signed in as ana, until .*2030/)
  expect(accessSentence({ ...online, principal: undefined, connection: "offline" }, true)).toContain("out of reach")
  expect(accessSentence(refused, false)).toBe("Not signed in.")
  expect(accessSentence(refused, true)).toContain("does not take this device’s link")
})
