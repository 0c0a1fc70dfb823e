import type { RegisterKey, RegisterState } from "@polylogue/protocol"
import type { RelayError } from "../errors.ts"
import type { RegisterPage, RegisterWatcher } from "./registers.ts"

/** Who is told of the registers below a prefix, wherever their authority is. */
export interface RegisterListener extends RegisterWatcher {
  /** From now on what is there can be listed, and changes are told: all that it was told before may be another by now. */
  ready(): void
  /** Nobody can say what is there: nothing is listed or told until it is `ready` again. */
  lost(): void
  /** It is told nothing any more. */
  ended(error: RelayError): void
}

/** A register as it was on disk at `asOf`, or after. */
export interface ToldRegister {
  readonly state: RegisterState
  /** Milliseconds of the authority since 1970. */
  readonly asOf: number
}

/** What one listener may ask while it is ready. */
export interface RegisterView {
  /** What stands in no page was absent at this time of the authority, or after; milliseconds since 1970. */
  readonly asOf: number
  /** Names of registers below the prefix, behind `after`, ascending within documents. Some may be absent by now. @throws RelayError, StorageError */
  page(after: RegisterKey | undefined, limit: number): Promise<RegisterPage>
  /** @throws RelayError `unavailable` */
  state(key: RegisterKey): Promise<ToldRegister>
  /** It is told nothing any more. Idempotent. */
  leave(): void
}
