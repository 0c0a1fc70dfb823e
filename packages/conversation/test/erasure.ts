import * as Y from "yjs"
import type { Erasing, IdRange } from "@polylogue/conversation"

/** What a replica does with an erasure: an update without structs that deletes the ranges, then what follows it. */
export function erase(ydoc: Y.Doc, { ranges, after }: Pick<Erasing, "ranges" | "after">): void {
  Y.applyUpdate(ydoc, deletion(ranges))
  after()
}

function deletion(ranges: readonly IdRange[]): Uint8Array {
  const clients = new Map<number, IdRange[]>()
  for (const range of ranges) clients.set(range.client, [...(clients.get(range.client) ?? []), range])
  const numbers = [0, clients.size]
  for (const [client, own] of clients) numbers.push(client, own.length, ...own.flatMap(({ clock, length }) => [clock, length]))
  return Uint8Array.from(numbers.flatMap(varUint))
}

function varUint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varUint(Math.floor(value / 128))]
}
