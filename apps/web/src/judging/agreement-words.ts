/** How far a number of agreement carries. The bounds are those that are usual for it, and only a convention. */
export interface AgreementBand {
  /** The lowest number that belongs to it. */
  readonly from: number
  readonly name: string
}

/** Krippendorff's own bounds for alpha, from the best: what falls below the last of them was judged against each other. */
export const ALPHA_BANDS: readonly AgreementBand[] = [
  { from: 0.8, name: "reliable" },
  { from: 0.667, name: "for tentative conclusions" },
  { from: 0, name: "too low to rely on" },
]

/** The bounds of Landis and Koch for kappa, from the best. */
export const KAPPA_BANDS: readonly AgreementBand[] = [
  { from: 0.8, name: "almost perfect" },
  { from: 0.6, name: "substantial" },
  { from: 0.4, name: "moderate" },
  { from: 0.2, name: "fair" },
  { from: 0, name: "slight" },
]

/** What a number of agreement means in words. */
export function bandName(value: number, bands: readonly AgreementBand[]): string {
  return bands.find(({ from }) => value >= from)?.name ?? "below chance"
}

/** A number of agreement as it is read: two digits, "–" where there is none. */
export function agreementNumber(value: number | null): string {
  if (value === null) return "–"
  const text = value.toFixed(2)
  return (text === "-0.00" ? "0.00" : text).replace("-", "−")
}

/** A share as a percentage: "84 %". */
export function percent(share: number | null): string {
  return share === null ? "–" : `${Math.round(share * 100)} %`
}
