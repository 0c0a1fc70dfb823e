import type { KeysPage, LogItem, PageLimits } from "./entry-log.ts"
import { itemBytes } from "./head.ts"

const DEFAULT_MAX_ITEMS = 1024
const DEFAULT_MAX_BYTES = 1024 * 1024

/**
 * The limits with their defaults.
 * @throws RangeError unless both are at least 1; `Infinity` means no limit.
 */
export function pageLimits(limits: PageLimits = {}): Required<PageLimits> {
  const { maxItems = DEFAULT_MAX_ITEMS, maxBytes = DEFAULT_MAX_BYTES } = limits
  if (!(maxItems >= 1 && maxBytes >= 1)) throw new RangeError(`a page holds at least 1 item and 1 byte, not ${maxItems} and ${maxBytes}`)
  return { maxItems, maxBytes }
}

/**
 * The part of a list of keys with its defaults.
 * @throws RangeError unless `after` begins with `prefix` and `limit` is at least 1.
 */
export function keysPage(
  prefix: string,
  { after, limit = Infinity }: KeysPage = {},
): { readonly after: string | undefined; readonly limit: number } {
  if (after?.startsWith(prefix) === false) throw new RangeError(`${JSON.stringify(after)} does not begin with ${JSON.stringify(prefix)}`)
  if (!(limit >= 1)) throw new RangeError(`a page of keys holds at least 1 key, not ${limit}`)
  return { after, limit }
}

/** Collects the items of one page, in order, up to its limits; the first fits always. */
export class PageBuilder {
  readonly items: LogItem[] = []
  readonly #limits: Required<PageLimits>
  #bytes = 0

  constructor(limits: Required<PageLimits>) {
    this.#limits = limits
  }

  /** Whether `item` still fitted; if not, the page is done. */
  add(item: LogItem): boolean {
    const bytes = this.#bytes + itemBytes(item)
    if (this.items.length > 0 && (bytes > this.#limits.maxBytes || this.items.length >= this.#limits.maxItems)) return false
    this.items.push(item)
    this.#bytes = bytes
    return true
  }
}
