import { decodeSessionToken, type DocumentId, encodeSessionToken, unionSessionTokens } from "@polylogue/protocol"
import { isLacking, openReplica, type Replica, type ReplicaDocument, tokenOf, waitFor } from "@polylogue/replica"
import { dialWith, randomBytes, systemClock } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { WebSocket } from "ws"
import * as Y from "yjs"
import type { SessionEvent } from "../simulation/session-guarantees.ts"

/** The root text that holds the words: each a number and a space. */
const WORDS = "words"
/** Milliseconds after which a device that is cut off is left without a token. */
const STORED_MS = 1_000

/** Numbers in a text of words. */
function wordsIn(ydoc: Y.Doc): ReadonlySet<number> {
  return new Set(ydoc.getText(WORDS).toJSON().split(" ").filter(Boolean).map(Number))
}

/** A device at one relay, with one document open, that anybody may use. */
export class SharedDevice {
  readonly replica: Replica
  readonly document: ReplicaDocument

  private constructor(replica: Replica, document: ReplicaDocument) {
    this.replica = replica
    this.document = document
  }

  static async open(url: string, documentId: DocumentId): Promise<SharedDevice> {
    const replica = await openReplica({
      store: new MemoryEntryLog(),
      relays: [url],
      dial: dialWith(WebSocket),
      clock: systemClock,
      randomBytes,
    })
    return new SharedDevice(replica, await replica.open(documentId))
  }

  get shown(): ReadonlySet<number> {
    return wordsIn(this.document.ydoc)
  }

  write(word: number): void {
    const text = this.document.ydoc.getText(WORDS)
    text.insert(text.length, `${word} `)
  }
}

/** What became of a visit: shown what they carry, told what is lacking, or nothing was said in time. */
export type Visit = "shown" | "lacking" | "silent"

/** Somebody who goes from device to device, and reads over HTTP, with a token of what they have seen. */
export class TokenTraveller {
  readonly #session: string
  readonly #documentId: DocumentId
  readonly #history: SessionEvent[]
  #token = encodeSessionToken(new Map())

  /** @param history - what all travellers see and do, in the order in which it happens */
  constructor(session: string, documentId: DocumentId, history: SessionEvent[]) {
    this.#session = session
    this.#documentId = documentId
    this.#history = history
  }

  /** Reads at `device` at least what they have seen, writes `word` if there is one, and takes a token along. */
  async visit(device: SharedDevice, deadlineMs: number, word: number | undefined): Promise<Visit> {
    try {
      await waitFor(device.replica, this.#token, { deadlineMs })
    } catch (error) {
      if (isLacking(error) && error.lacking.every(({ ranges }) => ranges.length > 0)) return "lacking"
      throw error
    }
    // What the device has not sent may stay there: nobody counts on that elsewhere.
    this.#note({ kind: "read", shown: device.shown, promised: new Set() })
    if (word !== undefined) {
      this.#note({ kind: "write", write: word })
      device.write(word)
    }
    const { shown } = device
    let late: NodeJS.Timeout | undefined
    const silence = new Promise<undefined>((resolve) => (late = setTimeout(resolve, STORED_MS, undefined)))
    const token = await Promise.race([tokenOf(device.document, { after: "stored" }), silence])
    clearTimeout(late)
    if (token === undefined) return "silent"
    if (word !== undefined) this.#note({ kind: "stored", write: word })
    this.#note({ kind: "read", shown })
    this.#token = token
    return "shown"
  }

  /** Reads over HTTP from the relay at `url` at least what they have seen, and takes along what the answer says that it shows. */
  async ask(url: string, waitS: number): Promise<Visit> {
    const answer = await fetch(`${url}/api/documents/${this.#documentId}?wait=${waitS}`, { headers: { "Polylogue-At-Least": this.#token } })
    const body = new Uint8Array(await answer.arrayBuffer())
    if (answer.status === 412) {
      const { lacking, token } = JSON.parse(new TextDecoder().decode(body)) as { lacking: unknown[]; token: string }
      if (lacking.length > 0 && decodeSessionToken(token).size <= 1) return "lacking"
    }
    if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}: ${new TextDecoder().decode(body)}`)
    const ydoc = new Y.Doc()
    Y.applyUpdate(ydoc, body)
    this.#note({ kind: "read", shown: wordsIn(ydoc) })
    const shown = decodeSessionToken(answer.headers.get("polylogue-token")!)
    this.#token = encodeSessionToken(unionSessionTokens(decodeSessionToken(this.#token), shown))
    return "shown"
  }

  #note(event: SessionStep): void {
    this.#history.push({ ...event, session: this.#session, documentId: this.#documentId })
  }
}

type SessionStep =
  | { readonly kind: "write" | "stored"; readonly write: number }
  | { readonly kind: "read"; readonly shown: ReadonlySet<number>; readonly promised?: ReadonlySet<number> }
