/** A message as a source links it: by its own names, which may be missing, double, or run in circles. */
export interface Linked<Value> {
  readonly key: string
  /** The key of the message it follows; null at the start. */
  readonly parent: string | null
  readonly time: number | null
  /** The clock it had, where the source has one. */
  readonly clock?: number | undefined
  /** The key it is another version of, null for none; by default the first of its siblings. */
  readonly alternativeOf?: string | null | undefined
  readonly value: Value
}

/** A {@link Linked} message with its place. */
export interface Placed<Value> {
  readonly key: string
  readonly parent: string | null
  readonly alternativeOf: string | null
  readonly clock: number
  readonly time: number | null
  readonly value: Value
}

/**
 * Puts messages in order: parents before children, siblings as the source has them, what hangs in a circle last. Each message
 * is in it once, whatever the links say.
 *
 * The clock is the message's own, else its time, else just after its parent's; it is moved up where siblings would sort differently than
 * in the source. Messages with one parent, and those that start the conversation, count as versions of each other.
 * @param start - clock of a first message without a time.
 */
export function placeMessages<Value>(items: readonly Linked<Value>[], start: number): Placed<Value>[] {
  const firstOf = new Map<string | null, string>()
  const clocks = new Map<string, number>()
  const lastSibling = new Map<string | null, number>()
  return visitOrder(items).map(({ key, parent, time, clock: given, alternativeOf, value }) => {
    const own = given ?? time
    const base = own ?? (parent === null ? start : (clocks.get(parent) ?? start) + 1)
    const clock = Math.max(base, (lastSibling.get(parent) ?? -1) + 1)
    if (!clocks.has(key)) clocks.set(key, clock)
    lastSibling.set(parent, clock)
    const first = firstOf.get(parent)
    if (first === undefined) firstOf.set(parent, key)
    const sibling = first === key ? null : (first ?? null)
    return { key, parent, alternativeOf: alternativeOf === undefined ? sibling : alternativeOf, clock, time, value }
  })
}

/** All items, depth first from those that have no parent here; then whatever hangs in a circle. */
function visitOrder<Value>(items: readonly Linked<Value>[]): Linked<Value>[] {
  const indexOf = new Map<string, number>()
  for (const [index, { key }] of items.entries()) if (!indexOf.has(key)) indexOf.set(key, index)
  const children = new Map<number, number[]>()
  const roots: number[] = []
  for (const [index, { parent }] of items.entries()) {
    const above = parent === null ? undefined : indexOf.get(parent)
    if (above === undefined) roots.push(index)
    else push(children, above, index)
  }
  const order = new Set<number>()
  for (const first of [roots, [...items.keys()]].flat()) {
    const stack = [first]
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (order.has(index)) continue
      order.add(index)
      for (const child of (children.get(index) ?? []).toReversed()) stack.push(child)
    }
  }
  return [...order].flatMap((index) => items[index] ?? [])
}

function push(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
