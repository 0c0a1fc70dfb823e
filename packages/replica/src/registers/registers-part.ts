import type { Frame, LogId } from "@polylogue/protocol"
import type { Environment } from "../environment.ts"
import type { ReplicaStatus } from "../status.ts"
import type { TabMessageBody } from "../tab-messages.ts"
import type { RegisterMessage } from "./register-messages.ts"
import type { ReplicaRegisters } from "./register.ts"

/** What a session is to registers: a way to the relay. */
export interface RegisterLink {
  /** What the two ends speak. */
  readonly version: number
  /** The start of the relay at its other end. */
  readonly log: LogId
  /** A handle that nothing else in the session has. */
  takeHandle(): number
  send(frame: Frame): void
  /** Gives a handle back, whether the relay has heard of it or not; its unsent frames are forgotten. */
  closeHandle(handle: number): void
}

/** What registers need of their replica. */
export interface RegistersHost {
  readonly environment: Environment
  readonly replica: { readonly status: ReplicaStatus; subscribe(listener: () => void): () => void }
  /** The present session of this tab; the same object as long as it stands. */
  session(): RegisterLink | undefined
  /** Tells the other tabs. */
  post(body: TabMessageBody): void
}

/** What a replica does with its registers beside what it offers. */
export interface RegistersPart extends ReplicaRegisters {
  /** A frame that came for no document. */
  take(frame: Frame): void
  /** What another tab said. */
  heard(tab: string, message: RegisterMessage): void
  /** Says to the other tabs what this one watches and waits for: another may hold the socket now. */
  announce(): void
  /** Answers who waits, notes what was heard, and begins nothing more. Never rejects. */
  stop(): Promise<void>
}

/** Makes the registers of a replica. */
export type MakeRegisters = (host: RegistersHost) => RegistersPart
