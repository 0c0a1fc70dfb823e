import { covers, type DocumentId, equalVectors, knownOf, type VersionVector } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import * as Y from "yjs"
import type { Device } from "./device.ts"
import type { Fleet } from "./fleet.ts"
import { Knowledge } from "./knowledge.ts"
import { describe } from "./operation.ts"
import { checkOwners } from "./owner-check.ts"
import type { RelayNode } from "./relay-node.ts"
import { show } from "./in-words.ts"
import { sameBytes } from "./wire-watch.ts"
import type { World } from "./world.ts"

/** After heal and quiet: everything that is promised of the end of a run. */
export async function checkEnd(fleet: Fleet): Promise<void> {
  const { world } = fleet
  const finals = new Map<DocumentId, Y.Doc>()
  for (const relay of fleet.remaining) {
    const found = relay.stats()?.auditMismatches ?? 0
    if (found > 0) world.complain("I9", `${relay.name} found ${found} documents that differ from another's at equal vectors`)
  }
  for (const documentId of world.documents) finals.set(documentId, await checkConvergence(fleet, documentId))
  await checkNothingLost(fleet, finals)
  await checkErased(fleet, finals)
}

/** I8: whoever watches knows what the authority holds, and the histories of registers are linearizable. */
export async function checkRegisters({ world, devices }: Fleet): Promise<void> {
  const tabs = devices.flatMap((device) => device.tabs)
  const { registers, options } = world
  if (options.registerOperations === 0) return
  for (const key of [...registers.labels, registers.lease]) {
    // The way over another tab may lose a question longer than it may wait.
    const { session, replica } = tabs.find((tab) => tab.replica?.status.holder === true) ?? tabs[0]!
    const told = registers.history(key).get(session)
    const answer = await world.clock.complete(replica!.registers.get(key), 10_000, `reading ${key}`)
    if (!("register" in answer)) {
      world.complain("I8", `${key} cannot be read when all is healed: ${answer.outcome}`)
      continue
    }
    told(answer.register)
    for (const { session, replica, watchesRegisters } of tabs) {
      const cached = replica?.registers.cached(key)?.revision ?? null
      // What a tab without the socket hears comes by hints of the one that has it, which may be lost.
      if (watchesRegisters && replica?.status.holder === true && cached !== answer.register.revision)
        world.complain("I8", `${session} watches ${key} and has it at ${cached}, not at ${answer.register.revision}`)
    }
  }
  registers.checkEnd()
}

/** I2: one document everywhere. */
async function checkConvergence(fleet: Fleet, documentId: DocumentId): Promise<Y.Doc> {
  const { world } = fleet
  const relay = fleet.remaining[0]!
  const reference = await readDocument(await relay.disk.inspect(), documentId)
  const bytes = digest(reference)
  const differs = (who: string, ydoc: Y.Doc): void => {
    if (ydoc.store.pendingStructs !== null || ydoc.store.pendingDs !== null)
      world.complain("I2", `${who} has pending structs of ${documentId}`)
    if (!sameBytes(digest(ydoc), bytes))
      world.complain("I2", `${who} and ${relay.name} differ in ${documentId}: ${compare(ydoc, reference)}`)
  }
  differs(relay.name, reference)
  for (const other of fleet.remaining.slice(1)) {
    differs(other.name, await readDocument(await other.disk.inspect(), documentId))
    if (equalVectors(other.vector(documentId), relay.vector(documentId))) continue
    world.complain(
      "I2",
      `${other.name} has ${show(other.vector(documentId))} of ${documentId}, ${relay.name} ${show(relay.vector(documentId))}`,
    )
  }
  for (const { session, replica } of fleet.devices.flatMap(({ tabs }) => tabs)) {
    const different = replica?.status.audits.different ?? 0
    if (different > 0) world.complain("I9", `${session} found ${different} documents that differ from the relay at equal vectors`)
  }
  for (const device of fleet.devices) {
    const log = await device.disk.inspect()
    differs(`the disk of ${device.name}`, await readDocument(log, documentId))
    for (const tab of device.tabs) {
      const view = tab.views.get(documentId)
      if (view === undefined) world.complain("I2", `${tab.session} has not opened ${documentId}`)
      else differs(tab.session, view.document.ydoc)
    }
    if ((await log.outbox(documentId)).length > 0) world.complain("I2", `${device.name} has unsent rows of ${documentId}`)
    checkVector(world, device, (await log.head(documentId)).vector, relay, documentId)
  }
  await checkOwners(fleet, documentId)
  for (const client of fleet.yjsClients) if (client.process.alive && client.documentId === documentId) differs(client.name, client.ydoc)
  return reference
}

/** Of every log that the relay knows a device knows exactly as much; more logs only when the relay once lost them, or never had them. */
function checkVector(world: World, device: Device, known: VersionVector, relay: RelayNode, documentId: DocumentId): void {
  const vector = relay.vector(documentId)
  const ahead = [...vector].some(([log, seq]) => knownOf(known, log) > seq) && world.options.relays === 1 && !relay.everLost
  if (covers(known, vector) && !ahead) return
  world.complain("I2", `${device.name} knows ${show(known)} of ${documentId}, ${relay.name} ${show(vector)}`)
}

/** I1, I12: every operation is at the relay, or in a text kept aside, unless the last disk that had it was destroyed or it never reached one. */
async function checkNothingLost(fleet: Fleet, finals: ReadonlyMap<DocumentId, Y.Doc>): Promise<void> {
  const { world } = fleet
  const stored = new Map([...finals].map(([documentId, ydoc]) => [documentId, know(world, documentId, ydoc)]))
  const kept = await keptKnowledge(fleet)
  for (const operation of world.ledger.operations) {
    const { documentId, index } = operation
    if (stored.get(documentId)!.visible.has(index)) {
      if (operation.hopeless) world.complain("I7", `a relay took ${describe(operation)}, which none should`)
      continue
    }
    // What a y-websocket client wrote is on no device.
    if (operation.destroyed || !(operation.everLocal || operation.everStored || operation.sessionLives)) continue
    if (kept.some((knowledge) => knowledge.documentId === documentId && knowledge.visible.has(index))) continue
    const invariant = operation.everStored ? "I1" : "I12"
    world.complain(invariant, `${describe(operation)} is lost: neither at the relay nor kept aside`)
  }
}

/** I10: what is erased is on no disk. Backups, and programs that collect no garbage, are outside. */
async function checkErased(fleet: Fleet, finals: ReadonlyMap<DocumentId, Y.Doc>): Promise<void> {
  const { world } = fleet
  const erasures = world.ledger.operations.filter(({ erases, everStored, destroyed }) => erases !== undefined && everStored && !destroyed)
  if (erasures.length === 0) return
  const places = new Map<string, Bytes[]>()
  for (const { name, disk } of [...fleet.remaining, ...fleet.devices]) places.set(name, await bytesOn(await disk.inspect()))
  for (const { session, views } of fleet.devices.flatMap(({ tabs }) => tabs)) {
    places.set(
      session,
      [...views.values()].map(({ document }) => ({ what: "a Y.Doc", bytes: Y.encodeStateAsUpdate(document.ydoc) })),
    )
  }
  for (const operation of erasures) {
    if (!know(world, operation.documentId, finals.get(operation.documentId)!).visible.has(operation.index)) continue
    world.count("erasure found carried out everywhere")
    for (const [place, all] of places) {
      const found = all.find(({ bytes }) => Buffer.from(bytes).includes(operation.erases!))
      if (found !== undefined) world.complain("I10", `${place} still has, in ${found.what}, the words that ${describe(operation)} erased`)
    }
  }
}

/** What is held somewhere. */
interface Bytes {
  readonly what: string
  readonly bytes: Uint8Array
}

/** Every update and record that a store holds. */
async function bytesOn(log: EntryLog): Promise<Bytes[]> {
  const bytes: Bytes[] = []
  for (const key of await log.recordKeys("")) bytes.push({ what: `record ${key}`, bytes: (await log.record(key))! })
  for (const documentId of new Set([...(await log.documents()), ...(await log.pendingDocuments())])) {
    bytes.push({ what: "the snapshot", bytes: (await log.snapshot(documentId))?.update ?? new Uint8Array() })
    for (const { row, update } of await log.outbox(documentId)) bytes.push({ what: `row ${row}`, bytes: update })
    for (let position = (await log.head(documentId)).base; ;) {
      const page = await log.read(documentId, position)
      if (page.kind === "compacted" || page.items.length === 0) break
      for (const item of page.items) {
        const update = item.kind === "entry" ? item.entry.update : item.snapshot.update
        bytes.push({ what: `${item.kind} ${item.position}`, bytes: update })
      }
      position = page.items.at(-1)!.position
    }
  }
  return bytes
}

async function keptKnowledge(fleet: Fleet): Promise<Knowledge[]> {
  const { world } = fleet
  const kept: Knowledge[] = []
  for (const device of fleet.devices) {
    const replica = device.usableTabs()[0]?.replica
    if (replica === undefined) continue
    const records = await world.clock.complete(replica.kept(), 10_000, `kept() of ${device.name}`)
    for (const { documentId, update } of records) {
      const ydoc = new Y.Doc()
      Y.applyUpdate(ydoc, update)
      kept.push(know(world, documentId, ydoc))
    }
  }
  return kept
}

function know(world: World, documentId: DocumentId, ydoc: Y.Doc): Knowledge {
  // Parts of a kept text may well stand there without the rest.
  const knowledge = new Knowledge("the end", documentId, world.ledger, () => undefined)
  knowledge.learnDocument(ydoc)
  return knowledge
}

/** A document as it stands in a store, outbox included, loaded into a fresh Y.Doc. */
async function readDocument(log: EntryLog, documentId: DocumentId): Promise<Y.Doc> {
  const ydoc = new Y.Doc()
  const snapshot = await log.snapshot(documentId)
  if (snapshot !== undefined) Y.applyUpdate(ydoc, snapshot.update)
  let position = (await log.head(documentId)).base
  for (;;) {
    const page = await log.read(documentId, position)
    if (page.kind === "compacted" || page.items.length === 0) break
    for (const item of page.items) Y.applyUpdate(ydoc, item.kind === "entry" ? item.entry.update : item.snapshot.update)
    position = page.items.at(-1)!.position
  }
  for (const { update } of await log.outbox(documentId)) Y.applyUpdate(ydoc, update)
  return ydoc
}

/** The bytes of `ydoc` loaded afresh: equal exactly when the documents are. */
function digest(ydoc: Y.Doc): Uint8Array {
  const fresh = new Y.Doc()
  Y.applyUpdate(fresh, Y.encodeStateAsUpdate(ydoc))
  return Y.encodeStateAsUpdate(fresh)
}

function compare(left: Y.Doc, right: Y.Doc): string {
  const vector = (ydoc: Y.Doc): string => JSON.stringify([...Y.decodeStateVector(Y.encodeStateVector(ydoc))].toSorted(([a], [b]) => a - b))
  if (vector(left) !== vector(right)) return `state vectors ${vector(left)} and ${vector(right)}`
  return Y.equalSnapshots(Y.snapshot(left), Y.snapshot(right)) ? "other structs under the same ids" : "deletions"
}
