import type { VersionVector } from "@polylogue/protocol"
import type { LogItem, ReceivedSnapshot } from "@polylogue/storage"

/** What a reader makes of items that stand together in the log: entries in runs, and at their places what is said otherwise, or not at all. */
export type ItemRun =
  | { readonly kind: "entries"; readonly items: readonly LogItem[] }
  /** The session's own row at this position, which is acked. */
  | { readonly kind: "own"; readonly position: number }
  /** Taken over from another relay. */
  | { readonly kind: "snapshot"; readonly snapshot: ReceivedSnapshot }
  /** What the other end has: this is what it stands for. */
  | { readonly kind: "known"; readonly vector: VersionVector }

/** `items` as runs, in order. */
export function runsOf(
  items: readonly LogItem[],
  isOwn: (position: number) => boolean,
  isKnown: (item: LogItem) => boolean,
): readonly ItemRun[] {
  const runs: ItemRun[] = []
  let entries: LogItem[] = []
  let known: Map<string, number> | undefined
  const end = (): void => {
    if (entries.length > 0) runs.push({ kind: "entries", items: entries })
    if (known !== undefined) runs.push({ kind: "known", vector: known })
    entries = []
    known = undefined
  }
  for (const item of items) {
    const own = isOwn(item.position)
    if (own || isKnown(item)) {
      if (entries.length > 0 || own) end()
      if (own) runs.push({ kind: "own", position: item.position })
      else known = learn(known ?? new Map(), item)
      continue
    }
    if (known !== undefined || item.kind === "snapshot") end()
    if (item.kind === "snapshot") runs.push({ kind: "snapshot", snapshot: item.snapshot })
    else entries.push(item)
  }
  end()
  return runs
}

function learn(vector: Map<string, number>, item: LogItem): Map<string, number> {
  const brought = item.kind === "entry" ? [[item.entry.stamp.log, item.entry.stamp.seq] as const] : item.snapshot.vector
  for (const [log, seq] of brought) if (seq > (vector.get(log) ?? 0)) vector.set(log, seq)
  return vector
}
