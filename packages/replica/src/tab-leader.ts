import { type DocumentId, mintId } from "@polylogue/protocol"
import type { BlobsPart } from "./blobs/blobs-part.ts"
import type { ConnectionFacts } from "./connection-part.ts"
import type { Environment } from "./environment.ts"
import type { KnownFacts } from "./known-facts.ts"
import type { Tabs } from "./options.ts"
import type { SyncFacts } from "./document.ts"
import type { Presence } from "./presence.ts"
import type { RegistersPart } from "./registers/registers-part.ts"
import { APP, isTabMessage, type TabMessage, type TabMessageBody } from "./tab-messages.ts"

/*
 * Which tab holds the socket:
 *
 *   waiting ─ granted ─▶ holding ─ lost ─▶ waiting
 *      └─ visible, nothing heard from the holder for 3 s ─ steal ─┘
 *
 * A frozen tab keeps its lock, so silence and not the lock decides. Two holders at once are harmless: each has its own session, the store drops
 * an entry that it has, the relay recognises a row that it has.
 */

/** What a {@link TabLeader} tells its replica. */
export interface TabHost {
  readonly environment: Environment
  readonly presence: Pick<Presence, "fromTab" | "answer">
  readonly blobs: Pick<BlobsPart, "heard">
  readonly registers: Pick<RegistersPart, "heard" | "announce">
  readonly facts: Pick<KnownFacts, "of">
  /** This tab holds the socket from now on, or does not any more. */
  leading(holds: boolean): void
  /** The holder's connection, heard in another tab; `undefined` when the holder has fallen silent. */
  heardConnection(facts: ConnectionFacts | undefined): void
  heardFacts(documentId: DocumentId, facts: SyncFacts): void
  heardChanged(documents: readonly DocumentId[]): void
  /** A message of another tab was missed: it may have written to any document. */
  heardGap(): void
  heardReconnect(): void
  heardToken(token: string): void
  heardCutOff(cutOff: boolean): void
  /** What other tabs have open has changed. */
  heardDocuments(): void
  connection(): ConnectionFacts
  openDocuments(): readonly DocumentId[]
  /** The prefixes that this tab watches. */
  watchedPrefixes(): readonly string[]
}

/** A tab that says nothing for so many heartbeats of the holder has its documents forgotten; a hidden tab's timers run once a minute. */
const FORGET_TAB_AFTER_BEATS = 180
/** Every so many heartbeats a tab reads the store unasked: the last hint of a tab that died may have been lost. */
const READ_EVERY_BEATS = 60
/** Every so many heartbeats heard, a tab says again what it has open. */
const ANNOUNCE_EVERY_BEATS = 15

/** What is known of another tab. */
interface OtherTab {
  readonly documents: readonly DocumentId[]
  readonly watches: readonly string[]
  readonly beat: number
}

/** This tab among the tabs of its store. Without `tabs` it is alone and holds the socket; one that may not lead never asks for it. */
export class TabLeader {
  readonly #host: TabHost
  readonly #tabs: Tabs | undefined
  readonly #id: string
  readonly #others = new Map<string, OtherTab>()
  /** The last message heard of each tab. */
  readonly #counts = new Map<string, number>()
  #posted = 0
  /** Whether this tab has ever watched anything. */
  #watches = false
  #holds = false
  #release: (() => void) | undefined
  #unlisten: (() => void) | undefined
  #cancelTimer: (() => void) | undefined
  #heardAt = 0
  #beats = 0
  #ticks = 0
  #stopped = true

  constructor(host: TabHost, tabs: Tabs | undefined) {
    this.#host = host
    this.#tabs = tabs
    this.#id = mintId(host.environment.randomBytes)
  }

  get holds(): boolean {
    return this.#holds
  }

  get #mayLead(): boolean {
    return this.#tabs?.mayLead ?? true
  }

  start(): void {
    this.#stopped = false
    if (this.#tabs === undefined) {
      this.#holds = true
      this.#host.leading(true)
      return
    }
    this.#unlisten = this.#tabs.listen((message) => {
      if (!this.#stopped && isTabMessage(message) && message.tab !== this.#id) this.#heard(message)
    })
    this.#heardAt = this.#host.environment.clock.monotonic()
    if (this.#mayLead) this.#lead(false)
    this.announce()
    this.#beat()
  }

  stop(): void {
    if (this.#stopped) return
    this.post({ type: "gone" })
    this.#stopped = true
    this.#cancelTimer?.()
    this.#unlisten?.()
    this.#release?.()
    this.#holds = false
  }

  /** Documents that other tabs have open. */
  *documents(): Iterable<DocumentId> {
    for (const { documents } of this.#others.values()) yield* documents
  }

  /** Prefixes that other tabs watch. */
  *watchedPrefixes(): Iterable<string> {
    for (const { watches } of this.#others.values()) yield* watches
  }

  post(body: TabMessageBody): void {
    if (this.#tabs !== undefined && !this.#stopped) this.#tabs.post({ app: APP, tab: this.#id, count: ++this.#posted, ...body })
  }

  /** Says what this tab has open. */
  announce(): void {
    this.post({ type: "documents", documents: this.#host.openDocuments() })
  }

  /** Says what this tab watches; a tab that never watched anything is silent. */
  announceWatched(): void {
    const prefixes = this.#host.watchedPrefixes()
    if ((this.#watches ||= prefixes.length > 0)) this.post({ type: "watch", prefixes })
  }

  #announceAll(): void {
    this.announce()
    this.announceWatched()
    this.#host.registers.announce()
  }

  /** The holder says how it stands, at once instead of at the next heartbeat. */
  announceConnection(): void {
    if (this.#holds) this.post({ type: "lead", facts: this.#host.connection() })
  }

  /** This tab became visible or was resumed: is there a holder? */
  wake(): void {
    if (this.#stopped || this.#tabs === undefined) return
    this.#announceAll()
    if (!this.#holds) this.#look()
    else this.announceConnection()
  }

  #lead(steal: boolean): void {
    this.#release?.()
    let withdrawn = false
    const release = this.#tabs!.lead({
      steal,
      granted: () => {
        if (!withdrawn && !this.#stopped) this.#become(true)
      },
      lost: () => {
        if (withdrawn || this.#stopped) return
        this.#become(false)
        this.#lead(false)
      },
    })
    this.#release = () => {
      withdrawn = true
      release()
    }
  }

  #become(holds: boolean): void {
    if (this.#holds === holds) return
    this.#holds = holds
    this.#heardAt = this.#host.environment.clock.monotonic()
    this.#host.leading(holds)
    if (!holds) return
    this.post({ type: "who" })
    this.announceConnection()
  }

  /** Every second: the holder gives a sign of life, the others look for one. */
  #beat(): void {
    const { clock, limits } = this.#host.environment
    this.#cancelTimer = clock.setTimer(() => {
      if (this.#stopped) return
      if (++this.#ticks % READ_EVERY_BEATS === 0) this.#host.heardGap()
      if (this.#holds) {
        this.#beats++
        this.announceConnection()
        this.#forgetSilent()
      } else this.#look()
      this.#beat()
    }, limits.leaderHeartbeatMs)
  }

  #look(): void {
    const { clock, limits } = this.#host.environment
    if (clock.monotonic() - this.#heardAt < limits.leaderLostMs) return
    this.#host.heardConnection(undefined)
    if (!this.#mayLead || !this.#tabs!.visible()) return
    this.#heardAt = clock.monotonic()
    this.#lead(true)
  }

  #heard(message: TabMessage): void {
    const expected = (this.#counts.get(message.tab) ?? 0) + 1
    this.#counts.set(message.tab, message.count)
    if (message.count > expected) this.#host.heardGap()
    switch (message.type) {
      case "lead":
        return this.#heardLead(message.facts)
      case "facts":
        if (this.#holds) return
        for (const [documentId, facts] of message.documents) this.#host.heardFacts(documentId, facts)
        return
      case "changed":
        return this.#host.heardChanged(message.documents)
      case "documents":
        return this.#heardDocuments(message.tab, message.documents)
      case "watch":
        this.#others.set(message.tab, { documents: [], ...this.#others.get(message.tab), watches: message.prefixes, beat: this.#beats })
        return this.#host.heardDocuments()
      case "awareness":
        return this.#host.presence.fromTab(message.documentId, message.update)
      case "look":
        return this.#host.presence.answer(message.documentId)
      case "who":
        return this.#announceAll()
      case "reconnect":
        return this.#host.heardReconnect()
      case "token":
        return this.#host.heardToken(message.token)
      case "cut-off":
        return this.#host.heardCutOff(message.cutOff)
      case "blobs":
        return this.#host.blobs.heard()
      case "register":
        return this.#host.registers.heard(message.tab, message.body)
      case "gone":
        this.#others.delete(message.tab)
        this.#counts.delete(message.tab)
        return this.#host.heardDocuments()
      default:
        message satisfies never
    }
  }

  #heardLead(facts: ConnectionFacts): void {
    this.#heardAt = this.#host.environment.clock.monotonic()
    if (this.#holds) return
    if (++this.#beats % ANNOUNCE_EVERY_BEATS === 0) this.#announceAll()
    this.#host.heardConnection(facts)
  }

  #heardDocuments(tab: string, documents: readonly DocumentId[]): void {
    const known = this.#others.get(tab)
    this.#others.set(tab, { watches: known?.watches ?? [], documents, beat: this.#beats })
    if (this.#holds) {
      if (known === undefined) this.announceConnection()
      if (documents.length > 0) this.post({ type: "facts", documents: this.#host.facts.of(documents) })
    }
    this.#host.heardDocuments()
  }

  #forgetSilent(): void {
    for (const [tab, { beat }] of this.#others) {
      if (this.#beats - beat <= FORGET_TAB_AFTER_BEATS) continue
      this.#others.delete(tab)
      this.#counts.delete(tab)
      this.#host.heardDocuments()
    }
  }
}
