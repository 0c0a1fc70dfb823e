import type { ReplicaStatus } from "@polylogue/replica"
import { counted, duration } from "../frame/relative-time.ts"
import type { Link } from "./link.ts"
import { hasRelayLeft } from "./relay-lines.ts"

/** What the frame says about safety. */
export interface StatusSentence {
  /** `quiet`: nothing to do. `waiting`: something is on its way or waits. `warn`: cut off or short of space. `danger`: words may be lost with this tab. */
  readonly tone: "quiet" | "waiting" | "warn" | "danger"
  /** A few words for the frame. */
  readonly text: string
  /** A word or two, where there is no room for more. */
  readonly short: string
  /** One or two sentences: what happened, what is safe, what to do. */
  readonly detail: string
}

/** What the sentence is made from. */
export interface Safekeeping {
  readonly link: Link
  readonly status: Pick<ReplicaStatus, "code" | "cutOff" | "keeps" | "storageError" | "waitingRows" | "relay" | "relays">
  /** Messages of the conversation on screen that hold words no relay has. */
  readonly waitingMessages: number
  readonly now: number
}

const MINUTE_MS = 60_000

/** The sum of all safety marks in one sentence. It never claims more than was acknowledged. */
export function statusSentence({ link, status, waitingMessages, now }: Safekeeping): StatusSentence {
  const storage = storageSentence(status)
  if (storage !== undefined) return storage
  const waits = waitingMessages > 0 || status.waitingRows > 0
  const what = waitingMessages > 0 ? counted(waitingMessages, "message") : "Some changes"
  const place = placeOf(status.keeps)
  if (status.cutOff) {
    const goes = waitingMessages === 1 ? "goes" : "go"
    return {
      tone: "warn",
      text: `Cut off by you: ${waits ? `${waitingMessages > 0 ? what : "changes"} ${place} only` : "keep writing"}`,
      short: "Cut off",
      detail: waits
        ? `You cut this device off. ${what} ${isAre(waitingMessages)} ${place} only and ${goes} out when you switch it back.`
        : `You cut this device off. What you write stays ${place} until you switch it back.`,
    }
  }
  switch (link.kind) {
    case "online":
      if (!waits) return { tone: "quiet", text: "All safe", short: "All safe", detail: "Everything on this device is stored on a relay." }
      return {
        tone: "waiting",
        text: waitingMessages > 0 ? `Sending ${what}` : "Sending changes",
        short: "Sending",
        detail: `${what} ${isAre(waitingMessages)} on the way to the relay. Until it answers, ${itThey(waitingMessages)} ${isAre(waitingMessages)} ${place} only.`,
      }
    case "starting":
      if (!waits) {
        return { tone: "quiet", text: "Connecting", short: "Connecting", detail: "Looking for a relay. You can read and write meanwhile." }
      }
      return {
        tone: "waiting",
        text: `${what} ${place} only`,
        short: "Connecting",
        detail: `Looking for a relay. ${what} will be sent as soon as it answers.`,
      }
    case "cut-off":
      return cutOffSentence(link.since, { link, status, waitingMessages, now })
    case "refused":
      if (status.code === "unauthenticated") {
        return {
          tone: "warn",
          text: waits ? `Sign in to send: ${waitingMessages > 0 ? what : "changes"} ${place} only` : "Sign in to send",
          short: "Sign in",
          detail: `The relay asks who you are. What you write stays ${place} until you have signed in.`,
        }
      }
      return {
        tone: "danger",
        text: waits ? `Refused: ${waitingMessages > 0 ? what : "changes"} ${place} only` : "The relay refuses this device",
        short: "Refused",
        detail: `The relay does not take this device. What you write stays ${place}. Ask whoever runs the relay for access, then try again.`,
      }
  }
}

function cutOffSentence(since: number, { status, waitingMessages, now }: Safekeeping): StatusSentence {
  const waits = waitingMessages > 0 || status.waitingRows > 0
  const what = waitingMessages > 0 ? counted(waitingMessages, "message") : "some changes"
  const place = placeOf(status.keeps)
  const rest = waits ? `${waitingMessages > 0 ? what : "changes"} ${place} only` : "keep writing"
  if (hasRelayLeft(status.relays)) {
    // A matter of a moment as a rule: nobody has to do anything.
    const until = waits
      ? `${what} ${isAre(waitingMessages)} ${place} only and will be sent when one answers`
      : `it stays ${place} until one answers`
    return {
      tone: "waiting",
      text: `Looking for a relay: ${rest}`,
      short: "Looking",
      detail: `The connection has ended, and the next relay is being tried. You can go on writing; ${until}.`,
    }
  }
  const forMs = now - since
  const cutOff = forMs < MINUTE_MS ? "Cut off" : `Cut off for ${duration(forMs)}`
  const several = status.relays.length > 1
  const reach = several ? "No relay is in reach" : "The relay is out of reach"
  const until = waits
    ? `${what} ${isAre(waitingMessages)} ${place} only and will be sent when ${several ? "one answers" : "it is back"}`
    : `it stays ${place} until ${several ? "one answers" : "the relay is back"}`
  return { tone: "warn", text: `${cutOff}: ${rest}`, short: cutOff, detail: `${reach}. You can go on writing; ${until}.` }
}

/** Where something is that no relay has. */
function placeOf(keeps: ReplicaStatus["keeps"]): string {
  return keeps === "durable" ? "on this device" : keeps === "window" ? "in this window" : "in this tab"
}

function storageSentence({ storageError, keeps }: Safekeeping["status"]): StatusSentence | undefined {
  if (storageError === undefined || keeps === "tab") return undefined
  if (storageError === "quota-exceeded") {
    return {
      tone: "danger",
      text: "This device is full",
      short: "Full",
      detail:
        "New words are in this tab only and are written down as soon as there is space. Keep the tab open, and free some space or export a conversation.",
    }
  }
  return {
    tone: "danger",
    text: "This device does not store",
    short: "Not stored",
    detail: "The browser's storage does not answer. New words are in this tab only; it is tried again by itself. Keep the tab open.",
  }
}

function isAre(count: number): string {
  return count === 1 ? "is" : "are"
}

function itThey(count: number): string {
  return count === 1 ? "it" : "they"
}
