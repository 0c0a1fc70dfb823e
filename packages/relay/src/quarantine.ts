import type { DocumentId } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"

/*
 * What is wrong with a document outlives the relay that found it: a record per document, without content.
 *
 *   quarantine/<documentId> = varString scope • varString code • varUint at
 */

/**
 * What of a document is held back:
 * - `document`: it is closed to everybody until a retry finds it sound, or an operator lifts it.
 * - `compaction`: it is read and written as ever, and grows, because what it amounts to does not read back.
 */
export type QuarantineScope = "document" | "compaction"

/** A document that failed alone, and why. */
export interface Quarantine {
  readonly documentId: DocumentId
  readonly scope: QuarantineScope
  /** Of the error that it failed with: `unsound`, `corrupt`, `gap`, `io` …, or `internal` for one without a code. */
  readonly code: string
  /** When it was last found so, in milliseconds since 1970. */
  readonly at: number
}

const PREFIX = "quarantine/"
const SCOPES: ReadonlySet<string> = new Set<QuarantineScope>(["document", "compaction"])

/** Every quarantine that rests in an open store, ascending by document. @throws StorageError */
export async function readQuarantines(log: EntryLog): Promise<Quarantine[]> {
  const quarantines: Quarantine[] = []
  for (const key of await log.recordKeys(PREFIX)) {
    const value = await log.record(key)
    if (value !== undefined) quarantines.push(decode(key.slice(PREFIX.length), value))
  }
  return quarantines
}

/**
 * Opens a document to everybody again, whatever is wrong with it: the relay that finds the fault once more closes it once more.
 * @returns whether it was in quarantine.
 * @throws StorageError
 */
export async function liftQuarantine(log: EntryLog, documentId: DocumentId): Promise<boolean> {
  const { key } = quarantineRecord({ documentId })
  const known = (await log.record(key)) !== undefined
  if (known) await log.commit([{ type: "record", key, value: null }])
  return known
}

/** Where a quarantine rests, and its bytes; `null` for one that is over. */
export function quarantineRecord(quarantine: Quarantine | { readonly documentId: DocumentId }): { key: string; value: Uint8Array | null } {
  const key = PREFIX + quarantine.documentId
  if (!("scope" in quarantine)) return { key, value: null }
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, quarantine.scope)
  encoding.writeVarString(encoder, quarantine.code)
  encoding.writeVarUint(encoder, Math.max(0, Math.floor(quarantine.at)))
  return { key, value: encoding.toUint8Array(encoder) }
}

/** A record that cannot be read still says that the document is held back. */
function decode(documentId: DocumentId, value: Uint8Array): Quarantine {
  try {
    const decoder = decoding.createDecoder(value)
    const scope = decoding.readVarString(decoder)
    const code = decoding.readVarString(decoder)
    const at = decoding.readVarUint(decoder)
    if (SCOPES.has(scope)) return { documentId, scope: scope as QuarantineScope, code, at }
  } catch {
    // Falls through: what it was is not known any more.
  }
  return { documentId, scope: "document", code: "corrupt", at: 0 }
}
