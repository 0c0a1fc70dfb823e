import type { MakeAuditor } from "./audit/auditor-part.ts"
import type { MakeBlobs } from "./blobs/blobs-part.ts"
import type { MakeConnection } from "./connection-part.ts"
import { environmentOf } from "./environment.ts"
import type { CarryOut } from "./erasing/carrying-out.ts"
import type { MakeErasures } from "./erasing/erasures.ts"
import { ReplicaError } from "./errors.ts"
import type { PrepareHandOver } from "./hand-over.ts"
import { LocalReplica } from "./local-replica.ts"
import type { ReplicaOptions } from "./options.ts"
import type { MakeManyRelays } from "./relay-order.ts"
import type { MakeRegisters } from "./registers/registers-part.ts"
import type { Replica } from "./replica.ts"
import type { MakeReplication } from "./replication/replication-part.ts"

/** What makes the parts of a replica whose code may come later. */
export interface MakeParts {
  readonly blobs: MakeBlobs
  readonly registers: MakeRegisters
  readonly carryOut: CarryOut
  readonly erasures: MakeErasures
  readonly replication: MakeReplication
  readonly prepareHandOver: PrepareHandOver
  readonly connection: MakeConnection
  readonly manyRelays: MakeManyRelays
  readonly auditor: MakeAuditor
}

/** Opens a replica with parts that `make` makes. @throws as `openReplica`. */
export async function openWith(options: ReplicaOptions, make: MakeParts): Promise<Replica> {
  const environment = environmentOf(options)
  const replica = new LocalReplica(environment, options, make)
  try {
    await environment.store.open()
    await replica.start()
  } catch (error) {
    await environment.store.close()
    throw new ReplicaError("storage", "the device's store cannot be opened", { cause: error })
  }
  return replica
}
