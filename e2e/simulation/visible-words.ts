import * as Y from "yjs"

/** Per Yjs client id, of each of its places in a document whether it is a character that can be read. */
type Visible = ReadonlyMap<number, Uint8Array>

/**
 * Whether `merged` reads exactly what both sides together say: every character that one side shows and the other either shows as well or has never
 * seen, and no other.
 */
export function keptByAll(sides: readonly Y.Text[], merged: Y.Text): boolean {
  const shown = sides.map(visibleOf)
  const expected = new Map<number, Uint8Array>()
  for (const client of new Set(shown.flatMap((side) => [...side.keys()]))) {
    const places = shown.map((side) => side.get(client) ?? new Uint8Array())
    const length = Math.max(...places.map((place) => place.length))
    expected.set(
      client,
      Uint8Array.from({ length }, (_, clock) => (places.every((place) => clock >= place.length || place[clock] === 1) ? 1 : 0)),
    )
  }
  const actual = visibleOf(merged)
  return [...expected].every(([client, places]) => {
    const there = actual.get(client)
    return there !== undefined && there.length === places.length && there.every((place, clock) => place === places[clock])
  })
}

function visibleOf(text: Y.Text): Visible {
  const ydoc = text.doc!
  const clocks = Y.decodeStateVector(Y.encodeStateVector(ydoc))
  const visible = new Map([...clocks].map(([client, clock]) => [client, new Uint8Array(clock)]))
  // oxlint-disable-next-line no-underscore-dangle -- reason: Yjs has no other way to its items, which say what was written and is deleted.
  for (let item = text._start; item !== null; item = item.right)
    if (!item.deleted && item.countable) visible.get(item.id.client)!.fill(1, item.id.clock, item.id.clock + item.length)
  return visible
}
