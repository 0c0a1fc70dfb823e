import { Conversation } from "@polylogue/conversation"
import { openReplica } from "@polylogue/replica"
import { dialWith, randomBytes, systemClock } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import { WebSocket } from "ws"

export async function writeOneMessage(relayUrl: string): Promise<string> {
  const replica = await openReplica({
    store: new MemoryEntryLog(), // in a browser: new IndexedDbEntryLog({ name: "home" })
    relays: [`${relayUrl}/sync`], // ws://127.0.0.1:4400
    dial: dialWith(WebSocket),
    clock: systemClock,
    randomBytes,
  })
  const document = await replica.open("home/conv/first") // never waits for the network
  const conversation = new Conversation(document.ydoc, {
    writer: "laptop",
    author: { id: "ana", kind: "person", name: "Ana" },
    now: Date.now,
    randomBytes,
  })
  const id = conversation.send({ text: "Is this safe?", parentId: null })
  await document.whenDurable("local") // on this device's disk
  await document.whenDurable("stored") // on the relay's disk, fsynced
  await replica.close()
  return id
}
