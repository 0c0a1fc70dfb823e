import {
  type Code,
  codeName,
  codeNumber,
  type Dial,
  isPermanent,
  LINK_PROTOCOL_VERSION,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  type RelayId,
  type Socket,
  SUBPROTOCOL,
} from "@polylogue/protocol"
import { doubledMs, isTold } from "../doubling.ts"
import type { LinkPeer, Principal } from "../options.ts"
import type { RelayCore } from "../relay-core.ts"
import type { Dialled } from "./dialled.ts"

/** How a relay that is dialled is at the moment. */
export interface DiallerState {
  readonly state: "connecting" | "linked" | "linked-otherwise" | "waiting" | "refused" | "stopped"
  /** Why it is not linked; `undefined` for a code that this version does not know, or none. */
  readonly code: Code | undefined
  readonly reason: string
  /** Attempts since it was last linked. */
  readonly attempts: number
}

/** What a dialler needs of the links of its relay. */
export interface DiallerOwner {
  readonly dial: Dial
  readonly name: string
  /** Takes the connection as a session of this relay. */
  accept(socket: Socket, dialled: Dialled): void
  /** Whether a link to that relay stands. */
  isLinked(relay: RelayId): boolean
  /** How it is has changed. */
  changed(): void
}

/** Keeps dialling one address, with growing, jittered waits, for as long as it is wanted. */
export class LinkDialler {
  readonly peer: LinkPeer
  readonly #core: RelayCore
  readonly #owner: DiallerOwner
  #state: DiallerState = { state: "stopped", code: undefined, reason: "", attempts: 0 }
  /** The relay that was last found at the address. */
  #relay: RelayId | undefined
  #socket: Socket | undefined
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(core: RelayCore, peer: LinkPeer, owner: DiallerOwner) {
    this.#core = core
    this.peer = peer
    this.#owner = owner
  }

  /** The relay that was last found at the address. */
  get relay(): RelayId | undefined {
    return this.#relay
  }

  get status(): DiallerState {
    return this.#state
  }

  dial(): void {
    if (this.#stopped || this.#socket !== undefined) return
    this.#cancel?.()
    this.#cancel = undefined
    const { url, token = "" } = this.peer
    this.#state = { ...this.#state, state: "connecting" }
    const socket = this.#owner.dial(url, [SUBPROTOCOL])
    this.#socket = socket
    const versions = { version: PROTOCOL_VERSION, minVersion: Math.max(LINK_PROTOCOL_VERSION, MIN_PROTOCOL_VERSION) }
    let linked = false
    this.#owner.accept(socket, {
      url,
      hello: { type: "hello", ...versions, agent: `polylogue relay ${this.#owner.name}`, token },
      principal: principalOf(url),
      wanted: () => !this.#stopped,
      linked: (relay) => {
        linked = true
        this.#relay = relay
        this.#state = { state: "linked", code: undefined, reason: "", attempts: 0 }
      },
      ended: (code, reason) => {
        if (this.#socket !== socket) return
        this.#socket = undefined
        this.#ended(code, reason, linked)
      },
    })
  }

  /** A link to `relay` has ended: when it stood in the place of this one, this one is wanted again. */
  missed(relay: RelayId): void {
    if (relay === this.#relay && this.#state.state === "linked-otherwise") this.dial()
  }

  /** Dials no more. A link that stands is ended by whoever has it; what would become one is ended here. */
  stop(): void {
    this.#stopped = true
    this.#cancel?.()
    if (this.#state.state === "connecting") this.#socket?.close(codeNumber("normal"), "the relay is no peer any more")
    this.#state = { ...this.#state, state: "stopped" }
  }

  #ended(code: number, reason: string, linked: boolean): void {
    if (this.#stopped) return
    const named = codeName(code)
    // Each of two relays has dialled the other: one link is enough.
    if (named === "normal" && this.#relay !== undefined && this.#owner.isLinked(this.#relay)) {
      this.#state = { state: "linked-otherwise", code: undefined, reason: "", attempts: 0 }
      return
    }
    const attempts = linked ? 1 : this.#state.attempts + 1
    this.#state = { state: isPermanent(code) ? "refused" : "waiting", code: named, reason, attempts }
    if (!linked && isTold(attempts)) this.#core.events({ type: "link-failed", url: this.peer.url, attempts, code, reason })
    this.#owner.changed()
    const { linkMinBackoffMs, linkMaxBackoffMs } = this.#core.limits
    // Who refuses for good may be told otherwise by an operator, who should not have to restart this relay as well.
    const most = isPermanent(code) ? linkMaxBackoffMs : doubledMs(linkMinBackoffMs, linkMaxBackoffMs, attempts - 1)
    const [byte = 0] = this.#core.randomBytes(1)
    this.#cancel = this.#core.clock.setTimer(() => this.dial(), most / 2 + (most / 2) * (byte / 255))
  }
}

/** Whom the relay at `url` is taken for: it reads over the link that this relay has dialled, and no more, for nothing is appended over a link. */
function principalOf(url: string): Principal {
  return { name: `relay ${url}`, relay: true, may: () => "read" }
}
