import { ImportProblem } from "./import-item.ts"
import { isDeeperThan, isObject, type JsonObject, listField, MAX_DEPTH, without } from "./json-value.ts"

/** One item of a nested list, taken out of it. */
export interface Unnested {
  /** The item without what was nested in it; what is no object stands as it is. */
  readonly value: unknown
  /** Place in the result of the item it was nested in; null at the top. */
  readonly above: number | null
}

/**
 * The items of `list` and of the lists nested in them under `field`, each after the one it was in, siblings in order. A conversation
 * of ten thousand turns nests ten thousand deep in such a form, so nothing here recurses; the depth of each item by itself is checked.
 * @throws ImportProblem `too-deep` for an item that is nested deeper than a document may be; `too-large` past `maxItems`.
 */
export function unnest(list: readonly unknown[], field: string, maxItems = Number.POSITIVE_INFINITY): Unnested[] {
  const items: Unnested[] = []
  const open: { readonly list: readonly unknown[]; readonly above: number | null; next: number }[] = [{ list, above: null, next: 0 }]
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.next === top.list.length) {
      open.pop()
      continue
    }
    if (items.length === maxItems) throw new ImportProblem("too-large", `more than ${maxItems} messages, the most is ${maxItems}`)
    const item = top.list[top.next++]
    const nested = isObject(item) && Array.isArray(item[field]) ? listField(item, field) : []
    const value: unknown = isObject(item) && Array.isArray(item[field]) ? without(item, field) : item
    if (isDeeperThan(value, MAX_DEPTH)) throw new ImportProblem("too-deep", `nested more than ${MAX_DEPTH} deep`)
    items.push({ value, above: top.above })
    if (nested.length > 0) open.push({ list: nested, above: items.length - 1, next: 0 })
  }
  return items
}

/** The fields of `value` other than `key`, checked to be no deeper than a document may hold. */
export function shallowRest(value: JsonObject, ...keys: readonly string[]): JsonObject {
  const rest = without(value, ...keys)
  if (isDeeperThan(rest, MAX_DEPTH)) throw new ImportProblem("too-deep", `nested more than ${MAX_DEPTH} deep`)
  return rest
}
