import type { Principal, Refusal } from "@polylogue/relay"
import type { Clock } from "@polylogue/protocol"
import type { Random } from "./random.ts"
import type { World } from "./world.ts"

/** What a relay shows to another one. */
export function relayToken(name: string): string {
  return `relay ${name}`
}

/** Who gives out tokens, and how a relay reads them. A token names its bearer and when it expires, in virtual time. */
export class Issuer {
  readonly #world: World
  readonly #random: Random
  #downUntil = 0
  #calm = false

  constructor(world: World) {
    this.#world = world
    this.#random = world.random.fork("issuer")
  }

  /** A token for `name`; empty where nobody needs one. */
  token(name: string): string {
    const { tokenLifeMs } = this.#world.options
    if (tokenLifeMs === Infinity) return ""
    return `${name} ${this.#world.clock.elapsedMs + tokenLifeMs * (this.#calm ? 1_000 : 0.5 + this.#random.fraction())}`
  }

  /** A fresh token, after a while. @throws Error while the issuer is down. */
  async renew(name: string, clock: Clock): Promise<string> {
    await new Promise<void>((resolve) => clock.setTimer(resolve, this.#random.fraction() * 200))
    if (this.#world.clock.elapsedMs < this.#downUntil) throw new Error("simulated: nobody gives out tokens")
    return this.token(name)
  }

  /** Nobody gives out tokens for `forMs`. */
  goDown(forMs: number): void {
    this.#downUntil = this.#world.clock.elapsedMs + forMs
  }

  /** From now on it is there, and tokens last. */
  calm(): void {
    this.#calm = true
    this.#downUntil = 0
  }

  /** Whom a relay with `clock` takes the bearer of `token` for; without tokens, whom `agent` names. */
  read(token: string, agent: string, clock: Clock): Principal | Refusal {
    const may = (): "erase" => "erase"
    if (token.startsWith(relayToken(""))) return { name: token.slice(relayToken("").length), may, relay: true }
    if (this.#world.options.tokenLifeMs === Infinity || agent.startsWith("yjs-")) return { name: agent, may }
    const [name = "", expires = "0"] = token.split(" ")
    const leftMs = Number(expires) - this.#world.clock.elapsedMs
    if (!(leftMs > 0)) return { refused: "unauthenticated", reason: "the token has expired" }
    return { name, may, expiresAt: Math.ceil(clock.now() + leftMs) }
  }
}
