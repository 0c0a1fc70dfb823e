import type { Device, OpenDocument, Wire } from "../wires/wire.ts"

/** Sockets that are opened side by side. */
const AT_ONCE = 50

/** So many devices, each with a socket of its own on one document. */
export async function joinReaders({
  url,
  wire,
  readers,
  documentId,
  received,
}: {
  readonly url: string
  readonly wire: Wire
  readonly readers: number
  readonly documentId: string
  readonly received: (reader: number, count: number) => void
}): Promise<Device[]> {
  return await inTurns(readers, async (reader) => {
    const device = await wire.connect(url)
    await device.open(documentId, { received: (count) => received(reader, count) })
    return device
  })
}

/** Does `count` things, some of them side by side; the results in order. */
export async function inTurns<T>(count: number, doOne: (index: number) => Promise<T>, atOnce = AT_ONCE): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await doOne(index)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker))
  return results
}

/** Opens a document, writes one update and waits for its acknowledgement. */
export async function touch(device: Device, documentId: string, update: Uint8Array): Promise<OpenDocument> {
  let done: () => void = () => undefined
  const acked = new Promise<void>((resolve) => (done = resolve))
  const document = await device.open(documentId, { acked: () => done() })
  document.send(update)
  await acked
  return document
}

/** Calls `send` for the tokens of a range, each when it is due. */
export async function paced(from: number, to: number, perSecond: number, send: (token: number) => void): Promise<void> {
  const start = performance.now()
  for (let token = from; token < to;) {
    const due = start + ((token - from) * 1000) / perSecond
    const wait = due - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    else send(token++)
  }
}
