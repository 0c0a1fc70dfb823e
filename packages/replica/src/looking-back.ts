import { type Code, codeNumber, type Frame, type FrameOf } from "@polylogue/protocol"
import { fraction } from "./backoff.ts"
import type { RelayChoice } from "./relay-choice.ts"
import { RelaySocket, type RelaySocketHost } from "./relay-socket.ts"

/*
 * While the device is at another relay than the one it would choose, it looks after that one now and then: dials it beside the session that stands, and
 * measures how soon it is let in. When that one has let it in each time for a while, and nothing is under way, the socket of the last look becomes the
 * connection, and only then the old one ends. So a move back costs no moment without a relay, and one that comes and goes draws nobody.
 */

/** What {@link LookingBack} needs of its connection. */
export interface LookingHost extends RelaySocketHost {
  readonly choice: RelayChoice
  /** Whether nothing is under way, and nothing was for a while. */
  quiet(): boolean
  /** What is known of relays has changed. */
  looked(): void
  /** The socket that has just been let in is the better one. It tells nobody anything before `listen`. */
  move(socket: RelaySocket, welcome: FrameOf<"welcome">, rest: readonly Frame[]): void
}

/** Looks after better relays than the present one, from `begin` to `end`. */
export class LookingBack {
  readonly #host: LookingHost
  #current = ""
  #cancel: (() => void) | undefined
  #socket: RelaySocket | undefined

  constructor(host: LookingHost) {
    this.#host = host
  }

  /** The device is at `current`, and has others to look after. */
  begin(current: string): void {
    this.#current = current
    this.#wait()
  }

  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#socket?.close("normal", "")
    this.#socket = undefined
  }

  get #now(): number {
    return this.#host.environment.clock.monotonic()
  }

  /** Half of the time at least, so that devices which lost their relay together do not look, and come, together. */
  #wait(): void {
    const { clock, limits, randomBytes } = this.#host.environment
    const delayMs = Math.ceil((limits.lookBackMs * (1 + fraction(randomBytes))) / 2)
    this.#cancel = clock.setTimer(() => this.#look(), delayMs)
  }

  #look(): void {
    const { choice } = this.#host
    const url = choice.better(this.#current, this.#now)
    if (url === undefined) return this.#wait()
    const failed = (code: number, own: boolean): void => {
      choice.failed(url, code, this.#now, own)
      this.#done()
    }
    const socket: RelaySocket = new RelaySocket(this.#host, url, {
      welcomed: (welcome, rest) => this.#welcomed(socket, welcome, rest),
      received: () => undefined,
      drained: () => undefined,
      lost: (code: Code) => failed(codeNumber(code), true),
      over: (code) => failed(code, false),
    })
    this.#socket = socket
  }

  #welcomed(socket: RelaySocket, welcome: FrameOf<"welcome">, rest: readonly Frame[]): void {
    const { choice, environment } = this.#host
    choice.welcomed(socket.url, socket.tookMs, this.#now)
    const wellForMs = this.#now - (choice.wellSince(socket.url) ?? this.#now)
    const better = choice.better(this.#current, this.#now) === socket.url
    if (!better || wellForMs < environment.limits.returnAfterMs || !this.#host.quiet()) return this.#done()
    this.#socket = undefined
    this.#host.move(socket, welcome, rest)
  }

  #done(): void {
    this.#socket?.close("normal", "")
    this.#socket = undefined
    this.#host.looked()
    this.#wait()
  }
}
