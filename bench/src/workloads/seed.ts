import { Sender } from "../sender.ts"
import type { ServerProcess } from "../server-process.ts"
import type { Known, Wire } from "../wires/wire.ts"
import { stateOf } from "../updates.ts"

/** Updates that are sent before the first is acknowledged. */
const WINDOW = 64

/** Writes `updates` into one document, as a device does that is not seen again, and says what a device knows that lacks the last `lacking`. */
export async function seed(
  server: ServerProcess,
  wire: Wire,
  documentId: string,
  updates: readonly Uint8Array[],
  lacking: number,
): Promise<Known> {
  const device = await wire.connect(server.url)
  const sender = new Sender(updates, WINDOW)
  const document = await device.open(documentId, { acked: sender.acked })
  await sender.send(document, updates.length - lacking)
  const { vector } = document
  await server.rest()
  await sender.send(document)
  await server.rest()
  await device.close()
  return { stateVector: stateOf(updates.slice(0, -lacking)).stateVector, vector }
}
