import type { MakeBlobs } from "./blobs/blobs-part.ts"
import { environmentOf } from "./environment.ts"
import { ReplicaError } from "./errors.ts"
import { LocalReplica } from "./local-replica.ts"
import type { ReplicaOptions } from "./options.ts"
import type { Replica } from "./replica.ts"

/** Opens a replica whose blobs `makeBlobs` makes. @throws as `openReplica`. */
export async function openWith(options: ReplicaOptions, makeBlobs: MakeBlobs): Promise<Replica> {
  const environment = environmentOf(options)
  const replica = new LocalReplica(environment, options, makeBlobs)
  try {
    await environment.store.open()
    await replica.start()
  } catch (error) {
    await environment.store.close()
    throw new ReplicaError("storage", "the device's store cannot be opened", { cause: error })
  }
  return replica
}
