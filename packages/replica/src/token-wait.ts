import {
  covers,
  decodeSessionToken,
  type DocumentId,
  EMPTY_VECTOR,
  type SessionToken,
  type StampRange,
  vectorDifference,
  type VersionVector,
} from "@polylogue/protocol"
import type * as Y from "yjs"
import type { ReplicaDocument } from "./document.ts"
import { codeOf, ReplicaError } from "./errors.ts"
import type { Replica } from "./replica.ts"

/** What {@link waitFor} may be told. */
export interface WaitOptions {
  /** Milliseconds from the call; then it gives up. 0: only looks. `Infinity`: waits for as long as it may still come. Default 10 000. */
  readonly deadlineMs?: number
  /** Gives up when it is aborted, with its reason: an `AbortSignal`. */
  readonly signal?: WaitSignal
}

/** As much of the web's `AbortSignal` as is needed. */
export interface WaitSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: "abort", listener: () => void): void
  removeEventListener(type: "abort", listener: () => void): void
}

/** What is missing of one document. */
export interface Lacking {
  readonly documentId: DocumentId
  /** Entries, per log from and to, that are not on this device, or not shown yet. */
  readonly ranges: readonly StampRange[]
}

/**
 * Why what a token asks for is not here:
 * - `behind`: a relay is connected, and has not sent it in time.
 * - `offline`: no relay can be reached.
 * - `cut-off`: this device was cut off with `setCutOff`.
 * - `refused`: relays do not let this device in. Said at once.
 * - `forbidden`: its principal may not read one of the documents. Said at once.
 */
export type LackingReason = "behind" | "offline" | "cut-off" | "refused" | "forbidden"

/** A {@link ReplicaError} that says what is missing. */
export interface LackingError extends ReplicaError {
  readonly code: "lacking"
  readonly why: LackingReason
  readonly lacking: readonly Lacking[]
}

const DEFAULT_DEADLINE_MS = 10_000
/** Milliseconds after which the store is looked at without a reason: word from another tab that it wrote there may be lost. */
const LOOK_MS = 1_000

/** Whether `error`, of whatever package, is a {@link LackingError}. */
export function isLacking(error: unknown): error is LackingError {
  return codeOf(error) === "lacking"
}

/**
 * Resolves when this replica has, and shows, all that `token` asks for: each of its documents that is open shows it, and whoever opens another finds
 * it. What is not here is asked for as for any open document. What this device writes from then on stands behind it everywhere.
 *
 * @param token - what `tokenOf` gave, or a relay in `Polylogue-Token`.
 * @throws {@link LackingError} at the deadline, or before when it is clear that it will not come; ProtocolError for what is no token; ReplicaError `closed`,
 * `storage`; the reason of `signal`; RangeError for a deadline that is none.
 */
export async function waitFor(replica: Replica, token: string | SessionToken, options: WaitOptions = {}): Promise<void> {
  const { deadlineMs = DEFAULT_DEADLINE_MS, signal } = options
  if (!(deadlineMs >= 0)) throw new RangeError(`deadlineMs is at least 0, not ${deadlineMs}`)
  const asked = [...(typeof token === "string" ? decodeSessionToken(token) : token)]
  const opened = await Promise.allSettled(asked.map(([documentId]) => replica.open(documentId)))
  const documents = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []))
  try {
    const failed = opened.find(({ status }) => status === "rejected")
    if (failed?.status === "rejected") throw failed.reason
    if (documents.length > 0) await new TokenWait(replica, documents, new Map(asked), deadlineMs, signal).done
  } finally {
    for (const document of documents) void document.close()
  }
}

/** One document that is waited for, until it shows what is asked. */
interface Awaited {
  readonly document: ReplicaDocument
  readonly vector: VersionVector
  lacking: readonly StampRange[]
  /** Where the log first had all of it. */
  target: { readonly position: number; readonly resets: number } | undefined
}

/** Waits for all documents of one token. */
class TokenWait {
  readonly done: Promise<void>
  readonly #replica: Replica
  #awaited: Awaited[]
  readonly #cleanups: (() => void)[] = []
  #resolve!: () => void
  #reject!: (error: unknown) => void
  #over = false
  #expired = false
  #looking = false
  #again = false

  constructor(replica: Replica, documents: readonly ReplicaDocument[], token: SessionToken, deadlineMs: number, signal?: WaitSignal) {
    this.#replica = replica
    this.#awaited = documents.map((document) => {
      const vector = token.get(document.documentId)!
      return { document, vector, lacking: vectorDifference(vector, EMPTY_VECTOR), target: undefined }
    })
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (signal !== undefined) this.#obey(signal)
    const { clock } = documents[0]!.log.environment
    if (deadlineMs === 0) this.#expired = true
    else if (deadlineMs < Infinity) this.#cleanups.push(clock.setTimer(this.#expire, deadlineMs))
    let cancelLook = clock.setTimer(function again() {
      cancelLook = clock.setTimer(again, LOOK_MS)
      look()
    }, LOOK_MS)
    const look = (): void => this.#changed(true)
    this.#cleanups.push(() => cancelLook())
    for (const document of documents) this.#follow(document)
    this.#cleanups.push(replica.subscribe(() => this.#changed()))
    this.#changed()
  }

  #obey(signal: WaitSignal): void {
    const abort = (): void => this.#end(() => this.#reject(signal.reason))
    signal.addEventListener("abort", abort)
    this.#cleanups.push(() => signal.removeEventListener("abort", abort))
    if (signal.aborted) abort()
  }

  #follow(document: ReplicaDocument): void {
    let followed: Y.Doc | undefined
    const changed = (): void => this.#changed()
    const destroyed = (): void => {
      // One that was replaced is destroyed too; this one is still open, so its replica was closed.
      if (document.ydoc === followed) this.#end(() => this.#reject(new ReplicaError("closed", `${document.documentId} was closed`)))
    }
    const unfollow = (): void => {
      followed?.off("afterTransaction", changed)
      followed?.off("destroy", destroyed)
    }
    const follow = (): void => {
      unfollow()
      followed = document.ydoc
      followed.on("afterTransaction", changed)
      followed.on("destroy", destroyed)
      changed()
    }
    follow()
    this.#cleanups.push(unfollow, document.onReset(follow), document.subscribe(changed))
  }

  readonly #expire = (): void => {
    this.#expired = true
    this.#changed(true)
  }

  /** Something may have come. */
  #changed(readOn = false): void {
    if (this.#over) return
    if (readOn) for (const { document } of this.#awaited) document.log.readOn()
    this.#again = true
    if (!this.#looking) void this.#look()
  }

  async #look(): Promise<void> {
    this.#looking = true
    try {
      while (this.#again && !this.#over) {
        this.#again = false
        await Promise.all(this.#awaited.map(lookAt))
        this.#awaited = this.#awaited.filter(({ document, target }) => !shows(document, target))
        this.#judge()
      }
    } catch (cause) {
      const closed = codeOf(cause) === "closed"
      const error = new ReplicaError(closed ? "closed" : "storage", "what is waited for cannot be looked up", { cause })
      this.#end(() => this.#reject(error))
    } finally {
      this.#looking = false
    }
  }

  #judge(): void {
    if (this.#awaited.length === 0) return this.#end(this.#resolve)
    const forbidden = this.#awaited.some(({ document }) => document.log.closed === "forbidden")
    const { connection, cutOff } = this.#replica.status
    if (forbidden) this.#fail("forbidden")
    else if (connection === "refused") this.#fail("refused")
    else if (this.#expired) this.#fail(cutOff ? "cut-off" : connection === "online" ? "behind" : "offline")
  }

  #fail(why: LackingReason): void {
    const lacking = this.#awaited.map(({ document, lacking: ranges }) => ({ documentId: document.documentId, ranges }))
    const error = new ReplicaError("lacking", `${WORDS[why]}: ${lacking.map(describe).join("; ")}`)
    this.#end(() => this.#reject(Object.assign(error, { why, lacking })))
  }

  #end(settle: () => void): void {
    if (this.#over) return
    this.#over = true
    for (const cleanup of this.#cleanups) cleanup()
    settle()
  }
}

const WORDS: Readonly<Record<LackingReason, string>> = {
  behind: "the relay has not sent in time",
  offline: "no relay can be reached for",
  "cut-off": "this device is cut off, and lacks",
  refused: "no relay lets this device in for",
  forbidden: "the relay does not let this principal read",
}

/** Looks whether the device's log has what is asked for, and until where it has to be shown then. */
async function lookAt(awaited: Awaited): Promise<void> {
  const { document, vector, target } = awaited
  if (target?.resets === document.log.resets) return
  const head = await document.log.environment.store.head(document.documentId)
  const here = covers(head.vector, vector)
  awaited.target = here ? { position: head.head, resets: head.resets } : undefined
  if (!here) awaited.lacking = vectorDifference(vector, head.vector)
  else if (!shows(document, awaited.target)) document.log.readOn()
}

function shows({ log }: ReplicaDocument, target: Awaited["target"]): boolean {
  return target !== undefined && log.resets === target.resets && log.position >= target.position
}

/** Ranges named in the text of an error; all of them stand in `lacking`. */
const MAX_NAMED = 8

function describe({ documentId, ranges }: Lacking): string {
  const named = ranges.slice(0, MAX_NAMED).map(({ log, from, to }) => `${log} ${from}-${to}`)
  return `${documentId} (${named.join(", ")}${ranges.length > MAX_NAMED ? ", …" : ""})`
}
