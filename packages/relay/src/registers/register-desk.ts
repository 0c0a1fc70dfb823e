import type { DocumentId, FrameType, RegisterKey, RegisterState, RelayId } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import type { Link, LinkPart, LinkService } from "../links/link-service.ts"
import type { Principal } from "../options.ts"
import type { RelayCore } from "../relay-core.ts"
import type { RegisterChange } from "./attempts.ts"
import { AuthorityRole, type RoleChoice } from "./authority-role.ts"
import { AuthorityRoutes, type RoutePath, type Way } from "./authority-routes.ts"
import type { Forward } from "./forward.ts"
import { listRegisters } from "./list-registers.ts"
import type { RegisterAnswer } from "./register.ts"
import { admitChange, admitRegister } from "./register-admission.ts"
import { RegisterLink, type RegisterLinkHost } from "./register-link.ts"
import type { RegisterListener, RegisterView, ToldRegister } from "./register-listener.ts"
import { RegisterMirrors } from "./register-mirrors.ts"
import { type RegisterPage, Registers } from "./registers.ts"

/*
 * Where questions of registers go. Of relays that are linked one is the authority; each of the others knows a way to it, or none:
 *
 *   here      this is the authority, and hears of no other     ─> `Registers`
 *   away      one is known, behind a link                      ─> forwarded; what is observed is mirrored
 *   nowhere   none is known                                    ─> `unavailable`
 *   torn      several are known, this one perhaps among them   ─> `unavailable`, until all but one are gone: two winners would be worse than none
 *
 * Permission is asked here, before anything is forwarded; the authority takes the word of its peers.
 */

/** Where the authority of registers is for a relay. */
export type RegisterStanding = "here" | "away" | "nowhere" | "torn"

/** What a relay knows of the authority of registers. */
export interface RegisterAuthority {
  readonly standing: RegisterStanding
  /** Authorities that are known, this relay too when it is one and may be linked; more than one is a mistake of who runs them. */
  readonly authorities: readonly RelayId[]
  /** When it is away: the relays on the way to it, the authority last. */
  readonly path: RoutePath
  /** Registers on this relay's own disk that count for nothing, because another relay is the authority; those of one disk, never mixed with another's. At most 10,000 are counted. */
  readonly dormant: number
}

/** Who asks, and what they may do. */
type Asker = Pick<Principal, "name" | "may">

/** The relay itself, and the program that it is a part of. */
const THIS_PROGRAM: Asker = Object.freeze({ name: "", may: () => "read" as const })
const UNAVAILABLE: RegisterAnswer = Object.freeze({ outcome: "unavailable" })
/** Own registers that are counted when another relay is the authority. */
const MAX_COUNTED = 10_000

/** What sessions, peers and this program ask of registers. */
export class RegisterDesk implements LinkService, RegisterLinkHost {
  readonly takes: ReadonlySet<FrameType> = new Set(["route", "forward", "answer"] as const)
  readonly #core: () => RelayCore
  readonly #own: Registers
  readonly #role: AuthorityRole
  readonly #routes: AuthorityRoutes<RegisterLink>
  readonly #links = new Set<RegisterLink>()
  readonly #listeners = new Set<RegisterListener>()
  /** Questions that are not answered. */
  readonly #waiting = new Set<Promise<RegisterAnswer>>()
  #standing: RegisterStanding = "nowhere"
  #mirrors: RegisterMirrors | undefined
  #dormant = 0
  #closed = false

  constructor(core: () => RelayCore, clock: RelayCore["clock"], relay: () => RelayId) {
    this.#core = core
    this.#own = new Registers(core, clock)
    this.#role = new AuthorityRole(core)
    this.#routes = new AuthorityRoutes(relay)
  }

  /** How many are in memory. */
  get size(): number {
    return this.#own.size
  }

  /** How many observe. */
  get observers(): number {
    return this.#listeners.size
  }

  /** What is known of the authority. */
  get authority(): RegisterAuthority {
    const ways = this.#routes.ways()
    const path = this.#standing === "away" ? ways[0]!.path : []
    return {
      standing: this.#standing,
      authorities: ways.flatMap(({ authority }) => (authority === "" ? [] : [authority])),
      path,
      dormant: this.#dormant,
    }
  }

  /** Decides whether this relay is the authority, for as long as it runs; then what its own disk holds counts. Once. @throws StorageError */
  async start(choice: RoleChoice): Promise<void> {
    const own = await this.#role.start(choice)
    if (own) await this.#own.start()
    else this.#dormant = await this.#own.count(MAX_COUNTED)
    this.#routes.own = own
    this.#waysChanged()
  }

  /** The register at `key`, as far as `principal` may read it. Never rejects. */
  get(key: string, principal: Asker): Promise<RegisterAnswer> {
    const may: Principal["may"] = (documentId) => principal.may(documentId)
    return this.#asked(this.#standing === "here" ? this.#own.get(key, may) : this.#getAway(key, principal))
  }

  /** Sets the register at `key`, as far as `principal` may. Never rejects. */
  cas(key: string, change: RegisterChange, principal: Asker): Promise<RegisterAnswer> {
    return this.#asked(this.#standing === "here" ? this.#own.cas(key, change, principal) : this.#casAway(key, change, principal))
  }

  /** What is durable at `key`. @throws RelayError `bad-key`; `unavailable` when nobody can say. */
  async state(key: RegisterKey): Promise<RegisterState> {
    const answer = await this.get(key, THIS_PROGRAM)
    if (answer.outcome === "ok") return answer.register
    if (answer.outcome === "refused") throw new RelayError("bad-key", `${JSON.stringify(key)} names no register`)
    throw this.#unavailable()
  }

  /** Every register of `documentId` that has a value or a guard, by name. @throws RelayError `unavailable`; StorageError */
  async list(documentId: DocumentId): Promise<RegisterState[]> {
    if (this.#standing === "here") return await this.#own.list(documentId)
    if (this.#standing !== "away") throw this.#unavailable()
    return await listRegisters(this.#core(), this, documentId)
  }

  /** Tells `listener` from now on, once it is ready. */
  observe(listener: RegisterListener): RegisterView {
    this.#listeners.add(listener)
    this.#seat(listener)
    const asOf = (): number => this.#mirrors?.heardAt(listener.prefix) ?? this.#now()
    return {
      get asOf() {
        return asOf()
      },
      page: (after, limit) => this.#page(listener.prefix, after, limit),
      state: (key) => this.#told(listener.prefix, key),
      leave: () => {
        this.#listeners.delete(listener)
        this.#own.watchers.delete(listener)
        this.#mirrors?.leave(listener)
      },
    }
  }

  linked(link: Link): LinkPart {
    this.#role.linked()
    const part = new RegisterLink(this.#core(), link, this)
    this.#links.add(part)
    this.#routes.joined(part, part.relay)
    part.waysChanged()
    return part
  }

  heard(link: RegisterLink, path: RoutePath): void {
    this.#routes.heard(link, path)
    this.#waysChanged()
  }

  news(link: RegisterLink): RoutePath[] {
    return this.#routes.news(link)
  }

  carry(forward: Forward, from: RegisterLink): Promise<RegisterAnswer> {
    const { key, change, principal, mayGuard } = forward
    if (this.#standing === "here") {
      const may: Principal["may"] = () => (mayGuard ? "erase" : "write")
      return this.#asked(change === undefined ? this.#own.get(key, may) : this.#own.cas(key, change, { name: principal, may }))
    }
    // Who asks tells another way than this relay knows: one of the two has not heard yet.
    return this.#mirrors?.link === from ? Promise.resolve(UNAVAILABLE) : this.#forward(forward)
  }

  left(link: RegisterLink): void {
    this.#links.delete(link)
    this.#routes.left(link)
    this.#waysChanged()
  }

  /** Resolves when nothing is under way: what others were asked is answered `unavailable`. */
  async quiet(): Promise<void> {
    for (const link of this.#links) link.giveUp()
    while (this.#waiting.size > 0) await Promise.all(this.#waiting)
    await this.#own.quiet()
  }

  /** Does nothing more of itself. */
  close(): void {
    this.#closed = true
    this.#own.close()
  }

  async #getAway(key: string, principal: Asker): Promise<RegisterAnswer> {
    const admitted = admitRegister(key, (documentId) => principal.may(documentId))
    if ("outcome" in admitted) return this.#counted(admitted)
    this.#core().counters.registerReads++
    return this.#counted(await this.#forward({ key, change: undefined, principal: principal.name, mayGuard: false }))
  }

  async #casAway(key: string, change: RegisterChange, principal: Asker): Promise<RegisterAnswer> {
    const { counters, events } = this.#core()
    const admitted = admitChange(key, change, (documentId) => principal.may(documentId))
    if ("outcome" in admitted) return this.#counted(admitted)
    const { documentId, permission } = admitted
    const answer: RegisterAnswer =
      permission === "read"
        ? { outcome: "refused", code: "forbidden" }
        : await this.#forward({ key, change, principal: principal.name, mayGuard: permission === "erase" })
    if (answer.outcome === "ok") counters.registersSet++
    if (answer.outcome === "conflict") counters.registerConflicts++
    if (answer.outcome === "refused") events({ type: "register-refused", documentId, principal: principal.name, code: answer.code })
    return this.#counted(answer)
  }

  #forward(forward: Forward): Promise<RegisterAnswer> {
    return this.#mirrors?.link.ask(forward) ?? Promise.resolve(UNAVAILABLE)
  }

  /** Something is another way than it was. */
  #waysChanged(): void {
    if (this.#closed) return
    for (const link of this.#links) link.waysChanged()
    const ways = this.#routes.ways()
    const [way] = ways
    const link = ways.length === 1 ? way!.link : undefined
    const standing = way === undefined ? "nowhere" : ways.length > 1 ? "torn" : link === undefined ? "here" : "away"
    if (standing === this.#standing && this.#mirrors?.link === link) return
    this.#unseat()
    if (standing !== this.#standing) this.#tell(standing, ways)
    this.#standing = standing
    this.#mirrors = link && new RegisterMirrors(this.#core(), link)
    for (const listener of this.#listeners) this.#seat(listener)
    this.#core().fleet.newsChanged()
  }

  #tell(standing: RegisterStanding, ways: readonly Way<RegisterLink>[]): void {
    const authorities = ways.map(({ authority }) => authority)
    const [authority] = authorities
    // A relay that takes no links is nobody's authority.
    if (authority === "") return
    this.#core().events(
      standing === "torn" ? { type: "authorities-torn", authorities } : { type: "authority-changed", standing, authority },
    )
  }

  #unseat(): void {
    const { watchers } = this.#own
    if (this.#standing === "here") {
      for (const listener of this.#listeners) {
        watchers.delete(listener)
        listener.lost()
      }
    }
    this.#mirrors?.close()
    this.#mirrors = undefined
  }

  #seat(listener: RegisterListener): void {
    if (this.#standing === "here") {
      this.#own.watchers.add(listener)
      return listener.ready()
    }
    try {
      this.#mirrors?.join(listener)
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      this.#listeners.delete(listener)
      listener.ended(error)
    }
  }

  async #page(prefix: string, after: RegisterKey | undefined, limit: number): Promise<RegisterPage> {
    if (this.#standing === "here") return await this.#own.page(prefix, after, limit)
    if (this.#mirrors === undefined) throw this.#unavailable()
    return this.#mirrors.page(prefix, after, limit)
  }

  async #told(prefix: string, key: RegisterKey): Promise<ToldRegister> {
    if (this.#mirrors !== undefined) return await this.#mirrors.state(prefix, key)
    const asOf = this.#now()
    return { state: await this.state(key), asOf }
  }

  #now(): number {
    return Math.max(0, Math.floor(this.#core().clock.now()))
  }

  #unavailable(): RelayError {
    const why = {
      here: "the register cannot be read at the moment",
      away: "the relay that is the authority of registers does not answer",
      nowhere: "no link leads to the relay that is the authority of registers",
      torn: "two relays are set up as the authority of registers: there has to be one",
    }
    return new RelayError("unavailable", why[this.#standing])
  }

  /** Who asked waits for this very promise, and so is told before {@link quiet} goes on. */
  #asked(answer: Promise<RegisterAnswer>): Promise<RegisterAnswer> {
    this.#waiting.add(answer)
    void answer.finally(() => this.#waiting.delete(answer))
    return answer
  }

  #counted(answer: RegisterAnswer): RegisterAnswer {
    const { counters } = this.#core()
    if (answer.outcome === "refused") counters.registersRefused++
    if (answer.outcome === "unavailable") counters.registersUnavailable++
    return answer
  }
}
