import { type Code, codeName, codeNumber, CutSnapshots, type Frame, type FrameOf, isPermanent } from "@polylogue/protocol"
import { Backoff, fraction } from "./backoff.ts"
import { type ConnectionFacts, type ConnectionHost, type ConnectionPart, unknownFacts } from "./connection-part.ts"
import type { Environment } from "./environment.ts"
import { Liveness } from "./liveness.ts"
import { Outgoing } from "./outgoing.ts"
import { type RelayLooking, type RelayOrder, RelaysInTurn } from "./relay-order.ts"
import { RelaySocket, type RelaySocketEvents } from "./relay-socket.ts"
import { Session } from "./session.ts"
import { TokenOffer } from "./token-offer.ts"

/*
 *             start, timer, wake                 welcome
 *   resting ────────────────────▶ dialling ───────────────────▶ online ◀─┐ a better relay, nothing under way
 *    │  ▲ ▲                        ▲    │                          │  └──┘
 *    │  │ │      the next address ─┴────┤ failed                   │
 *    │  │ └── all have failed: jittered wait; a connection ended: a moment, then the next address ──┤
 *    │  └──────────── reconnect, other token ────────── refused ◀──┘ permanent code at every address
 *    └─ stop ─▶ stopped (resting without a timer)
 *
 * A browser set offline leaves its socket mute, without a close event: only what was heard counts, never what the socket says of itself.
 */
type State =
  | { readonly kind: "stopped" | "refused" }
  | { readonly kind: "resting"; readonly cancel: () => void }
  | { readonly kind: "dialling"; readonly relay: RelaySocket }
  | Online

interface Online {
  readonly kind: "online"
  readonly relay: RelaySocket
  readonly session: Session
  readonly outgoing: Outgoing
  readonly live: Liveness
  /** When something other than a sign of life was heard last. */
  busyAt: number
}

/** Longer frames go in parts: on a slow uplink each part that arrives is a sign of life, where one long frame would be silence until its end. */
const MAX_SENT_FRAME_BYTES = 16 * 1024

/** With several relays, and nobody knows yet what the device is there for: so long is waited for the first document to be opened, or watched. */
const AFFINITY_GRACE_MS = 50

/** See {@link ConnectionPart}. */
export class Connection implements ConnectionPart {
  readonly #host: ConnectionHost
  readonly #environment: Environment
  readonly #backoff: Backoff
  readonly #cuts: CutSnapshots
  #order: RelayOrder
  /** Only with several relays, and once the code for them is here. */
  #looking: RelayLooking | undefined
  readonly #offer = new TokenOffer()
  #state: State = { kind: "stopped" }
  #facts: ConnectionFacts

  constructor(host: ConnectionHost) {
    this.#host = host
    this.#environment = host.environment
    this.#backoff = new Backoff({ ...host.environment, ...host.environment.limits })
    this.#cuts = new CutSnapshots(host.environment.limits.maxCutBytes)
    this.#order = new RelaysInTurn(host.relays)
    this.#facts = unknownFacts(host.relays)
  }

  get facts(): ConnectionFacts {
    return this.#facts
  }

  get session(): Session | undefined {
    return this.#state.kind === "online" ? this.#state.session : undefined
  }

  start(): void {
    const { relays } = this.#host
    if (this.#state.kind !== "stopped" || relays.length === 0) return
    if (relays.length === 1) return this.#dial()
    const resting: State = { kind: "resting", cancel: () => undefined }
    this.#state = resting
    void this.#choose(resting)
  }

  /** Begins once the code that chooses among several relays is here. Where that cannot be loaded they are tried in turn. */
  async #choose(resting: State): Promise<void> {
    try {
      if (this.#looking === undefined) await this.#loadChoice()
    } catch {
      // The next start tries again.
    }
    if (this.#state === resting) this.#begin()
  }

  async #loadChoice(): Promise<void> {
    const { make, relays } = this.#host
    const { order, looking } = await make.manyRelays(relays, {
      ...this.#socketHost,
      quiet: () => this.#quiet,
      looked: () => this.#show({}),
      move: (...welcomed) => this.#move(...welcomed),
    })
    this.#order = order
    this.#looking = looking
  }

  /** What the device is there for is mostly known at once. */
  #begin(): void {
    if (this.#host.affinity !== undefined) return this.#dial()
    this.#state = { kind: "resting", cancel: this.#environment.clock.setTimer(() => this.#dial(), AFFINITY_GRACE_MS) }
  }

  stop(): void {
    this.#leave("normal", "")
    this.#order.reconsider()
    this.#show({ connection: "offline", code: undefined })
  }

  wake(): void {
    if (this.#state.kind === "resting") {
      this.#backoff.reset()
      this.#order.forgive()
      this.#leave("normal", "")
      this.#dial()
    } else if (this.#state.kind === "online") {
      this.#state.session.wake()
      this.#state.live.probe()
    }
  }

  reconnect(): void {
    this.#order.reconsider()
    if (this.#state.kind !== "refused") return this.wake()
    this.#backoff.reset()
    this.#dial()
  }

  renew(): void {
    if (this.#state.kind === "refused") return this.reconnect()
    this.#order.reconsider()
    if (this.#state.kind === "online") this.#present(this.#state)
  }

  #present({ relay, outgoing }: Online): void {
    relay.presented = this.#host.tokens.current
    outgoing.send({ type: "token", token: relay.presented })
  }

  get #now(): number {
    return this.#environment.clock.monotonic()
  }

  get #socketHost() {
    const { environment, agent, tokens } = this.#host
    return { environment, agent, tokens, offer: this.#offer }
  }

  /** Tries the next address of this round; with none left, or a connection that has just ended, waits a while before that. */
  #dial(): void {
    this.#order.settle(this.#host.affinity ?? "")
    let url = this.#order.next(this.#now)
    if (url === undefined) {
      this.#order.newRound()
      url = this.#order.next(this.#now)
    }
    if (url !== undefined) this.#try(url)
  }

  #try(url: string): void {
    const relay: RelaySocket = new RelaySocket(
      this.#socketHost,
      url,
      this.#events(() => relay),
    )
    this.#state = { kind: "dialling", relay }
    this.#show({ connection: "connecting", relay: url })
  }

  #events(relay: () => RelaySocket): RelaySocketEvents {
    return {
      welcomed: (welcome, rest) => this.#welcomed(relay(), welcome, rest),
      received: (frames) => {
        if (this.#state.kind === "online") this.#deliver(this.#state, frames)
      },
      drained: () => {
        if (this.#state.kind === "online") this.#state.outgoing.drained()
      },
      lost: (code, reason) => this.#lost(code, reason),
      over: (code) => this.#over(code),
    }
  }

  #deliver(online: Online, frames: readonly Frame[]): void {
    online.live.heard()
    const forSession: Frame[] = []
    let closing: FrameOf<"close"> | undefined
    for (const frame of frames) {
      if (frame.type === "ping") online.outgoing.send({ type: "pong", nonce: frame.nonce, time: this.#time() })
      else if (frame.type === "close" && frame.handle === 0) closing ??= frame
      else if (frame.type === "granted") this.#granted(online, frame)
      else if (frame.type === "hello" || frame.type === "welcome" || frame.type === "part") {
        return this.#lost("bad-frame", `${frame.type} after welcome`)
      } else if (frame.type !== "pong") forSession.push(frame)
    }
    if (forSession.length > 0) {
      online.busyAt = this.#now
      online.session.receive(forSession)
    }
    if (closing !== undefined && this.#state === online) this.#over(closing.code)
  }

  #welcomed(relay: RelaySocket, welcome: FrameOf<"welcome">, rest: readonly Frame[]): void {
    this.#order.welcomed(relay.url, relay.tookMs, this.#now)
    this.#cuts.begin(welcome.log)
    const isCurrent = (): boolean => this.#state.kind === "online" && this.#state.relay === relay
    const { clock, limits } = this.#environment
    const maxFrameBytes = Math.min(welcome.maxFrameBytes, MAX_SENT_FRAME_BYTES)
    const bounds = { maxFrameBytes, maxTransfers: welcome.maxTransfers, maxBufferedBytes: limits.maxBufferedBytes }
    const outgoing = new Outgoing(relay.socket, bounds, () => live.sent())
    const ping = (nonce: number): void => outgoing.send({ type: "ping", nonce })
    const dead = (reason: string, probed: boolean): void => this.#lost("heartbeat-lost", reason, probed)
    const live = new Liveness({ clock, limits, ping, dead }, welcome.heartbeatMs)
    const session = new Session(this.#host, {
      welcome,
      cuts: this.#cuts,
      send: (frame) => outgoing.send(frame),
      closeHandle: (handle) => outgoing.close(handle),
      relay: relay.url,
      mark: () => this.#host.tokens.mark,
      fail: (code, reason) => {
        if (isCurrent()) this.#lost(code, reason)
      },
    })
    const online: Online = { kind: "online", relay, session, outgoing, live, busyAt: this.#now }
    this.#state = online
    const relayTimeOffsetMs = welcome.time - clock.now()
    const expiresAt = welcome.expiresAt === 0 ? undefined : welcome.expiresAt - relayTimeOffsetMs
    const facts = { principal: welcome.principal, expiresAt, relayTimeOffsetMs }
    this.#show({ connection: "online", code: undefined, relay: relay.url, ...facts })
    this.#host.sessionBegan(session)
    if (relay.presented !== this.#host.tokens.current) this.#present(online)
    this.#looking?.begin(relay.url)
    if (rest.length > 0 && isCurrent()) this.#deliver(online, rest)
  }

  /** Nothing is under way in either direction, and nothing was heard for a while but signs of life. */
  get #quiet(): boolean {
    if (this.#state.kind !== "online") return false
    return !this.#state.session.busy && this.#now - this.#state.busyAt >= this.#environment.limits.returnQuietMs
  }

  /** A better relay has let us in beside the one that we are at. */
  #move(relay: RelaySocket, welcome: FrameOf<"welcome">, rest: readonly Frame[]): void {
    if (this.#state.kind !== "online") return relay.close("normal", "")
    this.#order.stood(relay.url)
    this.#leave("normal", "moved to another relay")
    relay.listen(this.#events(() => relay))
    this.#welcomed(relay, welcome, rest)
  }

  #granted({ session }: Online, { principal, expiresAt }: FrameOf<"granted">): void {
    this.#show({ principal, expiresAt: expiresAt === 0 ? undefined : expiresAt - this.#facts.relayTimeOffsetMs })
    session.granted()
  }

  #time(): number {
    return Math.max(0, Math.floor(this.#environment.clock.now()))
  }

  /**
   * The replica ends the connection, and takes it up again later: whatever the code, the fault may be ours or the network's. `absent`: the device was
   * away itself, so it says nothing of the relay.
   */
  #lost(code: Code, reason: string, absent = false): void {
    const before = this.#state
    this.#leave(code, reason)
    if (!("relay" in before)) return
    this.#failed(before, codeNumber(code), true, absent)
    this.#again(before.kind === "online", code)
  }

  /** The relay, or the network, has ended the connection with `code`. */
  #over(code: number): void {
    const before = this.#state
    this.#leave("normal", "")
    if (!("relay" in before)) return
    // Refused was the token before: the present one has not been tried.
    const stale = codeName(code) === "unauthenticated" && before.relay.presented !== this.#host.tokens.current
    if (stale) return this.#try(before.relay.url)
    this.#failed(before, code, false, false)
    if (isPermanent(code) && this.#order.refused) {
      this.#state = { kind: "refused" }
      return this.#show({ connection: "refused", code: codeName(code) })
    }
    this.#again(before.kind === "online", codeName(code))
  }

  /** A session that has stood for a while, however it ended, owes nothing to the failures before it. */
  #failed(ended: State & { readonly relay: RelaySocket }, code: number, own: boolean, absent: boolean): void {
    const { url } = ended.relay
    if (ended.kind === "online" && ended.live.stoodMs >= this.#environment.limits.steadyMs) {
      this.#backoff.reset()
      this.#order.stood(url)
    }
    if (absent) this.#order.forgive()
    else this.#order.failed(url, code, this.#now, own)
  }

  /** Goes on with the next address: at once, or within a moment when a connection ended, for all the others of that relay come too. When all have failed, after a longer wait. */
  #again(ended: boolean, code: Code | undefined): void {
    const { clock, limits, randomBytes } = this.#environment
    const url = this.#order.next(this.#now)
    if (url !== undefined && !ended) return this.#try(url)
    const delayMs = url === undefined ? this.#backoff.next() : Math.floor(fraction(randomBytes) * limits.failoverSpreadMs)
    const cancel = clock.setTimer(() => (url === undefined ? this.#dial() : this.#try(url)), delayMs)
    this.#state = { kind: "resting", cancel }
    this.#show({ connection: "offline", code })
  }

  /** Lets go of timers, socket and session of the present state, whatever it is. */
  #leave(code: Code, reason: string): void {
    const state = this.#state
    this.#state = { kind: "stopped" }
    this.#looking?.end()
    if (state.kind === "resting") state.cancel()
    if (state.kind === "online") {
      state.live.stop()
      state.session.cut(state.relay.cutSnapshots())
      state.session.end()
      this.#host.sessionEnded()
    }
    if ("relay" in state) state.relay.close(code, reason)
  }

  #show(change: Partial<ConnectionFacts>): void {
    this.#facts = { ...this.#facts, relays: this.#order.statuses(this.#now), ...change }
    this.#host.connectionChanged(this.#facts)
  }
}
