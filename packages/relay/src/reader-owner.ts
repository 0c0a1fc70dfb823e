import type { Code } from "@polylogue/protocol"
import type { Reader } from "./reader.ts"

/** What a reader tells its session. */
export interface ReaderOwner {
  /** The document has ended in this session, and its last frame was taken. */
  ended(reader: Reader, code: Code, reason: string): void
  overloaded(reason: string): void
  /** Bytes of answers that wait grew or shrank. */
  answersWaiting(deltaBytes: number): void
}
