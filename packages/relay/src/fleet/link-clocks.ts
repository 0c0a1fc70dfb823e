import type { Clock, Frame, FrameType, RelayId } from "@polylogue/protocol"
import type { Link, LinkPart, LinkService } from "../links/link-service.ts"
import { ClockOffset, type ClockReading } from "./clock-offset.ts"

/** Exchanges at the beginning of a link, one after the other: of several the quickest counts. */
const FIRST_EXCHANGES = 3
/** While something is measured an offset is taken again when it is so old, for clocks drift. */
const FRESH_MS = 60_000

interface Asked {
  readonly link: Link
  /** What was asked last, and when, by the clock on the wall; `undefined` when it was answered. */
  sent: { readonly nonce: number; readonly at: number } | undefined
  exchanges: number
  /** Monotonic. */
  answeredAt: number
}

/** How the clocks of linked relays stand to this relay's, from `ping` and `pong`. */
export class LinkClocks implements LinkService {
  readonly takes: ReadonlySet<FrameType> = new Set<FrameType>(["pong"])
  readonly #clock: Clock
  readonly #changed: () => void
  readonly #offsets = new Map<RelayId, ClockOffset>()
  readonly #links = new Set<Asked>()
  #nonce = 0

  /** `changed` is called when a clock is known for the first time, or more exactly. */
  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock
    this.#changed = changed
  }

  /** `undefined` for a relay that was never linked since the start. */
  reading(relay: RelayId): ClockReading | undefined {
    return this.#offsets.get(relay)?.reading
  }

  linked(link: Link): LinkPart {
    const asked: Asked = { link, sent: undefined, exchanges: 0, answeredAt: -Infinity }
    this.#links.add(asked)
    this.#ask(asked)
    return {
      receive: (frame) => this.#receive(asked, frame),
      left: () => void this.#links.delete(asked),
    }
  }

  /** Something is measured: asks where the last answer is old. */
  refresh(): void {
    for (const asked of this.#links)
      if (asked.sent === undefined && this.#clock.monotonic() - asked.answeredAt >= FRESH_MS) this.#ask(asked)
  }

  /** A relay is gone for good. */
  forget(relay: RelayId): void {
    this.#offsets.delete(relay)
  }

  #ask(asked: Asked): void {
    // 0 is that of heartbeats.
    const nonce = ++this.#nonce
    asked.sent = { nonce, at: this.#clock.now() }
    asked.link.send({ type: "ping", nonce })
  }

  #receive(asked: Asked, frame: Frame): void {
    if (frame.type !== "pong" || frame.nonce !== asked.sent?.nonce) return
    const { relay } = asked.link.peer
    const offset = this.#offsets.get(relay) ?? new ClockOffset()
    this.#offsets.set(relay, offset)
    offset.observe(asked.sent.at, this.#clock.now(), frame.time)
    asked.sent = undefined
    asked.answeredAt = this.#clock.monotonic()
    if (++asked.exchanges < FIRST_EXCHANGES) this.#ask(asked)
    this.#changed()
  }
}
