import { CardShelf, type ShelfCard, shelfOf } from "../card-shelf.ts"
import { recordKey } from "../record-key.ts"
import { wellFormed } from "../well-formed.ts"
import type { WorkspaceIndex } from "../workspace-index.ts"

/** What the list shows of a source. */
export interface SourceCard extends ShelfCard {
  /** Kind of its file, as `text/html`; null where no device noted it. */
  readonly mime: string | null
  /** Bytes of its file; null likewise. */
  readonly size: number | null
}

/** What a source's card can be made with. */
export interface NewSourceCard {
  readonly id?: string
  readonly name?: string
  /** What the source's file is, which never changes. */
  readonly file?: { readonly mime: string; readonly size: number }
}

const SOURCES = { map: "sources", noun: "source" }
const FILE = "file"

/** The sources' cards in `index`, one object for each index. */
export function sourceCards(index: WorkspaceIndex): SourceCards {
  return shelfOf(index, SOURCES.map, () => new SourceCards(index))
}

/** The cards of a workspace's sources: the map `sources` of its index. */
export class SourceCards extends CardShelf<SourceCard> {
  /** Attaches to the document of `index` for as long as that lives. */
  constructor(index: WorkspaceIndex) {
    super(index, SOURCES)
  }

  override create(fields: NewSourceCard = {}): string {
    let id = ""
    this.transact("create", () => {
      id = super.create(fields)
      const key = recordKey(id, FILE)
      const { file } = fields
      // The same file has the same kind and size for every device that notes them.
      if (file !== undefined && this.records.map.get(key) === undefined) {
        this.records.map.set(key, { mime: wellFormed(file.mime), size: file.size })
      }
    })
    return id
  }

  protected override shape(card: ShelfCard): SourceCard {
    const { mime, size } = (this.records.map.get(recordKey(card.id, FILE)) ?? {}) as { mime?: unknown; size?: unknown }
    return {
      ...card,
      mime: typeof mime === "string" ? mime : null,
      size: typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : null,
    }
  }
}
