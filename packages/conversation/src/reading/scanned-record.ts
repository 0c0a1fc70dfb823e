import type { ImportProblem } from "../formats/import-item.ts"
import type { JsonObject } from "../formats/json-value.ts"

/** A record as it stands in the file. */
export interface ScannedRecord {
  /** `line 3`, `[2]`, `conversations[2]`; the empty string for the file as a whole. */
  readonly position: string
  /** JSON text in UTF-8, or the problem that stands in its place. Views of the chunks that were pushed. */
  readonly bytes: Uint8Array | ImportProblem
  /** The fields before the list in which it stands. */
  readonly head?: JsonObject
}

/** What a `RecordScanner` needs from its reader. */
export interface RecordScannerOptions {
  /** Bytes of one record; a larger one is a problem, and the next is read. */
  readonly maxRecordBytes: number
  /** The value of JSON text; an {@link ImportProblem} when it is none. */
  readonly parse: (bytes: Uint8Array) => unknown
}
