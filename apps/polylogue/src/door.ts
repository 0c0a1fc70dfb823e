import type { IncomingMessage } from "node:http"
import type { Refusal } from "@polylogue/relay"
import { type AccessPolicy, addressOf, refusalOf } from "./access.ts"
import type { Authority } from "./authority.ts"
import type { Visitor } from "./endpoint.ts"
import { Lobby, type LobbyLimits } from "./lobby.ts"

/** Whoever reaches a relay without authentication is on this machine, and may do everything. */
const ANYBODY: Visitor = Object.freeze({
  name: "anonymous",
  operator: true,
  may: () => "erase" as const,
  mayBlobs: () => "erase" as const,
})

/** Who brought no token where tokens are needed. */
const NOBODY: Visitor = Object.freeze({ name: "", operator: false, may: () => "none" as const, mayBlobs: () => "none" as const })

/** A token offered as WebSocket subprotocol begins so: a page can set no header. */
const TOKEN_SUBPROTOCOL = "polylogue.token."

/** Who may come in. */
export class Door {
  readonly policy: AccessPolicy
  readonly #authority: Authority | undefined
  readonly #lobby: Lobby

  constructor(policy: AccessPolicy, authority: Authority | undefined, limits: LobbyLimits) {
    this.policy = policy
    this.#authority = authority
    this.#lobby = new Lobby(limits)
  }

  /** Whether one has to show a token. */
  get asksForTokens(): boolean {
    return this.#authority !== undefined
  }

  /** Sockets that have still to show one. */
  get waiting(): number {
    return this.#lobby.size
  }

  /** Why nothing that comes with such headers is let in, or `undefined`. */
  refusalOf({ headers }: IncomingMessage): string | undefined {
    return refusalOf(headers, this.policy)
  }

  /** Who brings `token`, none being `undefined`. Without authentication everybody is anybody, with any token. */
  visitor(token: string | undefined): Promise<Visitor | Refusal> {
    if (this.#authority === undefined) return Promise.resolve(ANYBODY)
    return token === undefined ? Promise.resolve(NOBODY) : this.#authority.visitor(token)
  }

  /** Who brings a token, or `""` for none, inside a session, where nobody is no answer. */
  async authenticate(token: string): Promise<Visitor | Refusal> {
    if (token === "") return { refused: "unauthenticated", reason: "a token is needed" }
    return await this.visitor(token)
  }

  /** Takes in a socket that has still to show who it is; `undefined` when too many wait. */
  enterLobby(request: IncomingMessage): (() => void) | undefined {
    const forwardedFor = request.headers["x-forwarded-for"]
    return this.#lobby.enter(
      addressOf({
        remoteAddress: request.socket.remoteAddress,
        forwardedFor: Array.isArray(forwardedFor) ? forwardedFor.at(-1) : forwardedFor,
      }),
    )
  }
}

/** The token in `Authorization: Bearer`; `""`, which is no token, for another scheme. */
export function bearerOf({ headers }: IncomingMessage): string | undefined {
  if (headers.authorization === undefined) return undefined
  return /^Bearer +([^ ]+) *$/i.exec(headers.authorization)?.[1] ?? ""
}

/** The WebSocket subprotocols that a request offers. */
export function offeredBy({ headers }: IncomingMessage): readonly string[] {
  return (headers["sec-websocket-protocol"] ?? "").split(",").map((protocol) => protocol.trim())
}

/** Whether an offered subprotocol is a token. */
export function isTokenProtocol(protocol: string): boolean {
  return protocol.startsWith(TOKEN_SUBPROTOCOL)
}

/** The token that a WebSocket request brings: in its header, else as an offered subprotocol. */
export function tokenOfUpgrade(request: IncomingMessage): string | undefined {
  return bearerOf(request) ?? offeredBy(request).find(isTokenProtocol)?.slice(TOKEN_SUBPROTOCOL.length)
}
