import {
  type Code,
  codeName,
  codeNumber,
  DEFAULT_LIMITS,
  encodeFrames,
  type Frame,
  type FrameOf,
  FrameReader,
  isPermanent,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  type Socket,
} from "@polylogue/protocol"
import { Backoff } from "./backoff.ts"
import { CutSnapshots } from "./cut-snapshots.ts"
import type { Environment } from "./environment.ts"
import { Outgoing } from "./outgoing.ts"
import { Session } from "./session.ts"
import type { SessionHost } from "./session-host.ts"
import { TokenOffer } from "./token-offer.ts"
import type { Tokens } from "./tokens.ts"

/*
 *             start, timer, wake                opened            welcome
 *   resting ────────────────────▶ dialling ─────────────▶ greeting ──────▶ online
 *    │  ▲ ▲                          │                        │              │
 *    │  │ └── transient code, silence, deadline, jittered wait ─┴──────────────┤
 *    │  └──────────── reconnect, other token ───────────── refused ◀──────────┘ permanent code at every address
 *    └─ stop ─▶ stopped (resting without a timer)
 *
 * A browser set offline leaves its socket mute, without a close event: only what was heard counts, never what the socket says of itself.
 */
type State =
  | { readonly kind: "stopped" }
  | { readonly kind: "resting"; readonly cancel: () => void }
  | { readonly kind: "dialling" | "greeting"; readonly socket: Socket; readonly cancel: () => void }
  | {
      readonly kind: "online"
      readonly socket: Socket
      readonly session: Session
      readonly outgoing: Outgoing
      readonly reader: ReaderBox
      readonly live: Liveness
    }
  | { readonly kind: "refused" }

/** What reads the messages of one socket; another after `welcome`, which says the limits. */
interface ReaderBox {
  current: FrameReader
}

interface Liveness {
  readonly heartbeatMs: number
  readonly since: number
  heardAt: number
  sentAt: number
  cancelBeat: () => void
  cancelProbe: () => void
}

/** A relay that asks for more frequent signs of life than this does not get them: timers cost battery. */
const MIN_HEARTBEAT_MS = 100

/** Longer frames go in parts: on a slow uplink each part that arrives is a sign of life, where one long frame would be silence until its end. */
const MAX_SENT_FRAME_BYTES = 16 * 1024

/** What a connection shows of itself. */
export interface ConnectionFacts {
  readonly connection: "offline" | "connecting" | "online" | "refused"
  readonly code: Code | undefined
  readonly relay: string | undefined
  readonly principal: string | undefined
  /** When the grants end, by the device's clock. */
  readonly expiresAt: number | undefined
  readonly relayTimeOffsetMs: number
}

/** What a {@link Connection} needs of its replica. */
export interface ConnectionHost extends SessionHost {
  readonly relays: readonly string[]
  readonly agent: string
  readonly tokens: Pick<Tokens, "current" | "mark">
  /** The facts changed. */
  connectionChanged(facts: ConnectionFacts): void
  /** A session stands: the replica says which documents it wants. */
  sessionBegan(session: Session): void
  sessionEnded(): void
}

/** At most one socket to one of the relays, taken up again whenever it ends. Does nothing before `start`. */
export class Connection {
  readonly #host: ConnectionHost
  readonly #environment: Environment
  readonly #backoff: Backoff
  readonly #cuts: CutSnapshots
  #state: State = { kind: "stopped" }
  #facts: ConnectionFacts
  #address = 0
  #refusals = 0
  /** The last token that the relay was given in this session. */
  #presented = ""
  readonly #offer = new TokenOffer()

  constructor(host: ConnectionHost) {
    this.#host = host
    this.#environment = host.environment
    this.#backoff = new Backoff({ ...host.environment, ...host.environment.limits })
    this.#cuts = new CutSnapshots(host.environment.limits.maxCutBytes)
    const nobody = { code: undefined, principal: undefined, expiresAt: undefined, relayTimeOffsetMs: 0 }
    this.#facts = { connection: "offline", relay: host.relays[0], ...nobody }
  }

  get facts(): ConnectionFacts {
    return this.#facts
  }

  get session(): Session | undefined {
    return this.#state.kind === "online" ? this.#state.session : undefined
  }

  /** Connects, and stays connected until `stop`. Without addresses there is nothing to connect to. */
  start(): void {
    if (this.#state.kind === "stopped" && this.#host.relays.length > 0) this.#dial()
  }

  /** Ends the connection; `start` takes it up again. */
  stop(): void {
    this.#leave("normal", "")
    this.#state = { kind: "stopped" }
    this.#show({ connection: "offline", code: undefined })
  }

  /** The device may be online again: connects now if it was waiting, and makes sure that a silent connection is alive. */
  wake(): void {
    switch (this.#state.kind) {
      case "resting":
        this.#backoff.reset()
        this.#leave("normal", "")
        return this.#dial()
      case "online":
        this.#state.session.wake()
        return this.#probe(this.#state)
      case "dialling":
      case "greeting":
      case "refused":
      case "stopped":
    }
  }

  /** As `wake`, and gives a refused connection another chance. */
  reconnect(): void {
    if (this.#state.kind === "refused") {
      this.#refusals = 0
      this.#backoff.reset()
      this.#dial()
    } else this.wake()
  }

  /** The token is another one: the relay is told, or asked again if it had refused the last one. */
  renew(): void {
    if (this.#state.kind === "online") this.#present(this.#state.outgoing)
    else if (this.#state.kind === "refused") this.reconnect()
  }

  #present(outgoing: Outgoing): void {
    this.#presented = this.#host.tokens.current
    outgoing.send({ type: "token", token: this.#presented })
  }

  #dial(): void {
    const { clock, dial, limits } = this.#environment
    const url = this.#host.relays[this.#address % this.#host.relays.length]!
    const socket = dial(url, this.#offer.next(this.#host.tokens.current))
    const cancel = clock.setTimer(() => this.#lost("handshake-timeout", "no welcome in time"), limits.connectTimeoutMs)
    this.#state = { kind: "dialling", socket, cancel }
    this.#show({ connection: "connecting", relay: url })
    const reader = { current: new FrameReader(DEFAULT_LIMITS) }
    socket.listen({
      opened: () => this.#opened(socket),
      message: (message) => this.#received(socket, reader, message),
      drained: () => {
        if (this.#state.kind === "online" && this.#state.socket === socket) this.#state.outgoing.drained()
      },
      closed: (code) => {
        if (this.#socket === socket) this.#over(code)
      },
    })
  }

  get #socket(): Socket | undefined {
    return "socket" in this.#state ? this.#state.socket : undefined
  }

  #opened(socket: Socket): void {
    if (this.#state.kind !== "dialling" || this.#state.socket !== socket) return
    this.#state = { ...this.#state, kind: "greeting" }
    this.#offer.opened()
    this.#presented = this.#host.tokens.current
    const versions = { version: PROTOCOL_VERSION, minVersion: MIN_PROTOCOL_VERSION }
    socket.send(encodeFrames({ type: "hello", ...versions, agent: this.#host.agent, token: this.#presented }))
  }

  #received(socket: Socket, reader: ReaderBox, message: Uint8Array): void {
    if (this.#socket !== socket) return
    if (this.#state.kind === "online") this.#heard(this.#state.live)
    let frames: Frame[]
    try {
      frames = reader.current.read(message)
    } catch (error) {
      this.#environment.report({ kind: "bad-frame", documentId: undefined, error })
      this.#lost("bad-frame", "a message does not decode")
      return
    }
    for (const [index, frame] of frames.entries()) {
      if (this.#socket !== socket) return
      if (frame.type === "close" && frame.handle === 0) return this.#over(frame.code)
      if (this.#state.kind === "online") return this.#deliver(this.#state, frames.slice(index))
      if (frame.type !== "welcome") return this.#lost("bad-frame", `${frame.type} before welcome`)
      const maxTransferBytes = Math.min(
        frame.maxTransferBytes,
        Math.max(DEFAULT_LIMITS.maxTransferBytes, this.#environment.limits.maxReceivedBytes),
      )
      reader.current = new FrameReader({ ...frame, maxTransferBytes })
      this.#welcomed(socket, frame, reader)
    }
  }

  #deliver(online: Extract<State, { kind: "online" }>, frames: readonly Frame[]): void {
    const forSession: Frame[] = []
    let closing: FrameOf<"close"> | undefined
    for (const frame of frames) {
      if (frame.type === "ping") online.outgoing.send({ type: "pong", nonce: frame.nonce, time: this.#now() })
      else if (frame.type === "close" && frame.handle === 0) closing ??= frame
      else if (frame.type === "granted") this.#granted(online, frame)
      else if (frame.type === "hello" || frame.type === "welcome" || frame.type === "part") {
        return this.#lost("bad-frame", `${frame.type} after welcome`)
      } else if (frame.type !== "pong") forSession.push(frame)
    }
    if (forSession.length > 0) online.session.receive(forSession)
    if (closing !== undefined && this.#state === online) this.#over(closing.code)
  }

  #welcomed(socket: Socket, welcome: FrameOf<"welcome">, reader: ReaderBox): void {
    if (this.#state.kind !== "greeting") return this.#lost("bad-frame", "welcome before hello")
    this.#state.cancel()
    const { clock, limits } = this.#environment
    const now = clock.monotonic()
    const nothing = () => undefined
    const live: Liveness = {
      heartbeatMs: Math.max(MIN_HEARTBEAT_MS, welcome.heartbeatMs),
      since: now,
      heardAt: now,
      sentAt: now,
      cancelBeat: nothing,
      cancelProbe: nothing,
    }
    const { maxTransfers } = welcome
    const maxFrameBytes = Math.min(welcome.maxFrameBytes, MAX_SENT_FRAME_BYTES)
    const outgoing = new Outgoing(socket, { maxFrameBytes, maxTransfers, maxBufferedBytes: limits.maxBufferedBytes }, () => {
      live.sentAt = clock.monotonic()
    })
    const current = () => this.#state.kind === "online" && this.#state.socket === socket
    this.#cuts.begin(welcome.log)
    const session = new Session(this.#host, {
      welcome,
      cuts: this.#cuts,
      send: (frame) => outgoing.send(frame),
      closeHandle: (handle) => outgoing.close(handle),
      relay: this.#facts.relay ?? "",
      mark: () => this.#host.tokens.mark,
      fail: (code, reason) => {
        if (current()) this.#lost(code, reason)
      },
    })
    this.#state = { kind: "online", socket, session, outgoing, reader, live }
    this.#refusals = 0
    this.#beat(live, outgoing, current)
    const relayTimeOffsetMs = welcome.time - clock.now()
    const expiresAt = welcome.expiresAt === 0 ? undefined : welcome.expiresAt - relayTimeOffsetMs
    this.#show({ connection: "online", code: undefined, principal: welcome.principal, expiresAt, relayTimeOffsetMs })
    this.#host.sessionBegan(session)
    if (this.#presented !== this.#host.tokens.current) this.#present(outgoing)
  }

  #granted({ session }: Extract<State, { kind: "online" }>, { principal, expiresAt }: FrameOf<"granted">): void {
    this.#show({ principal, expiresAt: expiresAt === 0 ? undefined : expiresAt - this.#facts.relayTimeOffsetMs })
    session.granted()
  }

  #now(): number {
    return Math.max(0, Math.floor(this.#environment.clock.now()))
  }

  #heard(live: Liveness): void {
    live.heardAt = this.#environment.clock.monotonic()
    live.cancelProbe()
  }

  /** Sends a sign of life when nothing else was sent, and gives the relay up after three silent heartbeats. */
  #beat(live: Liveness, outgoing: Outgoing, current: () => boolean): void {
    const { clock } = this.#environment
    const everyMs = Math.max(1, live.heartbeatMs / 2)
    live.cancelBeat = clock.setTimer(() => {
      if (!current()) return
      const now = clock.monotonic()
      if (now - live.heardAt >= 3 * live.heartbeatMs) return this.#lost("heartbeat-lost", "nothing was heard from the relay")
      if (now - live.sentAt >= everyMs) outgoing.send({ type: "ping", nonce: 0 })
      this.#beat(live, outgoing, current)
    }, everyMs)
  }

  #probe(online: Extract<State, { kind: "online" }>): void {
    const { clock, limits } = this.#environment
    const { live, outgoing } = online
    if (clock.monotonic() - live.heardAt < limits.probeAfterMs) return
    live.cancelProbe()
    outgoing.send({ type: "ping", nonce: 1 })
    live.cancelProbe = clock.setTimer(() => {
      if (this.#state === online) this.#lost("heartbeat-lost", "a probe was not answered")
    }, limits.probeTimeoutMs)
  }

  /** The replica ends the connection, and takes it up again later: whatever the code, the fault may be ours or the network's. */
  #lost(code: Code, reason: string): void {
    const before = this.#state
    this.#leave(code, reason)
    this.#steadied(before)
    if (before.kind !== "online") this.#address++
    this.#rest(code)
  }

  /** The relay, or the network, has ended the connection with `code`. */
  #over(code: number): void {
    const before = this.#state
    this.#leave("normal", "")
    this.#steadied(before)
    if (before.kind !== "online" || codeName(code) === "draining") this.#address++
    // Refused was the token before: the present one has not been tried.
    if (codeName(code) === "unauthenticated" && this.#presented !== this.#host.tokens.current) return this.#dial()
    if (isPermanent(code)) {
      this.#refusals++
      this.#address += before.kind === "online" ? 1 : 0
      if (this.#refusals >= this.#host.relays.length) {
        this.#state = { kind: "refused" }
        this.#show({ connection: "refused", code: codeName(code) })
        return
      }
    }
    this.#rest(codeName(code))
  }

  /** A session that has stood for a while, however it ended, owes nothing to the failures before it. */
  #steadied(ended: State): void {
    const { clock, limits } = this.#environment
    if (ended.kind === "online" && clock.monotonic() - ended.live.since >= limits.steadyMs) this.#backoff.reset()
  }

  #rest(code: Code | undefined): void {
    const delayMs = this.#backoff.next()
    const cancel = this.#environment.clock.setTimer(() => this.#dial(), delayMs)
    this.#state = { kind: "resting", cancel }
    this.#show({ connection: "offline", code })
  }

  /** Lets go of timers, socket and session of the present state, whatever it is. */
  #leave(code: Code, reason: string): void {
    const state = this.#state
    this.#state = { kind: "stopped" }
    switch (state.kind) {
      case "resting":
        return state.cancel()
      case "dialling":
      case "greeting":
        state.cancel()
        return state.socket.close(codeNumber(code), reason)
      case "online":
        state.live.cancelBeat()
        state.live.cancelProbe()
        state.session.cut(state.reader.current.cutSnapshots())
        state.session.end()
        this.#host.sessionEnded()
        // The frame reaches the relay where a WebSocket close code would not (1013 may not be sent by a browser).
        state.socket.send(encodeFrames({ type: "close", handle: 0, code: codeNumber(code), reason }))
        return state.socket.close(codeNumber(code), reason)
      case "refused":
      case "stopped":
    }
  }

  #show(change: Partial<ConnectionFacts>): void {
    this.#facts = { ...this.#facts, ...change }
    this.#host.connectionChanged(this.#facts)
  }
}
