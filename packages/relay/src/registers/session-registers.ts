import { type FrameOf, isDocumentId, REGISTER_PROTOCOL_VERSION } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import type { Grants } from "../grants.ts"
import type { Outlet } from "../outlet.ts"
import type { RelayCore } from "../relay-core.ts"
import { RegisterObserver } from "./register-observer.ts"
import { RegisterRequests } from "./register-requests.ts"

/** What one session has to do with registers. A session of a version before registers has none of it. */
export class SessionRegisters {
  /** The version that the session speaks. */
  version = 0
  /** Whether the other end is a relay, which observes for all who do so there. */
  linked = false
  readonly #core: RelayCore
  readonly #outlet: Outlet
  readonly #grants: Grants
  readonly #requests: RegisterRequests
  readonly #observers = new Map<number, RegisterObserver>()

  constructor(core: RelayCore, outlet: Outlet, grants: Grants) {
    this.#core = core
    this.#outlet = outlet
    this.#grants = grants
    this.#requests = new RegisterRequests(core, outlet, grants)
  }

  /** @throws RelayError `bad-frame` in a session without registers, `rate-limited` when as many wait as may */
  ask(frame: FrameOf<"get"> | FrameOf<"cas">): void {
    this.check(frame)
    if (frame.type === "get") this.#requests.get(frame)
    else this.#requests.cas(frame)
  }

  /** Begins to observe under `frame.handle`, which is free. @throws RelayError `bad-document-id`, `too-many-documents` for the handle */
  observe(frame: FrameOf<"observe">): void {
    if (!isDocumentId(frame.prefix)) throw new RelayError("bad-document-id", "that is no prefix")
    const { maxLinkObservers, maxObservers } = this.#core.limits
    if (this.#observers.size >= (this.linked ? maxLinkObservers : maxObservers))
      throw new RelayError("too-many-documents", "too many observers of registers")
    const ended = (handle: number): void => void this.#observers.delete(handle)
    const observer = new RegisterObserver(this.#core, this.#outlet, this.#grants, frame, ended)
    if (!observer.over) this.#observers.set(frame.handle, observer)
  }

  /** @throws RelayError `bad-frame` when the session is one without registers */
  check({ type }: { readonly type: string }): void {
    if (this.version < REGISTER_PROTOCOL_VERSION)
      throw new RelayError("bad-frame", `${type} takes version ${REGISTER_PROTOCOL_VERSION} of the protocol`)
  }

  has(handle: number): boolean {
    return this.#observers.has(handle)
  }

  /** The replica has ended `handle`, if it is one of these. */
  close(handle: number): void {
    this.#observers.get(handle)?.leave()
    this.#observers.delete(handle)
  }

  /** The grants of the session are new. */
  regrant(): void {
    for (const observer of this.#observers.values()) observer.regrant()
  }

  /** The session has ended. */
  leave(): void {
    this.#requests.leave()
    for (const observer of this.#observers.values()) observer.leave()
    this.#observers.clear()
  }
}
