import { SUBPROTOCOL } from "@polylogue/protocol"

/** A token that may stand in the list of subprotocols: RFC 7230 allows these characters there, and a JWT has no others. */
const TOKEN_AS_PROTOCOL = /^[\w!#$%&'*+.^`|~-]+$/
const TOKEN_PROTOCOL = "polylogue.token."

/**
 * The subprotocols to offer: ours, and the token, so that a relay can refuse it before there is a socket. A page does not learn why such an attempt
 * failed, so the one after it goes without: the token is in `hello` too, and the relay's answer to that has a code.
 */
export class TokenOffer {
  #failed = false

  /** What the next attempt offers. */
  next(token: string): readonly string[] {
    const offered = !this.#failed && TOKEN_AS_PROTOCOL.test(token)
    // Until it has opened.
    this.#failed = offered
    return offered ? [SUBPROTOCOL, `${TOKEN_PROTOCOL}${token}`] : [SUBPROTOCOL]
  }

  /** The attempt has opened. */
  opened(): void {
    this.#failed = false
  }
}
