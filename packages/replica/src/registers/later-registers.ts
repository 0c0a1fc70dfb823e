import type { Frame } from "@polylogue/protocol"
import { codeOf } from "../errors.ts"
import { Later } from "../later.ts"
import { checkPrefix } from "../watching.ts"
import type { RegisterMessage } from "./register-messages.ts"
import type { Register, RegisterAnswer, RegisterChange } from "./register.ts"
import type { RegistersHost, RegistersPart } from "./registers-part.ts"

/** Milliseconds after which code that could not be loaded is asked for again, for those who watch. */
const LOAD_AGAIN_MS = 5_000

/**
 * Registers whose code comes after the page: no message needs it to be read. Asked for something, it waits for the code; where that cannot be loaded,
 * nobody can be asked, and the next one who asks tries again.
 */
export class LaterRegisters implements RegistersPart {
  readonly #host: RegistersHost
  readonly #later: Later<RegistersPart>

  constructor(host: RegistersHost, load: () => Promise<RegistersPart>) {
    this.#host = host
    this.#later = new Later(load)
  }

  get(key: string): Promise<RegisterAnswer> {
    return this.#ask((part) => part.get(key))
  }

  cas(key: string, change: RegisterChange): Promise<RegisterAnswer> {
    return this.#ask((part) => part.cas(key, change))
  }

  cached(key: string): Register | undefined {
    this.#later.tell(() => {})
    return this.#later.here?.cached(key)
  }

  watch(prefix: string, changed: (key: string) => void): () => void {
    checkPrefix(prefix)
    let end: (() => void) | undefined = () => {}
    const begin = async (): Promise<void> => {
      try {
        const part = await this.#later.part()
        if (end !== undefined) end = part.watch(prefix, changed)
      } catch (error) {
        if (end !== undefined && codeOf(error) !== "closed") end = this.#host.environment.clock.setTimer(() => void begin(), LOAD_AGAIN_MS)
      }
    }
    void begin()
    return () => {
      end?.()
      end = undefined
    }
  }

  take(frame: Frame): void {
    this.#later.here?.take(frame)
  }

  heard(tab: string, message: RegisterMessage): void {
    // Who has no socket and has asked for nothing has nothing to hear.
    if (this.#later.here !== undefined || this.#host.replica.status.holder) {
      this.#later.tell((part) => part.heard(tab, message))
    }
  }

  announce(): void {
    this.#later.here?.announce()
  }

  stop(): Promise<void> {
    return this.#later.stop()
  }

  #ask(question: (part: RegistersPart) => Promise<RegisterAnswer>): Promise<RegisterAnswer> {
    return this.#later.part().then(question, () => ({ outcome: "unavailable" }))
  }
}
