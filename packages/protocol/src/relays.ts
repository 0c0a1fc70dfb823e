import * as encoding from "lib0/encoding"
import { ProtocolError } from "./errors.ts"
import { bytes, type Field, id, readUint, remaining, text, uint } from "./field.ts"

/** A relay among others: 8 bytes that its data folder keeps over restarts, in hex. Stamps are of logs, one a start; this is of the disk. */
export type RelayId = string

/** Who used a Yjs client id first. */
export type ClientOwner = readonly [client: number, principal: string]

/** What one relay told about itself. */
export interface RelayReport {
  readonly relay: RelayId
  /** How its operator calls it. */
  readonly name: string
  /** When it said so, by its own clock: of two reports of one relay the later counts. */
  readonly at: number
  /** JSON in UTF-8, for people and status pages; nothing is decided by it. */
  readonly report: Uint8Array
}

/** Most bytes of one report. */
export const MAX_REPORT_BYTES = 64 * 1024
/** Most relays on the way from one to another, and most that are told of at once. */
export const MAX_RELAYS = 256

/** Fewest bytes of a list's element, so that a count is never trusted beyond what is there. */
function listOf<T>(what: string, shape: string, leastBytes: number, element: Pick<Field<T>, "read" | "write">): Field<readonly T[]> {
  return {
    shape: `varUint n, n * ${shape}`,
    write(encoder, list) {
      encoding.writeVarUint(encoder, list.length)
      for (const one of list) element.write(encoder, one)
    },
    read(decoder) {
      const count = readUint(decoder)
      if (count > remaining(decoder) / leastBytes) throw new ProtocolError("truncated", `${count} ${what} announced, too few bytes there`)
      return Array.from({ length: count }, () => element.read(decoder))
    },
  }
}

/** Owners of client ids, each id once. */
export const clientOwners: Field<readonly ClientOwner[]> = listOf("owners", "(client varUint, principal varString)", 2, {
  write(encoder, [client, principal]) {
    uint.write(encoder, client)
    text.write(encoder, principal)
  },
  read: (decoder) => [uint.read(decoder), text.read(decoder)],
})

/** The relays on a way, at most {@link MAX_RELAYS}. */
export const relayPath: Field<readonly RelayId[]> = bounded("relays", MAX_RELAYS, listOf("relays", "8 bytes", 8, id))

/** What relays told of themselves, at most {@link MAX_RELAYS} of them. */
export const relayReports: Field<readonly RelayReport[]> = bounded(
  "relays",
  MAX_RELAYS,
  listOf("reports", "(relay 8 bytes, name varString, at varUint, report varUint8Array)", 11, {
    write(encoder, { relay, name, at, report }) {
      if (report.length > MAX_REPORT_BYTES)
        throw new ProtocolError("too-large", `a report of ${report.length} bytes exceeds ${MAX_REPORT_BYTES}`)
      id.write(encoder, relay)
      text.write(encoder, name)
      uint.write(encoder, at)
      bytes.write(encoder, report)
    },
    read(decoder) {
      const read = { relay: id.read(decoder), name: text.read(decoder), at: uint.read(decoder), report: bytes.read(decoder) }
      if (read.report.length > MAX_REPORT_BYTES)
        throw new ProtocolError("too-large", `a report of ${read.report.length} bytes exceeds ${MAX_REPORT_BYTES}`)
      return read
    },
  }),
)

function bounded<T>(what: string, most: number, list: Field<readonly T[]>): Field<readonly T[]> {
  const check = (count: number): void => {
    if (count > most) throw new ProtocolError("too-large", `${count} ${what} exceed ${most}`)
  }
  return {
    shape: list.shape,
    write(encoder, value) {
      check(value.length)
      list.write(encoder, value)
    },
    read(decoder) {
      const value = list.read(decoder)
      check(value.length)
      return value
    },
  }
}
