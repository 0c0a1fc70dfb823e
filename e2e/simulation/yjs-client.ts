import type { DocumentId, Socket } from "@polylogue/protocol"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import * as Y from "yjs"
import { Knowledge } from "./knowledge.ts"
import { describe } from "./operation.ts"
import type { Random } from "./random.ts"
import { SimulatedProcess } from "./simulated-process.ts"
import type { World } from "./world.ts"
import { operate } from "./writer.ts"

/** Where a relay answers y-websocket clients; the client's name stands for what a real one brings for authentication. */
export function yjsUrl(relay: string, documentId: DocumentId, client: string): string {
  return `ws://${relay}/yjs/${documentId}?token=${client}`
}

/** Message and step numbers of y-protocols. */
const SYNC = 0
const STEP1 = 0
const STEP2 = 1
const UPDATE = 2

const REMOTE = Object.freeze({ kind: "simulated-y-websocket" })

/**
 * A program of somebody else that speaks y-websocket: one document in memory, nothing on disk, no acknowledgement. It collects no garbage,
 * so that it has, and brings, what everybody else has long forgotten.
 */
export class YjsClient {
  readonly name: string
  readonly documentId: DocumentId
  readonly ydoc = new Y.Doc({ gc: false })
  readonly knowledge: Knowledge
  readonly process: SimulatedProcess
  readonly #world: World
  readonly #random: Random
  readonly #relays: readonly string[]
  #socket: Socket | undefined
  #attempts = 0
  #relay = ""
  #synced = false

  constructor(world: World, name: string, documentId: DocumentId, relays: readonly string[]) {
    this.#world = world
    this.name = name
    this.documentId = documentId
    this.#relays = relays
    this.#random = world.random.fork(name)
    this.process = new SimulatedProcess(world.clock, name, 0)
    // Yjs draws it from the system's randomness, which no run could repeat.
    this.ydoc.clientID = this.#random.uint32()
    this.knowledge = new Knowledge(name, documentId, world.ledger, world.complain)
    this.ydoc.on("afterTransaction", (transaction: Y.Transaction) => this.knowledge.learnTransaction(transaction))
    this.ydoc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== REMOTE) this.#send(UPDATE, update)
    })
    this.#dial()
  }

  /** Whether it has what one of `relays`, by name, had when they last met. A connection to one that is gone seems to stand until its silence is noticed. */
  syncedWith(relays: readonly string[]): boolean {
    return this.#synced && relays.includes(this.#relay)
  }

  /** Does one thing. */
  operate(random: Random): void {
    const { documentId, name: session, ydoc, knowledge } = this
    const operation = operate({ documentId, session, ydoc, knowledge }, this.#world.ledger, random)
    if (operation !== undefined) this.#world.trace(describe(operation))
  }

  /** Its connection is reset, if it has one. */
  hangUp(): void {
    for (const relay of this.#relays) this.#world.network.reset(this.name, yjsUrl(relay, this.documentId, this.name))
  }

  /** The program dies, and what no relay has from it with it. */
  end(): void {
    this.#world.trace(`${this.name} ends`)
    this.process.kill()
    this.#world.network.hangUp(this.process, false)
    for (const operation of this.#world.ledger.of(this.documentId)) if (operation.session === this.name) operation.sessionLives = false
  }

  #dial(): void {
    const relay = this.#relays[this.#attempts++ % this.#relays.length]!
    const socket = this.#world.network.dialFrom(this.name, this.process)(yjsUrl(relay, this.documentId, this.name), [])
    this.#relay = relay
    this.#synced = false
    let heard = this.process.clock.monotonic()
    let ended = false
    // As the provider: who says nothing for 30 s is gone.
    const watch = (): void => {
      if (ended) return
      if (this.process.clock.monotonic() - heard > 30_000) socket.close(1000, "")
      else this.process.clock.setTimer(watch, 3_000)
    }
    watch()
    socket.listen({
      opened: () => {
        this.#socket = socket
        this.#send(STEP1, Y.encodeStateVector(this.ydoc))
      },
      message: (message) => {
        heard = this.process.clock.monotonic()
        this.#receive(message)
      },
      closed: () => {
        ended = true
        this.#socket = undefined
        this.#synced = false
        this.process.clock.setTimer(() => this.#dial(), 100 + this.#random.fraction() * 2_000)
      },
    })
  }

  #receive(message: Uint8Array): void {
    const decoder = decoding.createDecoder(message)
    if (decoding.readVarUint(decoder) !== SYNC) return
    const step = decoding.readVarUint(decoder)
    const content = decoding.readVarUint8Array(decoder)
    if (step === STEP1) return this.#send(STEP2, Y.encodeStateAsUpdate(this.ydoc, content))
    try {
      Y.applyUpdate(this.ydoc, content, REMOTE)
    } catch (error) {
      this.#world.complain("I7", `${this.name} cannot apply what its relay sent: ${String(error)}`)
    }
    if (step === STEP2) this.#synced = true
  }

  #send(step: number, content: Uint8Array): void {
    const encoder = encoding.createEncoder()
    encoding.writeVarUint(encoder, SYNC)
    encoding.writeVarUint(encoder, step)
    encoding.writeVarUint8Array(encoder, content)
    this.#socket?.send(encoding.toUint8Array(encoder))
  }
}
