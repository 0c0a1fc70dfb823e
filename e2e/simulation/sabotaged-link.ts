import {
  advanceVector,
  type Dial,
  EMPTY_VECTOR,
  encodeFrames,
  type Entry,
  type Frame,
  type FrameOf,
  FrameReader,
  type Socket,
  type VersionVector,
} from "@polylogue/protocol"

/** What relays do wrong on purpose with their links. */
export type LinkSabotage = (typeof LINK_SABOTAGES)[number]

const LINK_SABOTAGES = ["link sends log by log", "link says early what it has", "link forgets owners", "link changes letters"] as const

const NO_LIMITS = { maxFrameBytes: Infinity, maxTransferBytes: Infinity, maxTransfers: Infinity, minPartBytes: 1 }

/** Whether it is one of links. */
export function isLinkSabotage(sabotage: string | undefined): sabotage is LinkSabotage {
  return LINK_SABOTAGES.some((one) => one === sabotage)
}

/** How long a relay that pages through one log after the other gathers, in ms. */
const GATHERED_MS = 300

type Later = (delayMs: number, action: () => void) => void

/**
 * Dials links whose dialling end hears, or says, what a relay made wrong would say. Frames must not be larger than one message may be. `later` does
 * something in the time of the run.
 */
export function sabotagedDial(dial: Dial, sabotage: LinkSabotage, later: Later): Dial {
  return (url, protocols) => {
    const socket = dial(url, protocols)
    const heard = new FrameReader(NO_LIMITS)
    const said = new FrameReader(NO_LIMITS)
    const vectors = new Map<number, VersionVector>()
    const sabotaged: Socket = {
      listen: (handlers) => {
        const gathered = new Gathered(later, (frame) => handlers.message(encodeFrames(frame)))
        socket.listen({
          ...handlers,
          closed: (...args) => {
            gathered.end()
            handlers.closed(...args)
          },
          message: (message) => {
            const frames = heard.read(message)
            if (sabotage === "link says early what it has") for (const frame of frames) sayAtOnce(socket, vectors, frame)
            const changed = frames.flatMap((frame) => {
              if (sabotage !== "link sends log by log" || frame.type !== "entries") return changedBy(sabotage, frame)
              gathered.add(frame)
              return []
            })
            if (changed.length > 0) handlers.message(encodeFrames(...changed))
          },
        })
      },
      send: (message) => {
        for (const frame of said.read(message)) if (frame.type === "open") vectors.set(frame.handle, frame.vector)
        socket.send(message)
      },
      get bufferedBytes() {
        return socket.bufferedBytes
      },
      close: (code, reason) => socket.close(code, reason),
    }
    return sabotaged
  }
}

function changedBy(sabotage: LinkSabotage, frame: Frame): Frame[] {
  if (sabotage === "link forgets owners" && frame.type === "owners") return []
  if (sabotage === "link changes letters" && frame.type === "entries")
    return [{ ...frame, entries: frame.entries.map((entry) => ({ ...entry, update: withAnotherLetter(entry.update) })) }]
  return [frame]
}

/** Entries of a document that came within a while, as a relay would give them that pages through one log after the other. */
class Gathered {
  readonly #later: Later
  readonly #give: (frame: FrameOf<"entries">) => void
  readonly #entries = new Map<number, Entry[]>()
  #isOver = false

  constructor(later: Later, give: (frame: FrameOf<"entries">) => void) {
    this.#later = later
    this.#give = give
  }

  add({ handle, entries }: FrameOf<"entries">): void {
    const before = this.#entries.get(handle)
    this.#entries.set(handle, [...(before ?? []), ...entries])
    if (before === undefined) this.#later(GATHERED_MS, () => this.#flush(handle))
  }

  end(): void {
    this.#isOver = true
  }

  #flush(handle: number): void {
    const entries = this.#entries.get(handle) ?? []
    this.#entries.delete(handle)
    if (this.#isOver) return
    this.#give({ type: "entries", handle, entries: entries.toSorted((one, other) => (one.stamp.log < other.stamp.log ? -1 : 1)) })
  }
}

/** The first letter of a word of four or more that stands behind a point, as those of writers do, is another one: as many bytes, and the same structs. */
function withAnotherLetter(update: Uint8Array): Uint8Array {
  const at = /\d\.[a-y][a-z]{3}/.exec(Buffer.from(update).toString("latin1"))?.index
  if (at === undefined) return update
  const changed = update.slice()
  changed[at + 2]! += 1
  return changed
}

/** What comes is said to be there before it is on any disk. */
function sayAtOnce(socket: Socket, vectors: Map<number, VersionVector>, frame: Frame): void {
  if (frame.type !== "entries" || !vectors.has(frame.handle)) return
  const vector = frame.entries.reduce((known, { stamp }) => advanceVector(known, stamp), vectors.get(frame.handle) ?? EMPTY_VECTOR)
  vectors.set(frame.handle, vector)
  socket.send(encodeFrames({ type: "have", handle: frame.handle, vector }))
}
