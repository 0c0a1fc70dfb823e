import * as Y from "yjs"

/** A Yjs update as it arises, with everything that its document had before. */
export interface Arisen {
  readonly before: Uint8Array
  readonly update: Uint8Array
}

type Random = () => number

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!
const upTo = (random: Random, end: number): number => Math.floor(random() * end)

/**
 * Histories of several clients who write every kind of content: text with formatting and embeds, arrays, maps, nested types, XML,
 * subdocuments, bytes, deletions, merges. Updates are single edits, several edits in one transaction, and whole differences.
 */
export function randomUpdates(random: Random, count: number): Arisen[] {
  const arisen: Arisen[] = []
  while (arisen.length < count) arisen.push(...history(random))
  return arisen.slice(0, count)
}

function history(random: Random): Arisen[] {
  const docs = Array.from({ length: 3 }, () => new Y.Doc({ gc: random() < 0.8 }))
  // Small ids make mutations meet other clients; large ones are what Yjs mints.
  for (const [index, doc] of docs.entries()) doc.clientID = random() < 0.5 ? index + 1 : upTo(random, 2 ** 32)
  const shared = new Y.Doc()
  const arisen: Arisen[] = []
  for (let step = 0; step < 12; step++) {
    const doc = pick(random, docs)
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(shared))
    const edits = random() < 0.5 ? 1 : 1 + upTo(random, 6)
    doc.transact(() => {
      for (let edit = 0; edit < edits; edit++) editSomething(random, doc)
    })
    // Concurrent edits of two clients in one difference.
    if (random() < 0.2) {
      const other = pick(random, docs)
      editSomething(random, other)
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(other))
    }
    const update = Y.encodeStateAsUpdate(doc, random() < 0.15 ? undefined : Y.encodeStateVector(shared))
    arisen.push({ before: Y.encodeStateAsUpdate(shared), update })
    Y.applyUpdate(shared, update)
  }
  return arisen
}

function editSomething(random: Random, doc: Y.Doc): void {
  const edits = [editText, editText, editArray, editMap, editXml, editNested]
  pick(random, edits)(random, doc)
}

function editText(random: Random, doc: Y.Doc): void {
  editTextOf(random, doc.getText(pick(random, ["t", "u"])))
}

function editTextOf(random: Random, text: Y.Text): void {
  const at = upTo(random, text.length + 1)
  const length = Math.min(text.length - at, 1 + upTo(random, 5))
  switch (upTo(random, 5)) {
    case 0:
      if (length > 0) text.delete(at, length)
      return
    case 1:
      if (length > 0) text.format(at, length, { bold: random() < 0.5 ? true : null, color: "red" })
      return
    case 2:
      text.insertEmbed(at, { image: "x.png", size: [1, 2] })
      return
    case 3:
      text.insert(at, pick(random, ["é", "👩‍🚀", "ab\ncd"]), { italic: {} })
      return
    default:
      text.insert(at, pick(random, ["a", "hello ", "some more words"]))
  }
}

function editArray(random: Random, doc: Y.Doc): void {
  const array = doc.getArray<unknown>("a")
  const at = upTo(random, array.length + 1)
  if (random() < 0.3 && at < array.length) array.delete(at, Math.min(array.length - at, 1 + upTo(random, 3)))
  else
    array.insert(
      at,
      Array.from({ length: 1 + upTo(random, 3) }, () => someValue(random)),
    )
}

function editMap(random: Random, doc: Y.Doc): void {
  const map = doc.getMap<unknown>("m")
  const key = pick(random, ["k", "l", "a longer key"])
  if (random() < 0.25) map.delete(key)
  else map.set(key, someValue(random))
}

function editXml(random: Random, doc: Y.Doc): void {
  const fragment = doc.getXmlFragment("x")
  const at = upTo(random, fragment.length + 1)
  if (random() < 0.3 && at < fragment.length) return fragment.delete(at, 1)
  if (random() < 0.5) {
    const element = new Y.XmlElement("p")
    element.setAttribute("class", "c")
    element.insert(0, [new Y.XmlText("words")])
    fragment.insert(at, [element])
  } else {
    // reason: Yjs takes a hook, its types do not say so.
    fragment.insert(at, [random() < 0.8 ? new Y.XmlText("text") : (new Y.XmlHook("hook") as unknown as Y.XmlElement)])
  }
}

/** Edits inside a type that stands in the map, or puts a new one there. */
function editNested(random: Random, doc: Y.Doc): void {
  const map = doc.getMap<unknown>("m")
  const inner = [...map.values()].find((value) => value instanceof Y.Text || value instanceof Y.Map || value instanceof Y.Array)
  if (inner instanceof Y.Text) editTextOf(random, inner)
  else if (inner instanceof Y.Map) inner.set(pick(random, ["x", "y"]), someValue(random))
  else if (inner instanceof Y.Array) inner.insert(0, [someValue(random)])
  else map.set("n", pick(random, [new Y.Text("nested"), new Y.Map([["x", 1]]), new Y.Array()]))
}

function someValue(random: Random): unknown {
  const values: (() => unknown)[] = [
    () => upTo(random, 1000),
    () => random(),
    () => "string",
    () => null,
    () => ({ u: undefined }),
    () => true,
    () => ({ a: [1, { b: "c" }], d: null }),
    () => [1, [2, [3]]],
    () => Uint8Array.of(1, 2, 3),
    () => ({ big: 2n ** 40n }),
    () => new Y.Text("new"),
    () => new Y.Map([["k", "v"]]),
    () => Y.Array.from([1, 2, 3]),
    () => new Y.Doc({ guid: "sub", meta: { a: 1 }, autoLoad: true }),
  ]
  return pick(random, values)()
}

/** `bytes` with one to three seeded faults: a byte changed, bits flipped, a piece cut out, doubled, put elsewhere, or grown. */
export function mutated(random: Random, bytes: Uint8Array): Uint8Array {
  let list = Array.from(bytes)
  for (let faults = 1 + upTo(random, 3); faults > 0; faults--) {
    const at = upTo(random, list.length)
    const length = 1 + upTo(random, 4)
    switch (upTo(random, 7)) {
      case 0:
        list[at] = upTo(random, 256)
        break
      case 1:
        list[at] = list[at]! ^ (1 << upTo(random, 8))
        break
      case 2:
        // Most numbers are small, and most faults that still decode are small numbers.
        list[at] = Math.max(0, list[at]! + pick(random, [-2, -1, 1, 2]))
        break
      case 3:
        list.splice(at, length)
        break
      case 4:
        list.splice(at, 0, ...list.slice(at, at + length))
        break
      case 5:
        list.splice(upTo(random, list.length), 0, ...list.splice(at, length))
        break
      default:
        list.splice(at, 0, upTo(random, 12))
    }
    if (list.length === 0) list = [0]
  }
  return Uint8Array.from(list)
}
