import type { RegisterKey } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import { decodeRegister, DUE_RECORDS, REGISTER_RECORDS } from "./register-record.ts"

/** Keys that are listed at once. */
const PAGE = 1024

/** What was found at one register of a store. */
export interface RegisterExamination {
  readonly key: RegisterKey
  /** What rests, when it does not decode; `undefined` when all is well. */
  readonly damaged: Uint8Array | undefined
}

/** Reads every register of an open store that no relay uses, ascending by key. Changes nothing. @throws StorageError */
export async function* examineRegisters(log: EntryLog): AsyncGenerator<RegisterExamination, void, void> {
  for (let after: string | undefined; ;) {
    const records = await log.recordKeys(REGISTER_RECORDS, { limit: PAGE, ...(after !== undefined && { after }) })
    for (const name of records) {
      const record = await log.record(name)
      const key = name.slice(REGISTER_RECORDS.length)
      if (record !== undefined) yield { key, damaged: decodes(key, record) ? undefined : record }
    }
    if (records.length < PAGE) return
    after = records.at(-1)
  }
}

/** Takes a register out of a store that no relay uses: it is absent then, and not guarded. @throws StorageError */
export async function removeRegister(log: EntryLog, key: RegisterKey): Promise<void> {
  await log.commit([REGISTER_RECORDS, DUE_RECORDS].map((records) => ({ type: "record", key: records + key, value: null })))
}

function decodes(key: RegisterKey, record: Uint8Array): boolean {
  try {
    decodeRegister(key, record)
    return true
  } catch {
    // What is wrong with it nobody can tell from bytes that say nothing.
    return false
  }
}
