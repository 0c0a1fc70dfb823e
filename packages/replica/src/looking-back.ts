import { type Code, codeNumber, type Frame, type FrameOf } from "@polylogue/protocol"
import { fraction } from "./backoff.ts"
import type { RelayChoice } from "./relay-choice.ts"
import type { LookingHost, RelayLooking } from "./relay-order.ts"
import { RelaySocket } from "./relay-socket.ts"

/*
 * While the device is at another relay than the one it would choose, it looks after that one now and then: dials it beside the session that stands, and
 * measures how soon it is let in. When that one has let it in each time for a while, and nothing is under way, the socket of the last look becomes the
 * connection, and only then the old one ends. So a move back costs no moment without a relay, and one that comes and goes draws nobody.
 */

/** See {@link RelayLooking}. */
export class LookingBack implements RelayLooking {
  readonly #host: LookingHost
  readonly #choice: RelayChoice
  #current = ""
  #cancel: (() => void) | undefined
  #socket: RelaySocket | undefined

  constructor(host: LookingHost, choice: RelayChoice) {
    this.#host = host
    this.#choice = choice
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
    const choice = this.#choice
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
    const choice = this.#choice
    choice.welcomed(socket.url, socket.tookMs, this.#now)
    const wellForMs = this.#now - (choice.wellSince(socket.url) ?? this.#now)
    const better = choice.better(this.#current, this.#now) === socket.url
    if (!better || wellForMs < this.#host.environment.limits.returnAfterMs || !this.#host.quiet()) return this.#done()
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
