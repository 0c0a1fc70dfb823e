import { expect, test } from "vitest"
import {
  cohenKappa,
  confusion,
  type GradePair,
  krippendorffAlpha,
  type MeasurementLevel,
  pairsOf,
  pairwiseAgreement,
  percentAgreement,
  ratingTable,
  weightedKappa,
} from "@polylogue/conversation"
import { seededRandom } from "./devices.ts"

/** Krippendorff's own example ("Computing Krippendorff's Alpha-Reliability", 2011): 4 observers, 12 units, grades missing. */
const KRIPPENDORFF = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."].map(
  (row) => row.split(" ").map((grade) => (grade === "." ? null : Number(grade))),
)
const LEVELS: readonly MeasurementLevel[] = ["nominal", "ordinal", "interval"]

/** Pairs of a confusion matrix. */
function pairs(...matrix: readonly (readonly number[])[]): GradePair[] {
  return matrix.flatMap((row, one) => row.flatMap((count, other) => Array.from({ length: count }, () => [one, other] as const)))
}

function shuffled<Value>(values: readonly Value[], random: () => number): Value[] {
  return values
    .map((value) => [random(), value] as const)
    .toSorted(([left], [right]) => left - right)
    .map(([, value]) => value)
}

test.each([
  ["nominal", 0.743],
  ["ordinal", 0.815],
  ["interval", 0.849],
] as const)("[CV160] alpha of Krippendorff's own data, %s, is what he computed", (level, alpha) => {
  expect(krippendorffAlpha(KRIPPENDORFF, level)).toBeCloseTo(alpha, 3)
})

test("[CV160] alpha of two observers without missing grades is that of the same paper", () => {
  // Section B: two observers, five nominal categories, 12 units: 0.692. Section A: binary, 10 units: 0.095.
  const nominal = ["a a b b d c c c e d d a", "b a b b b c c c e d d d"].map((row) => row.split(" ").map((name) => "abcde".indexOf(name)))
  expect(krippendorffAlpha(nominal, "nominal")).toBeCloseTo(0.692, 3)
  const binary = ["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"].map((row) => row.split(" ").map(Number))
  for (const level of LEVELS) expect(krippendorffAlpha(binary, level)).toBeCloseTo(0.095, 3)
})

test("[CV161] Cohen's kappa is that of published tables", () => {
  // 50 proposals read by two; and two tables of 100 with equal agreement and other margins.
  expect(cohenKappa(pairs([20, 5], [10, 15]))).toBeCloseTo(0.4, 10)
  expect(cohenKappa(pairs([45, 15], [25, 15]))).toBeCloseTo(0.1304, 4)
  expect(cohenKappa(pairs([25, 35], [5, 35]))).toBeCloseTo(0.2593, 4)
  // Fleiss, Statistical Methods for Rates and Proportions, table of 100 diagnoses: 0.68.
  expect(cohenKappa(pairs([75, 1, 4], [5, 4, 1], [0, 0, 10]))).toBeCloseTo(0.6765, 4)
})

test("[CV161] weighted kappa counts distances; by hand 1 - 2/5.33 and 1 - 2/8", () => {
  const table = pairs([2, 1, 0], [0, 1, 1], [0, 0, 1])
  expect(weightedKappa(table, "linear")).toBeCloseTo(0.625, 10)
  expect(weightedKappa(table, "quadratic")).toBeCloseTo(0.75, 10)
  const two = pairs([20, 5], [10, 15])
  for (const weights of ["linear", "quadratic"] as const) expect(weightedKappa(two, weights)).toBeCloseTo(cohenKappa(two) ?? 0, 10)
})

test("[CV162] who is called first changes nothing, nor does the order of units", () => {
  const random = seededRandom(7)
  for (let run = 0; run < 200; run++) {
    const annotators = 2 + Math.floor(random() * 4)
    const units = 1 + Math.floor(random() * 12)
    const grade = (): number | null => (random() < 0.2 ? null : Math.floor(random() * 4))
    const rows = Array.from({ length: annotators }, () => Array.from({ length: units }, grade))
    const order = shuffled([...Array.from({ length: units }).keys()], random)
    const mixed = shuffled(rows, random).map((row) => order.map((unit) => row[unit] ?? null))
    for (const level of LEVELS) {
      const [one, other] = [krippendorffAlpha(rows, level), krippendorffAlpha(mixed, level)]
      expect(other === null).toBe(one === null)
      expect(other ?? 0).toBeCloseTo(one ?? 0, 9)
      expect(one ?? 0).toBeLessThanOrEqual(1)
    }
    const table = Array.from({ length: units }, () => [Math.floor(random() * 4), Math.floor(random() * 4)] as const)
    const turned = shuffled(table, random).map(([one, other]) => [other, one] as const)
    expect(cohenKappa(turned) ?? 0).toBeCloseTo(cohenKappa(table) ?? 0, 9)
    expect(weightedKappa(turned, "quadratic") ?? 0).toBeCloseTo(weightedKappa(table, "quadratic") ?? 0, 9)
  }
})

test("[CV163] full agreement is 1, and where nothing can be said the answer is null and no number", () => {
  const full = [
    [0, 1, 2, null],
    [0, 1, 2, 3],
    [null, 1, 2, 3],
  ]
  for (const level of LEVELS) {
    expect(krippendorffAlpha(full, level)).toBe(1)
    for (const none of [
      [],
      [[]],
      [[1, 2]],
      [
        [1, null],
        [null, 2],
      ],
      [
        [2, 2],
        [2, 2],
      ],
    ])
      expect(krippendorffAlpha(none, level)).toBeNull()
  }
  const agreed = pairs([3, 0], [0, 4])
  expect([cohenKappa(agreed), weightedKappa(agreed, "linear"), percentAgreement(agreed)]).toEqual([1, 1, 1])
  expect([cohenKappa([]), weightedKappa([], "quadratic"), percentAgreement([]), pairwiseAgreement(ratingTable([], []))]).toEqual([
    null,
    null,
    null,
    null,
  ])
  // Both gave one grade only: they agree on everything, as chance would.
  expect([cohenKappa(pairs([5])), percentAgreement(pairs([5]))]).toEqual([null, 1])
})

test("[CV164] ratings become a table, pairs and a matrix, with what is missing left out", () => {
  const ratings = [
    { unit: "b", annotator: "ana", grade: 2 },
    { unit: "a", annotator: "ana", grade: 0 },
    { unit: "a", annotator: "ben", grade: 3 },
    { unit: "a", annotator: "cid", grade: 1 },
    { unit: "b", annotator: "ben", grade: 2 },
    { unit: "c", annotator: "ben", grade: 1 },
    { unit: "a", annotator: "ben", grade: 1 },
  ]
  const table = ratingTable(ratings, ["ana", "ben"])
  expect(table).toEqual({
    units: ["a", "b", "c"],
    annotators: ["ana", "ben"],
    rows: [
      [0, 2, null],
      [1, 2, 1],
    ],
  })
  expect(pairsOf(table, "ana", "ben")).toEqual([
    [0, 1],
    [2, 2],
  ])
  expect(pairsOf(table, "ana", "nobody")).toEqual([])
  expect(confusion(pairsOf(table, "ana", "ben"), [0, 1, 2, 3])).toEqual({
    grades: [0, 1, 2, 3],
    counts: [
      [0, 1, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 0],
    ],
  })
  expect(pairwiseAgreement(table)).toBe(0.5)
})
