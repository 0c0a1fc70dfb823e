import { createServer, type Server, Socket } from "node:net"
import { join } from "node:path"
import {
  advanceBlind,
  BlindJudgements,
  blindDocumentId,
  blindStanding,
  type BlindOutcome,
  Round,
  roundDocumentId,
} from "@polylogue/conversation"
import { DEFAULT_LIMITS } from "@polylogue/protocol"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { readKeys } from "../src/authority.ts"
import type { Grant } from "../src/grants.ts"
import { dialWith, systemClock } from "../src/system.ts"
import { signToken } from "../src/token.ts"

export const ROUND = "blind.week-48"
export const ROUND_DOCUMENT = roundDocumentId("home", ROUND)

/** A token for any grants, also those that the command would not give. */
export async function tokenOf(data: string, user: string, grants: readonly Grant[]): Promise<string> {
  const now = Date.now()
  const { token } = await signToken(readKeys(join(data, "auth-key")).ring, { user, grants, issuedAt: now, expiresAt: now + 3_600_000 })
  return token
}

/** What stands between a device and its relay, and keeps every byte that the relay sends. */
export class Wiretap {
  readonly #received: Buffer[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(target: number) {
    this.#server = createServer((near) => {
      const far = new Socket().connect(target, "127.0.0.1")
      for (const socket of [near, far]) {
        this.#sockets.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => [near, far].forEach((end) => end.destroy()))
      }
      near.on("data", (bytes) => far.write(bytes))
      far.on("data", (bytes: Buffer) => {
        this.#received.push(bytes)
        near.write(bytes)
      })
    })
  }

  static async before(url: string): Promise<Wiretap> {
    const tap = new Wiretap(Number(new URL(url).port))
    await new Promise<void>((resolve) => tap.#server.listen(0, "127.0.0.1", resolve))
    return tap
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }

  /** Whether these words stand in what the relay sent. Frames are sent as they are, and a server's are not masked. */
  heard(words: string): boolean {
    return Buffer.concat(this.#received).includes(Buffer.from(words))
  }

  get bytes(): number {
    return this.#received.reduce((sum, { length }) => sum + length, 0)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** One annotator's device in a blind round. */
export interface BlindDevice {
  readonly replica: Replica
  readonly round: Round
  readonly roundDocument: ReplicaDocument
  readonly blind: BlindJudgements
  readonly blindDocument: ReplicaDocument
  /** Takes their work as far as it goes. */
  advance(): Promise<BlindOutcome>
  /** Takes in what the authority says of who is done. */
  listen(): void
  close(): Promise<void>
}

/** A device without a past; what it keeps is gone with it. */
export function replicaFor(url: string, token: string): Promise<Replica> {
  return openReplica({
    store: new MemoryEntryLog(),
    relays: [`${url.replace("http", "ws")}/sync`],
    dial: dialWith(DEFAULT_LIMITS.maxFrameBytes),
    clock: systemClock,
    randomBytes,
    token,
    keeps: "tab",
  })
}

export async function blindDevice(url: string, annotator: string, token: string): Promise<BlindDevice> {
  const replica = await replicaFor(url, token)
  const [roundDocument, blindDocument] = [await replica.open(ROUND_DOCUMENT), await replica.open(blindDocumentId("home", ROUND, annotator))]
  const options = { writer: annotator, annotator, roundId: ROUND, now: Date.now, randomBytes }
  const round = new Round(roundDocument.ydoc, options)
  const blind = new BlindJudgements(blindDocument.ydoc, options)
  const { registers } = replica
  const stopWatching = registers.watch(ROUND_DOCUMENT, () => {})
  const stored = (): Promise<boolean> => blindDocument.whenDurable("stored").then(() => true)
  return {
    replica,
    round,
    roundDocument,
    blind,
    blindDocument,
    advance: () => advanceBlind({ registers, roundDocument: ROUND_DOCUMENT, round, blind, enforced: true, stored }),
    listen() {
      const names = round.getSettings().annotators.map(({ id }) => id)
      const { done } = blindStanding(registers, ROUND_DOCUMENT, names, true)
      round.setClaims(new Map([...done].map(([name, { commitment }]) => [name, commitment])))
    },
    async close() {
      stopWatching()
      await replica.close()
    },
  }
}
