import type { RoundSettings } from "@polylogue/conversation"
import { useState } from "react"
import { counted } from "../frame/relative-time.ts"
import { AgreementPlot } from "./agreement-plot.tsx"
import { ALPHA_BANDS, agreementNumber, bandName, KAPPA_BANDS, percent } from "./agreement-words.ts"
import { ConfusionTable } from "./confusion-table.tsx"
import type { PairAgreement, RoundAgreement } from "./round-agreement.ts"

interface AgreementNumbersProps {
  readonly agreement: RoundAgreement
  readonly settings: RoundSettings
  /** What somebody who judged is called. */
  readonly nameOf: (annotator: string) => string
}

/** How far those who judged agree: the number first, then what it means, what it rests on, and each pair by itself. */
export function AgreementNumbers({ agreement, settings, nameOf }: AgreementNumbersProps) {
  const { alpha, pairs } = agreement
  return (
    <>
      <section className="agreement-part" aria-labelledby="agreement-all">
        <h3 id="agreement-all">All together</h3>
        <p>{alphaSentence(alpha.ordinal)}</p>
        <p className="quiet">{restsOn(agreement)}</p>
        <AgreementPlot
          title="Krippendorff’s alpha"
          bands={ALPHA_BANDS}
          marks={[
            { name: "Alpha, ordered", value: alpha.ordinal },
            { name: "Alpha, as numbers", value: alpha.interval },
            { name: "Alpha, same or not", value: alpha.nominal },
          ]}
        />
        <details>
          <summary>What the numbers mean</summary>
          <p>
            Krippendorff’s alpha says how much of the disagreement that chance alone would bring was avoided: 1 is full agreement, 0 is what
            chance brings, below 0 is worse than chance. From .80 on grades are usually called reliable; from .67 on they carry tentative
            conclusions. It takes any number of people, also where some graded only a part. “Ordered” is the one for grades: a 0 against a 3
            counts more than a 2 against a 3.
          </p>
          <p>
            Cohen’s kappa says the same of two people. The weighted one counts grades that are far apart more. The share of equal grades is
            easy to read, but high by chance alone where one grade is given most of the time.
          </p>
        </details>
      </section>
      {pairs.length > 0 && (
        <section className="agreement-part" aria-labelledby="agreement-pairs">
          <h3 id="agreement-pairs">Two by two</h3>
          <Pairs pairs={pairs} nameOf={nameOf} />
          <Confusions pairs={pairs} settings={settings} nameOf={nameOf} />
        </section>
      )}
    </>
  )
}

interface PairsProps {
  readonly pairs: readonly PairAgreement[]
  readonly nameOf: (annotator: string) => string
}

function Pairs({ pairs, nameOf }: PairsProps) {
  return (
    <>
      <div className="agreement-table-scroller">
        <table className="agreement-table">
          <thead>
            <tr>
              <th scope="col">Who</th>
              <th scope="col">Both graded</th>
              <th scope="col">Equal</th>
              <th scope="col">Kappa</th>
              <th scope="col">Weighted</th>
            </tr>
          </thead>
          <tbody>
            {pairs.map((pair) => (
              <tr key={`${pair.one} ${pair.other}`}>
                <th scope="row">
                  <bdi>{nameOf(pair.one)}</bdi> and <bdi>{nameOf(pair.other)}</bdi>
                </th>
                <td>{pair.both}</td>
                <td>
                  <bdi>{percent(pair.share)}</bdi>
                </td>
                <td title={pair.kappa === null ? undefined : bandName(pair.kappa, KAPPA_BANDS)}>
                  <bdi>{agreementNumber(pair.kappa)}</bdi>
                </td>
                <td title={pair.weighted === null ? undefined : bandName(pair.weighted, KAPPA_BANDS)}>
                  <bdi>{agreementNumber(pair.weighted)}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <AgreementPlot
        title="Cohen’s kappa, weighted"
        bands={KAPPA_BANDS}
        marks={pairs.map(({ one, other, weighted }) => ({ name: `${nameOf(one)}, ${nameOf(other)}`, value: weighted }))}
      />
    </>
  )
}

interface ConfusionsProps extends PairsProps {
  readonly settings: RoundSettings
}

/** What one gave where the other gave something else, of one pair at a time. */
function Confusions({ pairs, settings, nameOf }: ConfusionsProps) {
  const [at, setAt] = useState(0)
  const pair = pairs[at] ?? pairs[0]
  if (pair === undefined) return null
  const names = new Map(settings.scale.map(({ grade, name }) => [grade, name]))
  return (
    <>
      {pairs.length > 1 && (
        <label className="agreement-choice">
          <span>Grades of</span>
          <select className="field" value={at} onChange={({ target }) => setAt(Number(target.value))}>
            {pairs.map(({ one, other }, index) => (
              <option key={`${one} ${other}`} value={index}>
                {nameOf(one)} and {nameOf(other)}
              </option>
            ))}
          </select>
        </label>
      )}
      <ConfusionTable
        rowsOf={nameOf(pair.one)}
        columnsOf={nameOf(pair.other)}
        grades={pair.confusion.grades.map((grade) => ({ grade, name: names.get(grade) ?? "" }))}
        counts={pair.confusion.counts}
      />
    </>
  )
}

function alphaSentence(alpha: number | null): string {
  if (alpha === null)
    return "There is no number yet: it takes two people who graded the same things, and not all with one and the same grade."
  return `Krippendorff’s alpha is ${agreementNumber(alpha)}: ${bandName(alpha, ALPHA_BANDS)}.`
}

function restsOn({ annotators, graded, gradedTwice, missing, share }: RoundAgreement): string {
  const people = counted(annotators.length, "person", "people")
  const gaps = missing === 0 ? "none is missing" : `${counted(missing, "grade is", "grades are")} missing`
  const equal = share === null ? "" : ` ${percent(share)} of the grades that two gave the same thing are equal.`
  return `It rests on ${counted(graded, "graded thing")} by ${people}, ${gradedTwice.toLocaleString("en")} of them graded by two or more; ${gaps}.${equal}`
}
