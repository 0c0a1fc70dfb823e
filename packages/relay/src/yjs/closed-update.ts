import type { Decoder } from "lib0/decoding"
import * as Y from "yjs"
import { RelayError } from "../errors.ts"

/*
 * The append door, first half: what an update is, whatever document it goes to. Decodable is not enough: 7 % of mutated updates that decode
 * make `Y.applyUpdate` throw, and more stay pending at every reader. So an update is summed up here into what it brings and what it builds on,
 * and `DocumentState.judge` compares that with the document: what passes both, Yjs integrates without a throw and without a rest.
 *
 * The bytes are read by Yjs itself, so that there is no second parser to disagree with it, and each refusal below mirrors a way in which
 * `readClientsStructRefs` and `integrateStructs` of Yjs go wrong on updates that decode.
 */

/** Structs of one client that an update brings: clocks `from` up to, not including, `to`. */
export interface ClientRun {
  readonly client: number
  readonly from: number
  readonly to: number
}

/** Clocks of one client that an update deletes. */
export interface DeletedRun {
  readonly client: number
  readonly clock: number
  readonly length: number
}

/** What an update brings and builds on. Structured-clonable. */
export interface UpdateSummary {
  /** In the order of the update; runs of one client stand together, ascending. */
  readonly runs: readonly ClientRun[]
  /** Per client, the clock that document and update together must have reached: origins, parents and deletions lie below it. */
  readonly needs: ReadonlyMap<number, number>
  readonly deletes: readonly DeletedRun[]
}

/** Clocks end here: what comes close to 2^53 eats the clock space of a client, and Yjs ids are meant to fit 32 bits. */
const CLOCK_END = 2 ** 31
/** Deepest value inside a map, array or embed, and deepest nesting of types within one update: readers walk both recursively. */
const MAX_DEPTH = 1000

type Struct = Y.Item | Y.GC | Y.Skip
type Reference = { readonly client: number; readonly clock: number }

/** Notes how far Yjs read and which clients it met, which `decodeUpdate` does not tell. */
class DoorDecoder extends Y.UpdateDecoderV1 {
  static latest: DoorDecoder | undefined
  readonly clients: number[] = []

  constructor(decoder: Decoder) {
    super(decoder)
    DoorDecoder.latest = this
  }

  override readClient(): number {
    const client = super.readClient()
    this.clients.push(client)
    return client
  }
}

/**
 * Sums up a Yjs v1 update.
 * @throws RelayError `bad-update` when it does not decode, or no reader could apply it whatever it has.
 */
export function summarizeUpdate(update: Uint8Array): UpdateSummary {
  const { structs, ds } = decode(update)
  const byClient = new Map<number, Struct[]>()
  for (const struct of structs) {
    checkStruct(struct)
    const list = byClient.get(struct.id.client)
    if (list === undefined) byClient.set(struct.id.client, [struct])
    else list.push(struct)
  }
  const runs = [...byClient.values()].flatMap(runsOf)
  const needs = new Map<number, number>()
  const need = (client: number, clock: number): void => {
    if (clock > (needs.get(client) ?? 0)) needs.set(client, clock)
  }
  for (const struct of structs)
    for (const { client, clock } of referencesOf(struct)) if (client !== struct.id.client) need(client, clock + 1)
  const deletes: DeletedRun[] = []
  for (const [client, ranges] of ds.clients) {
    for (const { clock, len: length } of ranges) {
      if (length < 1 || clock + length >= CLOCK_END) throw bad(`a deletion of ${length} at ${clock}`)
      need(client, clock + length)
      deletes.push({ client, clock, length })
    }
  }
  checkOrder(byClient, runs)
  checkNesting(byClient)
  return { runs, needs, deletes }
}

/** What of a summed-up update lies beyond `stateVector` (as Yjs encodes it), and all of its deletions. */
export function cutUpdate(update: Uint8Array, stateVector: Uint8Array): Uint8Array {
  return Y.diffUpdate(update, stateVector)
}

function bad(why: string, cause?: unknown): RelayError {
  return new RelayError("bad-update", why, cause === undefined ? undefined : { cause })
}

function decode(update: Uint8Array): ReturnType<typeof Y.decodeUpdate> {
  let decoded: ReturnType<typeof Y.decodeUpdate>
  try {
    decoded = Y.decodeUpdateV2(update, DoorDecoder)
  } catch (cause) {
    // Whatever it is: an unexpected end, a type that does not exist, JSON that is none, a RangeError of a value nested too deep.
    throw bad("the bytes are no Yjs v1 update", cause)
  }
  const { clients, restDecoder } = DoorDecoder.latest!
  DoorDecoder.latest = undefined
  // A v2 update reads as an empty v1 update with a rest: taking it would swallow its text.
  if (restDecoder.pos !== update.length) throw bad(`${update.length - restDecoder.pos} bytes follow the update`)
  // Yjs keeps one section per client and drops the others, an empty one included.
  const met = new Set(decoded.structs.map((struct) => struct.id.client))
  if (clients.length !== met.size) throw bad("a client has two sections, or an empty one")
  return decoded
}

function checkStruct(struct: Struct): void {
  const { clock } = struct.id
  // Two structs at one clock would make Yjs's binary search fail.
  if (!(struct.length >= 1)) throw bad(`a struct of length ${struct.length}`)
  if (clock + struct.length >= CLOCK_END) throw bad(`clock ${clock} with length ${struct.length}`)
  for (const reference of referencesOf(struct)) {
    // Yjs looks up what the same client wrote without asking whether it is there.
    if (reference.client === struct.id.client && reference.clock >= clock) throw bad("a struct builds on itself or on what follows it")
    if (reference.clock >= CLOCK_END) throw bad(`a reference to clock ${reference.clock}`)
  }
  if (struct instanceof Y.Item) checkContent(struct.content)
}

function referencesOf(struct: Struct): Reference[] {
  if (!(struct instanceof Y.Item)) return []
  const parent: unknown = struct.parent
  const references: Reference[] = []
  if (struct.origin !== null) references.push(struct.origin)
  if (struct.rightOrigin !== null) references.push(struct.rightOrigin)
  if (parent instanceof Y.ID) references.push(parent)
  return references
}

function checkContent(content: Y.Item["content"]): void {
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON) checkDepth(content.arr, 0)
  else if (content instanceof Y.ContentEmbed) checkDepth(content.embed, 0)
  else if (content instanceof Y.ContentFormat) checkDepth(content.value, 0)
  else if (content instanceof Y.ContentDoc) checkDepth(content.opts, 0)
}

function checkDepth(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return
  if (depth > MAX_DEPTH) throw bad(`a value nested deeper than ${MAX_DEPTH}`)
  for (const inner of Array.isArray(value) ? value : Object.values(value)) checkDepth(inner, depth + 1)
}

/** The runs of one client: a `Skip` stands for clocks that the document must have, so a new run begins after it. */
function runsOf(structs: readonly Struct[]): ClientRun[] {
  const runs: { client: number; from: number; to: number }[] = []
  for (const struct of structs) {
    const { client, clock } = struct.id
    const last = runs.at(-1)
    if (struct instanceof Y.Skip) continue
    if (last !== undefined && last.to === clock) last.to += struct.length
    else runs.push({ client, from: clock, to: clock + struct.length })
  }
  return runs
}

/**
 * Structs of several clients in one update may build on one another, but not in a circle: Yjs would leave all of it pending.
 * Plays `integrateStructs` through, from the least state that `judge` demands; a larger state only leaves less to wait for.
 */
function checkOrder(byClient: ReadonlyMap<number, readonly Struct[]>, runs: readonly ClientRun[]): void {
  if (byClient.size < 2) return
  const ends = new Map(runs.map((run) => [run.client, run.to]))
  const reached = new Map(runs.map((run) => [run.client, run.from]))
  const next = new Map<number, number>()
  const missing = (struct: Struct): number | undefined =>
    referencesOf(struct).find(
      ({ client, clock }) => client !== struct.id.client && clock >= (reached.get(client) ?? Infinity) && clock < (ends.get(client) ?? 0),
    )?.client
  for (const first of byClient.keys()) {
    const waiting = [first]
    const waits = new Set(waiting)
    while (waiting.length > 0) {
      const client = waiting.at(-1)!
      const structs = byClient.get(client)!
      const index = next.get(client) ?? 0
      const struct = structs[index]
      const dependency = struct === undefined ? undefined : missing(struct)
      if (struct !== undefined && dependency === undefined) {
        reached.set(client, Math.max(reached.get(client) ?? 0, struct.id.clock + struct.length))
        next.set(client, index + 1)
        if (waiting.length === 1) continue
      }
      if (dependency === undefined) waits.delete(waiting.pop()!)
      else if (waits.has(dependency)) throw bad("structs build on one another in a circle")
      else waits.add(waiting[waiting.push(dependency) - 1]!)
    }
  }
}

/** Refuses types nested too deep within this update. What grows level by level, update by update, compaction meets when it reads back. */
function checkNesting(byClient: ReadonlyMap<number, readonly Struct[]>): void {
  let types = 0
  for (const structs of byClient.values()) for (const struct of structs) if (isType(struct)) types++
  if (types <= MAX_DEPTH) return
  const depths = new Map<Struct, number>()
  for (const structs of byClient.values()) for (const struct of structs) measure(struct, byClient, depths)
}

function isType(struct: Struct): boolean {
  return struct instanceof Y.Item && struct.content instanceof Y.ContentType
}

/** Depth of `struct` below what stands in the update, without recursion. An origin passes its parent on, so it counts as the same level. */
function measure(struct: Struct, byClient: ReadonlyMap<number, readonly Struct[]>, depths: Map<Struct, number>): void {
  const path: { struct: Struct; step: number }[] = []
  // Structs that the document must have anyway are not checked for circles.
  const onPath = new Set<Struct>()
  let current: Struct | undefined = struct
  while (current !== undefined && !depths.has(current) && !onPath.has(current)) {
    onPath.add(current)
    const parent: unknown = current instanceof Y.Item ? current.parent : null
    const up: Reference | null =
      parent instanceof Y.ID ? parent : current instanceof Y.Item ? (current.origin ?? current.rightOrigin) : null
    path.push({ struct: current, step: parent instanceof Y.ID ? 1 : 0 })
    current = up === null ? undefined : structAt(byClient.get(up.client) ?? [], up.clock)
  }
  let depth = current === undefined ? 0 : (depths.get(current) ?? 0)
  for (const { struct: inner, step } of path.reverse()) {
    depth += step
    if (depth > MAX_DEPTH) throw bad(`types nested deeper than ${MAX_DEPTH}`)
    depths.set(inner, depth)
  }
}

function structAt(structs: readonly Struct[], clock: number): Struct | undefined {
  let low = 0
  let high = structs.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const struct = structs[middle]!
    if (struct.id.clock > clock) high = middle - 1
    else if (struct.id.clock + struct.length <= clock) low = middle + 1
    else return struct
  }
  return undefined
}
