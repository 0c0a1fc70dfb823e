import { LaterAuditor } from "../audit/later-auditor.ts"
import { LaterBlobs } from "../blobs/later-blobs.ts"
import { LaterConnection } from "../later-connection.ts"
import { LaterRegisters } from "../registers/later-registers.ts"
import { openWith } from "../open-with.ts"
import type { ReplicaOptions } from "../options.ts"
import type { Replica } from "../replica.ts"

/**
 * As `openReplica`, for a page that shows text first: the way to the relay, what attachments, registers, how far erasures are and carrying them out, hand-overs and other relays need are parts of the program
 * that are loaded when they are first asked for, or the replica begins to look after attachments. Until then nothing is missing; where they cannot be
 * loaded, `blobs` rejects with `unavailable`, `registers` answer so, and an erasure or a hand-over waits as it does for a store that fails.
 * @throws as `openReplica`.
 */
export function openPageReplica(options: ReplicaOptions): Promise<Replica> {
  return openWith(options, {
    blobs: (host, fetch) =>
      new LaterBlobs(async () => {
        const { Blobs } = await import("../blobs/blobs.ts")
        return new Blobs(host, fetch)
      }),
    registers: (host) =>
      new LaterRegisters(host, async () => {
        const { Registers } = await import("../registers/registers.ts")
        return new Registers(host)
      }),
    carryOut: async (...erasure) => {
      const { carryOut } = await import("../erasing/carrying-out.ts")
      return carryOut(...erasure)
    },
    erasures: async (...parts) => {
      const { Erasures } = await import("../erasing/erasures.ts")
      return new Erasures(...parts)
    },
    replication: async (host) => {
      const { Replication } = await import("../replication/replication.ts")
      return new Replication(host)
    },
    prepareHandOver: async (...compared) => {
      const { prepareHandOver } = await import("../hand-over.ts")
      return prepareHandOver(...compared)
    },
    auditor: (host, ...told) =>
      new LaterAuditor(host.environment, async () => {
        const { Auditor } = await import("../audit/auditor.ts")
        return new Auditor(host, ...told)
      }),
    connection: (host) =>
      new LaterConnection(host, async () => {
        const { Connection } = await import("../connection.ts")
        return new Connection(host)
      }),
    manyRelays: async (...known) => {
      const { manyRelays } = await import("../many-relays.ts")
      return manyRelays(...known)
    },
  })
}
