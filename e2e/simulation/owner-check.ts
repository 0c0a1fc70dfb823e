import type { DocumentId } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import * as Y from "yjs"
import type { Fleet } from "./fleet.ts"

/**
 * Relays that have the same of a document know the same of who used each Yjs client id first, and nothing false. Of what came by a hand-over some may
 * know less: where it came first, nobody could say whose it was.
 */
export async function checkOwners({ world, remaining, devices, yjsClients }: Fleet, documentId: DocumentId): Promise<void> {
  const authors = new Map(world.ledger.of(documentId).map(({ inserted, session }) => [inserted.client, session]))
  const principals = new Map(devices.map(({ name, principal }) => [name, principal]))
  for (const { name } of yjsClients) principals.set(name, name)
  let before: { readonly name: string; readonly owners: string } | undefined
  for (const { name, disk } of remaining) {
    const owners = await ownersOn(await disk.inspect(), documentId)
    for (const [client, owner] of owners) {
      const session = authors.get(client)
      const author = session === undefined ? owner : principals.get(session.split("/")[0]!)
      if (author !== owner)
        world.complain("I7", `${name} takes ${client} of ${documentId} for a client of ${owner}, and it is one of ${author}`)
    }
    const sure = [...owners].filter(([client]) => !world.ledger.wasHandedOver(documentId, client))
    const now = { name, owners: JSON.stringify(sure.toSorted(([one], [other]) => one - other)) }
    if (before !== undefined && before.owners !== now.owners)
      world.complain("I7", `${name} knows as owners in ${documentId} ${now.owners}, ${before.name} ${before.owners}`)
    before = now
  }
}

/** Who used each client id first, as far as a store says it. */
async function ownersOn(log: EntryLog, documentId: DocumentId): Promise<Map<number, string>> {
  const owners = new Map((await log.snapshot(documentId))?.owners)
  const head = await log.head(documentId)
  // What the snapshot stands for may rest beside it.
  for (let position = Math.max(head.base, head.through); ;) {
    const page = await log.read(documentId, position)
    if (page.kind === "compacted" || page.items.length === 0) return owners
    for (const item of page.items) {
      const found =
        item.kind === "snapshot"
          ? [...(item.snapshot.owners ?? [])]
          : item.entry.handOver
            ? []
            : Y.decodeUpdate(item.entry.update).structs.map(({ id }) => [id.client, item.entry.principal] as const)
      for (const [client, principal] of found) if (!owners.has(client)) owners.set(client, principal)
    }
    position = page.items.at(-1)!.position
  }
}
