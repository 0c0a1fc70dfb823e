/**
 * Of the elements that both lists have, a largest set that stands in the same order in both: what is left over was moved. The longest increasing
 * subsequence of the places in `to` (patience sorting), so one slot that was carried past ten others is one move, not ten.
 */
export function keptInOrder(from: readonly string[], to: readonly string[]): ReadonlySet<string> {
  const places = new Map(to.map((id, at) => [id, at]))
  const common = from.filter((id) => places.has(id))
  const piles: { readonly id: string; readonly place: number; readonly below: number | undefined }[][] = []
  for (const id of common) {
    const place = places.get(id) ?? 0
    const found = piles.findIndex((pile) => (pile.at(-1)?.place ?? 0) > place)
    const at = found === -1 ? piles.length : found
    const below = at === 0 ? undefined : (piles[at - 1]?.length ?? 0) - 1
    const pile = piles[at] ?? []
    piles[at] = pile
    pile.push({ id, place, below })
  }
  const kept = new Set<string>()
  let at: number | undefined = (piles.at(-1)?.length ?? 0) - 1
  for (const pile of piles.toReversed()) {
    const card: { readonly id: string; readonly below: number | undefined } | undefined = pile[at ?? 0]
    if (card === undefined) break
    kept.add(card.id)
    at = card.below
  }
  return kept
}
