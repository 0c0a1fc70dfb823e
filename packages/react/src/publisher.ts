import { carryOut, promptDocumentId, type PublishIntent, PublishIntents, PromptView, userHomeDocumentId } from "@polylogue/conversation"
import type { ReplicaDocument } from "@polylogue/replica"
import type { OpenDocument } from "./document-pool.ts"
import type { Polylogue } from "./polylogue.ts"

/** Calls `run` once after `ms` milliseconds; returns what cancels it. */
export type Schedule = (ms: number, run: () => void) => () => void

/** Prompts of which something is carried out at the same time. */
export const MAX_PUBLISHED_AT_ONCE = 4
/** Waits in ms before what came to no end is tried again while the device is online. The last one holds for all later tries. */
const TRY_AGAIN_MS = [2_000, 5_000, 15_000, 60_000] as const
/** Longest that is waited for a relay to have a version, in ms; then others get their turn. */
const STORED_WITHIN_MS = 30_000

/** The intents in an open private document, one object for all who show them. */
export function publishIntentsOf(polylogue: Polylogue, open: OpenDocument): PublishIntents {
  const { now, pool, randomBytes, replica, writer } = polylogue
  const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
  return pool.view(open, PublishIntents, ({ ydoc }) => new PublishIntents(ydoc, { writer, now, relayNow, randomBytes }))
}

/**
 * Carries out what the person on this device wants to have published, on whichever of their devices they wanted it: one intent of a prompt at a time,
 * when the device is online, again when that came to no end. Several tabs and devices may do so at once, which is harmless.
 */
export class Publisher {
  readonly #polylogue: Polylogue
  readonly #schedule: Schedule
  readonly #homeId: string
  readonly #running = new Set<string>()
  readonly #tries = new Map<string, number>()
  readonly #resting = new Map<string, () => void>()
  #users = 0
  #stop: (() => void) | undefined
  #intents: PublishIntents | undefined
  #stopIntents: (() => void) | undefined
  #online = false

  /** Begins nothing. @param schedule - default: the timers of the environment. */
  constructor(polylogue: Polylogue, schedule: Schedule = scheduleTimer) {
    this.#polylogue = polylogue
    this.#schedule = schedule
    this.#homeId = userHomeDocumentId(polylogue.user ?? polylogue.author.id)
  }

  /** Begins, and goes on until it was stopped as often as started. Returns what stops it; calling that twice is harmless. */
  start(): () => void {
    if (this.#users++ === 0) this.#begin()
    let stopped = false
    return () => {
      if (stopped) return
      stopped = true
      if (--this.#users === 0) this.#end()
    }
  }

  #begin(): void {
    const { pool, replica } = this.#polylogue
    const stops = [pool.subscribe(this.#homeId, () => this.#attach()), replica.subscribe(() => this.#connection())]
    this.#stop = () => stops.forEach((stop) => stop())
    this.#online = false
    this.#attach()
    this.#connection()
  }

  #end(): void {
    this.#stop?.()
    this.#stop = undefined
    this.#stopIntents?.()
    this.#stopIntents = undefined
    this.#intents = undefined
    this.#wake()
  }

  #attach(): void {
    const home = this.#polylogue.pool.state(this.#homeId)
    const intents = home.state === "open" ? publishIntentsOf(this.#polylogue, home) : undefined
    if (intents === this.#intents) return
    this.#stopIntents?.()
    this.#intents = intents
    this.#stopIntents = intents?.subscribeAll(() => this.#turn())
    this.#turn()
  }

  #connection(): void {
    const online = this.#polylogue.replica.status.connection === "online"
    if (online === this.#online) return
    this.#online = online
    if (!online) return
    this.#wake()
    this.#turn()
  }

  /** Lets nobody rest any longer. */
  #wake(): void {
    for (const cancel of this.#resting.values()) cancel()
    this.#resting.clear()
    this.#tries.clear()
  }

  #turn(): void {
    if (!this.#online || this.#stop === undefined) return
    for (const intent of this.#intents?.getWaiting() ?? []) {
      const { workspace, promptId } = intent
      if (workspace !== this.#polylogue.workspace || this.#running.has(promptId) || this.#resting.has(promptId)) continue
      if (this.#running.size >= MAX_PUBLISHED_AT_ONCE) return
      this.#running.add(promptId)
      void this.#carry(intent)
    }
  }

  async #carry(intent: PublishIntent): Promise<void> {
    const { promptId } = intent
    let isSettled = false
    try {
      isSettled = await this.#publish(intent)
    } catch {
      // A document that cannot be opened, a replica that closes: it stays to be done, and the replica's status says why.
    }
    this.#running.delete(promptId)
    if (isSettled) this.#tries.delete(promptId)
    else this.#rest(promptId)
    this.#turn()
  }

  #rest(promptId: string): void {
    if (this.#stop === undefined) return
    const tries = this.#tries.get(promptId) ?? 0
    this.#tries.set(promptId, tries + 1)
    const cancel = this.#schedule(TRY_AGAIN_MS[Math.min(tries, TRY_AGAIN_MS.length - 1)] ?? 0, () => {
      this.#resting.delete(promptId)
      this.#turn()
    })
    this.#resting.set(promptId, cancel)
  }

  /** Whether the intent is settled. */
  async #publish(intent: PublishIntent): Promise<boolean> {
    const { pool, replica, workspace } = this.#polylogue
    const documentId = promptDocumentId(workspace, intent.promptId)
    const { opened, close } = pool.hold(documentId)
    try {
      const open = await opened
      const intents = this.#intents
      if (open === undefined || intents === undefined) return false
      const prompt = pool.view(open, PromptView, ({ ydoc }) => new PromptView(ydoc))
      const stored = (): Promise<boolean> => this.#stored(open.document)
      const state = await carryOut(intent, { intents, registers: replica.registers, prompt, stored })
      if (state !== "waiting") return true
      const { rejected } = open.document.status
      if (rejected === undefined || prompt.getVersion(intent.versionId) !== undefined) return false
      // The relay refused the words of the prompt: the replica keeps them aside, and no device has this version.
      intents.settle(intent, "refused", { code: "rejected" })
      return true
    } finally {
      close()
    }
  }

  /** Whether a relay has all that the document holds now; false when that cannot be said before the connection ends, or in time. */
  #stored(document: ReplicaDocument): Promise<boolean> {
    const { replica } = this.#polylogue
    return new Promise((resolve) => {
      const settle = (stored: boolean): void => {
        cancel()
        unsubscribe()
        resolve(stored)
      }
      const cancel = this.#schedule(STORED_WITHIN_MS, () => settle(false))
      const unsubscribe = replica.subscribe(() => {
        if (replica.status.connection !== "online") settle(false)
      })
      document.whenDurable("stored").then(
        () => settle(true),
        () => settle(false),
      )
    })
  }
}

const publishers = new WeakMap<Polylogue, Publisher>()

/** The publisher of a device, one for all components. */
export function publisherOf(polylogue: Polylogue): Publisher {
  const publisher = publishers.get(polylogue) ?? new Publisher(polylogue)
  publishers.set(polylogue, publisher)
  return publisher
}

/** The timers of the environment. */
export function scheduleTimer(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
