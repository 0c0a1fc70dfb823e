import {
  type Code,
  codeNumber,
  type CutSnapshot,
  DEFAULT_LIMITS,
  encodeFrames,
  type Frame,
  type FrameOf,
  FrameReader,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  type Socket,
} from "@polylogue/protocol"
import type { Environment } from "./environment.ts"
import type { TokenOffer } from "./token-offer.ts"

/** What a {@link RelaySocket} needs of its connection. */
export interface RelaySocketHost {
  readonly environment: Environment
  readonly agent: string
  readonly tokens: { readonly current: string }
  readonly offer: TokenOffer
}

/** What a {@link RelaySocket} tells. After `lost` or `over` it tells nothing more. */
export interface RelaySocketEvents {
  /** The relay has let us in; `rest` are frames that came with its word. */
  welcomed(welcome: FrameOf<"welcome">, rest: readonly Frame[]): void
  /** After `welcomed`: something was heard. */
  received(frames: readonly Frame[]): void
  /** After `welcomed`: the socket has taken what it had. */
  drained(): void
  /** This end found something wrong, whosever fault it is. The socket is still to be closed. */
  lost(code: Code, reason: string): void
  /** The relay, or the network, has ended it. */
  over(code: number): void
}

/** One socket to one relay, from dialling on: says hello, waits for `welcome`, reads frames. */
export class RelaySocket {
  readonly url: string
  readonly socket: Socket
  readonly #host: RelaySocketHost
  #events: RelaySocketEvents
  readonly #dialledAt: number
  readonly #cancelDeadline: () => void
  #reader = new FrameReader(DEFAULT_LIMITS)
  #state: "dialling" | "greeting" | "welcomed" | "gone" = "dialling"
  #presented: string
  #tookMs = 0

  constructor(host: RelaySocketHost, url: string, events: RelaySocketEvents) {
    const { clock, dial, limits } = host.environment
    this.#host = host
    this.url = url
    this.#events = events
    this.#dialledAt = clock.monotonic()
    // It is offered with the request: a refusal that comes before anything else is of this token.
    this.#presented = host.tokens.current
    this.#cancelDeadline = clock.setTimer(() => this.#lost("handshake-timeout", "no welcome in time"), limits.connectTimeoutMs)
    this.socket = dial(url, host.offer.next(host.tokens.current))
    this.socket.listen({
      opened: () => this.#opened(),
      message: (message) => this.#received(message),
      drained: () => {
        if (this.#state === "welcomed") this.#events.drained()
      },
      closed: (code) => this.#over(code),
    })
  }

  /** Tells somebody else from now on. */
  listen(events: RelaySocketEvents): void {
    this.#events = events
  }

  /** The token that the relay was told last, or that it was dialled with. */
  get presented(): string {
    return this.#presented
  }

  set presented(token: string) {
    this.#presented = token
  }

  /** Milliseconds from dialling to `welcome`. */
  get tookMs(): number {
    return this.#tookMs
  }

  /** Snapshots whose transfer the end of the socket has cut. */
  cutSnapshots(): readonly CutSnapshot[] {
    return this.#reader.cutSnapshots()
  }

  /** Ends it; nothing more is told. A relay that has let us in is told the code in a frame: 1013 may not be sent by a browser. */
  close(code: Code, reason: string): void {
    const number = codeNumber(code)
    this.#cancelDeadline()
    if (this.#state === "welcomed") this.socket.send(encodeFrames({ type: "close", handle: 0, code: number, reason }))
    this.#state = "gone"
    this.socket.close(number, reason)
  }

  #opened(): void {
    if (this.#state !== "dialling") return
    this.#state = "greeting"
    this.#host.offer.opened()
    this.#presented = this.#host.tokens.current
    const versions = { version: PROTOCOL_VERSION, minVersion: MIN_PROTOCOL_VERSION }
    this.socket.send(encodeFrames({ type: "hello", ...versions, agent: this.#host.agent, token: this.#presented }))
  }

  #received(message: Uint8Array): void {
    if (this.#state === "gone") return
    let frames: readonly Frame[]
    try {
      frames = this.#reader.read(message)
    } catch (error) {
      this.#host.environment.report({ kind: "bad-frame", documentId: undefined, error })
      return this.#lost("bad-frame", "a message does not decode")
    }
    if (this.#state === "welcomed") return this.#events.received(frames)
    const [first, ...rest] = frames
    if (first === undefined) return
    if (first.type === "close" && first.handle === 0) return this.#over(first.code)
    if (first.type !== "welcome") return this.#lost("bad-frame", `${first.type} before welcome`)
    if (this.#state !== "greeting") return this.#lost("bad-frame", "welcome before hello")
    this.#welcomed(first, rest)
  }

  #welcomed(welcome: FrameOf<"welcome">, rest: readonly Frame[]): void {
    const { clock, limits } = this.#host.environment
    const most = Math.max(DEFAULT_LIMITS.maxTransferBytes, limits.maxReceivedBytes)
    this.#reader = new FrameReader({ ...welcome, maxTransferBytes: Math.min(welcome.maxTransferBytes, most) })
    this.#state = "welcomed"
    this.#cancelDeadline()
    this.#tookMs = clock.monotonic() - this.#dialledAt
    this.#events.welcomed(welcome, rest)
  }

  #lost(code: Code, reason: string): void {
    if (this.#state !== "gone") this.#events.lost(code, reason)
  }

  #over(code: number): void {
    if (this.#state === "gone") return
    this.#state = "gone"
    this.#cancelDeadline()
    this.#events.over(code)
  }
}
