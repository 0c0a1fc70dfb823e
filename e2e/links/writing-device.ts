import { type DocumentId, type VersionVector, vectorDifference } from "@polylogue/protocol"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import { dialWith, randomBytes, systemClock } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { WebSocket } from "ws"
import * as Y from "yjs"
import type { Random } from "../simulation/random.ts"

/** Milliseconds between two words of a device: the load, not a wait for anything. */
const PACE_MS = 40
/** Characters behind the name of a word, so that it weighs what a sentence does. */
const WORD_PADDING = 160

/** The root text that all write at; every other root is a device's words. */
const SCRIBBLE = "scribble"

/**
 * A relay that was killed is back within a second: nobody need wait longer for it. A device that went elsewhere looks after its own sooner than people's devices
 * do, and goes back although it never stops writing.
 */
const LIMITS = { minBackoffMs: 20, maxBackoffMs: 500, lookBackMs: 2_000, returnAfterMs: 2_000, returnQuietMs: 0 }

/** What the devices of a run wrote and were told. */
export class Words {
  /** Durable on a device that still has its disk, or acknowledged as replicated: must be everywhere in the end. */
  readonly written = new Set<string>()
  /** Of these, acknowledged by a relay. */
  readonly stored = new Set<string>()
  /** Of all words, those said to be on more than one relay. */
  readonly replicated = new Set<string>()
  /** Of lost devices: never said to be on more than one relay. They may be gone, and may be there. */
  readonly atRisk = new Set<string>()
  /** Of lost devices: said to be on more than one relay. */
  readonly survivors = new Set<string>()
  #fresh: string[] = []

  /** The word is durable on its device. */
  write(word: string): void {
    this.written.add(word)
    this.#fresh.push(word)
  }

  /** Words since the last call that must be everywhere in the end. */
  takeFresh(): string[] {
    const fresh = this.#fresh.filter((word) => this.written.has(word))
    this.#fresh = []
    return fresh
  }

  /** The device with this name lost its disk. */
  lose(name: string): void {
    for (const word of this.written) {
      if (!word.startsWith(`${name}-`)) continue
      if (this.replicated.has(word)) {
        this.survivors.add(word)
        continue
      }
      this.atRisk.add(word)
      this.written.delete(word)
      this.stored.delete(word)
    }
  }
}

/**
 * A device on its own disk that knows one relay or more, and writes words into all documents in turn. Every word says which word of somebody else its device had shown last in
 * that document; a device that shows the one must show the other.
 */
export class WritingDevice {
  readonly name: string
  readonly #random: Random
  readonly #words: Words
  #store = new MemoryEntryLog()
  /** Words shown here, by document. */
  readonly #shown = new Map<DocumentId, Set<string>>()
  /** The last word of somebody else, by document. */
  readonly #latest = new Map<DocumentId, string>()
  readonly #violations: string[] = []
  #replica!: Replica
  #documents: ReplicaDocument[] = []
  #count = 0
  #replicated = 0
  #ackedBy: string | undefined
  #moves = 0
  #writing: Promise<void> | undefined
  #stopped = false

  private constructor(name: string, random: Random, words: Words) {
    this.name = name
    this.#random = random
    this.#words = words
  }

  /** A device without a past. It is at the first of `relays`, and goes to another when that one fails. */
  static async open(
    name: string,
    { relays, documents, random, words }: { relays: readonly string[]; documents: readonly DocumentId[]; random: Random; words: Words },
  ): Promise<WritingDevice> {
    const device = new WritingDevice(name, random, words)
    // Which of several relays is preferred is a matter of hashes.
    for (let attempt = 0; ; attempt++) {
      device.#store = new MemoryEntryLog()
      device.#replica = await openReplica({
        store: device.#store,
        relays,
        affinity: `${name}/${attempt}`,
        dial: dialWith(WebSocket),
        clock: systemClock,
        randomBytes,
        agent: name,
        keeps: "tab",
        limits: LIMITS,
      })
      if (relays.length === 1 || (await device.#arrives()) === relays[0]) break
      await device.#replica.close()
    }
    device.#documents = await Promise.all(documents.map((documentId) => device.#replica.open(documentId)))
    for (const document of device.#documents) device.#watch(document)
    return device
  }

  /** Words written so far. */
  get count(): number {
    return this.#count
  }

  /** Words of it that are said to be on more than one relay. */
  get replicated(): number {
    return this.#replicated
  }

  /** Address of the relay that acknowledged its last word; `undefined` before the first. */
  get ackedBy(): string | undefined {
    return this.#ackedBy
  }

  /** How often a word was acknowledged by another relay than the one before. */
  get moves(): number {
    return this.#moves
  }

  /** Words that were shown before what their writers had seen, and documents found to differ from the relay's at equal vectors. */
  get violations(): readonly string[] {
    const { different } = this.#replica.status.audits
    return different === 0
      ? this.#violations
      : [...this.#violations, `${this.name} found ${different} documents that differ from its relay's`]
  }

  start(): void {
    this.#stopped = false
    this.#writing = this.#write()
  }

  /** Resolves when the last word is on this device's disk, sent or not. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#writing
  }

  /** What of it is not acknowledged, and what it lacks of what its relay has, which is `vector` of a document, in words. */
  async unsettled(vector: (documentId: DocumentId) => VersionVector): Promise<string[]> {
    const problems: string[] = []
    for (const { documentId, status } of this.#documents) {
      const { synced, waitingRows, unsavedUpdates, rejected } = status
      if (!synced || waitingRows > 0 || unsavedUpdates > 0)
        problems.push(
          `${this.name} (${this.#replica.status.connection}) has ${waitingRows} rows of ${documentId}, synced ${synced}, rejected ${rejected}`,
        )
      const lacking = vectorDifference(vector(documentId), (await this.#store.head(documentId)).vector)
      for (const { log, from, to } of lacking) problems.push(`${this.name} lacks ${log}:${from}-${to} of ${documentId}`)
    }
    return problems
  }

  /** What it shows of a document, as bytes that are equal for equal documents. */
  bytes(documentId: DocumentId): Uint8Array {
    const { ydoc } = this.#documents.find((document) => document.documentId === documentId)!
    if (ydoc.store.pendingStructs !== null || ydoc.store.pendingDs !== null)
      throw new Error(`${this.name} waits for what ${documentId} lacks`)
    const fresh = new Y.Doc()
    Y.applyUpdate(fresh, Y.encodeStateAsUpdate(ydoc))
    return Y.encodeStateAsUpdate(fresh)
  }

  /** Whether it shows this word. */
  shows(word: string): boolean {
    for (const words of this.#shown.values()) if (words.has(word)) return true
    return false
  }

  /** The words that it shows. */
  shown(): Set<string> {
    return new Set([...this.#shown.values()].flatMap((words) => [...words]))
  }

  /** Ends it; its disk is gone with it. */
  async close(): Promise<void> {
    await this.stop()
    await this.#replica.close()
  }

  async #write(): Promise<void> {
    while (!this.#stopped) {
      const document = this.#documents[this.#count % this.#documents.length]!
      const word = `${this.name}-${this.#count++}`
      const after = this.#latest.get(document.documentId) ?? ""
      const words = document.ydoc.getArray<string>(this.name)
      document.ydoc.transact(() => {
        words.push([`${word}<${after} ${"~".repeat(WORD_PADDING)}`])
        this.#scribble(document.ydoc)
      })
      await document.whenDurable("local")
      this.#words.write(word)
      void this.#note(document, word)
      await new Promise((resolve) => setTimeout(resolve, PACE_MS * (0.5 + this.#random.fraction())))
    }
  }

  /** Something that is deleted again, and that others write at as well. */
  #scribble(ydoc: Y.Doc): void {
    const text = ydoc.getText(SCRIBBLE)
    if (text.length > 200) text.delete(this.#random.between(0, 100), 100)
    text.insert(this.#random.between(0, text.length), `${this.name} `)
  }

  async #note(document: ReplicaDocument, word: string): Promise<void> {
    try {
      await document.whenDurable("stored")
      this.#words.stored.add(word)
      this.#acknowledged()
      await document.whenDurable("replicated")
      this.#words.replicated.add(word)
      this.#replicated++
    } catch {
      // The device was closed before it was told.
    }
  }

  #acknowledged(): void {
    const { relay } = this.#replica.status
    if (relay === undefined || relay === this.#ackedBy) return
    if (this.#ackedBy !== undefined) this.#moves++
    this.#ackedBy = relay
  }

  /** Address of the relay at which it is first online. */
  async #arrives(): Promise<string | undefined> {
    const replica = this.#replica
    if (replica.status.connection !== "online")
      await new Promise<void>((resolve) => {
        const stop = replica.subscribe(() => {
          if (replica.status.connection !== "online") return
          stop()
          resolve()
        })
      })
    return replica.status.relay
  }

  #watch(document: ReplicaDocument): void {
    const { documentId, ydoc } = document
    const shown = new Set<string>()
    this.#shown.set(documentId, shown)
    const look = (): void => {
      const fresh = [...ydoc.share.keys()].filter((name) => name !== SCRIBBLE).flatMap((name) => newWords(ydoc.getArray(name), shown))
      for (const { word } of fresh) {
        shown.add(word)
        if (!word.startsWith(`${this.name}-`)) this.#latest.set(documentId, word)
      }
      for (const { word, after } of fresh)
        if (after !== "" && !shown.has(after))
          this.#violations.push(`${this.name} shows ${word} of ${documentId} without ${after}, which its writer had seen`)
    }
    look()
    ydoc.on("afterTransaction", look)
    document.onReset(() => void this.#violations.push(`${documentId} was replaced at ${this.name}`))
  }
}

/** Words at the end of `words` that are not in `shown`, each with the one that its writer had seen. */
function newWords(words: Y.Array<string>, shown: ReadonlySet<string>): { readonly word: string; readonly after: string }[] {
  const fresh: { readonly word: string; readonly after: string }[] = []
  for (let index = words.length - 1; index >= 0; index--) {
    const [word, after] = words.get(index).split(" ", 1)[0]!.split("<") as [string, string]
    if (shown.has(word)) break
    fresh.unshift({ word, after })
  }
  return fresh
}
