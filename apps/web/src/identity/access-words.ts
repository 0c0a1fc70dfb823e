import type { ReplicaStatus } from "@polylogue/replica"
import { counted, exactDate } from "../frame/relative-time.ts"

const HOUR_MS = 60 * 60 * 1000
/** So long before it ends one is told. */
const WARN_MS = 24 * HOUR_MS

type Access = Pick<ReplicaStatus, "connection" | "code" | "principal" | "expiresAt" | "waitingRows">

/** Whether the relay does not let this device in for want of a token that it takes. */
export function asksForSignIn({ connection, code }: Pick<Access, "connection" | "code">): boolean {
  return connection === "refused" && code === "unauthenticated"
}

/** What is to be said about access over the text; `undefined` when nothing needs doing. */
export function accessWarning(status: Access, hasToken: boolean, now: number): string | undefined {
  if (asksForSignIn(status)) {
    const why = hasToken ? "Your access to this relay has ended, or it does not know your link." : "This relay asks who you are."
    const waits =
      status.waitingRows > 0 ? "What you wrote waits on this device and goes out" : "What you write stays on this device and goes out"
    return `${why} ${waits} when you have signed in.`
  }
  if (status.connection !== "online" || status.expiresAt === undefined) return undefined
  const leftMs = status.expiresAt - now
  if (leftMs > WARN_MS) return undefined
  const hours = Math.round(leftMs / HOUR_MS)
  const when = leftMs <= HOUR_MS ? "in less than an hour" : `in about ${counted(hours, "hour")}`
  return `Your access ends ${when}. Ask for a new link; what you write stays on this device meanwhile.`
}

/** Who one is at the relay, and until when; `undefined` where it asks nobody. */
export function accessSentence({ principal, expiresAt, ...status }: Access, hasToken: boolean): string | undefined {
  if (asksForSignIn(status)) return hasToken ? "Not signed in: the relay does not take this device’s link any more." : "Not signed in."
  if (!hasToken) return undefined
  if (principal === undefined) return "Signed in; the relay is out of reach."
  return expiresAt === undefined ? `Signed in as ${principal}.` : `Signed in as ${principal}, until ${exactDate(expiresAt)}.`
}
