import type * as Y from "yjs"
import { type ConversationMaps, conversationMaps, type MapName } from "./conversation-layout.ts"
import { KeyIndex } from "./record-key.ts"

/** Maps that hold records about messages, each keyed by the message's id first. */
export const RECORD_MAPS = ["flags", "reactions", "feedback", "state"] as const

/** One of {@link RECORD_MAPS}. */
export type RecordMap = (typeof RECORD_MAPS)[number]

/** Told which keys of a segment changed, within the transaction. */
export interface SegmentObserver {
  /** A message came, went or got another core: `owner` is its id. */
  readonly messages: (owner: string) => void
  /** Something within a living message changed. */
  readonly inside: (owner: string) => void
  readonly record: (map: RecordMap, owner: string) => void
  /** `owner` is the first segment of a key of `meta`. */
  readonly meta: (owner: string) => void
  /** The transaction has ended. */
  readonly flush: () => void
}

/** The document of one segment with indexes of its keys. Reading it writes nothing. */
export class SegmentStore {
  readonly segment: number
  readonly ydoc: Y.Doc
  readonly maps: ConversationMaps
  readonly meta: KeyIndex
  readonly imported: KeyIndex
  readonly records: Readonly<Record<RecordMap, KeyIndex>>
  readonly #detach: (() => void)[] = []

  constructor(segment: number, ydoc: Y.Doc) {
    this.segment = segment
    this.ydoc = ydoc
    this.maps = conversationMaps(ydoc)
    const index = (map: MapName): KeyIndex => new KeyIndex(this.maps[map])
    this.meta = index("meta")
    this.imported = index("imported")
    this.records = { flags: index("flags"), reactions: index("reactions"), feedback: index("feedback"), state: index("state") }
  }

  /** The ids under which messages stand here. */
  owners(): Set<string> {
    return new Set([...this.maps.messages.keys(), ...this.imported.owners()])
  }

  /** Whether a message stands here under `owner`. */
  has(owner: string): boolean {
    return this.maps.messages.has(owner) || !(this.imported.keysOf(owner)[Symbol.iterator]().next().done ?? true)
  }

  /** Keeps the indexes up to date and calls `observer`, until `detach`. */
  observe(observer: SegmentObserver): void {
    const { maps } = this
    this.#observeMessages(observer)
    this.#observe(maps.imported, (key) => observer.messages(this.imported.add(key)))
    for (const map of RECORD_MAPS) this.#observe(maps[map], (key) => observer.record(map, this.records[map].add(key)))
    this.#observe(maps.meta, (key) => observer.meta(this.meta.add(key)))
    const { ydoc } = this
    ydoc.on("afterTransaction", observer.flush)
    this.#detach.push(() => ydoc.off("afterTransaction", observer.flush))
  }

  /** Lets go of the Y.Doc. Idempotent. */
  detach(): void {
    for (const detach of this.#detach.splice(0)) detach()
  }

  #observe(map: Y.Map<unknown>, mark: (key: string) => void): void {
    const listener = (event: Y.YMapEvent<unknown>): void => event.keysChanged.forEach(mark)
    map.observe(listener)
    this.#detach.push(() => map.unobserve(listener))
  }

  #observeMessages(observer: SegmentObserver): void {
    const map = this.maps.messages
    const listener = (events: readonly Y.YEvent<Y.AbstractType<unknown>>[]): void => {
      for (const event of events) {
        const id = event.path[0]
        if (id === undefined) for (const key of event.changes.keys.keys()) observer.messages(key)
        else if (event.path.length === 1) observer.messages(String(id))
        else observer.inside(String(id))
      }
    }
    map.observeDeep(listener)
    this.#detach.push(() => map.unobserveDeep(listener))
  }
}
