import { cutText } from "../conversation-list/card-text.ts"
import { agreementNumber, type AgreementBand, bandName } from "./agreement-words.ts"
import "./agreement-plot.css"

/** One number of agreement with its name. */
export interface AgreementMark {
  readonly name: string
  /** −1 to 1; `null` where it cannot be computed: it is left out. */
  readonly value: number | null
}

interface AgreementPlotProps {
  readonly title: string
  readonly marks: readonly AgreementMark[]
  readonly bands: readonly AgreementBand[]
}

const WIDTH = 480
const ROW = 28
const TOP = 24
const LEFT = 148
const RIGHT = 44
/** A band so narrow has the numbers of its bounds side by side only where the first stands before its bound. */
const NARROW = 24

/** Numbers of agreement as dots on a line with the usual bounds. Each stands there in words as well: nothing hangs on colour, or on seeing it. */
export function AgreementPlot({ title, marks, bands }: AgreementPlotProps) {
  const known = marks.filter((mark): mark is AgreementMark & { readonly value: number } => mark.value !== null)
  const lowest = known.some(({ value }) => value < 0) ? -1 : 0
  if (known.length === 0) return null
  const height = TOP + known.length * ROW + 4
  const x = (value: number): number => LEFT + ((value - lowest) / (1 - lowest)) * (WIDTH - LEFT - RIGHT)
  const words = known.map(({ name, value }) => `${name}: ${agreementNumber(value)}, ${bandName(value, bands)}`).join("; ")
  return (
    <figure className="agreement-plot">
      {/* reason: the drawing has the numbers in words as its name, and is laid out from one side whichever way the page is written. */}
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={`${title}. ${words}`} direction="ltr">
        {bands.map(({ from, name }, at) => {
          const to = bands[at - 1]?.from ?? 1
          return (
            <g key={name}>
              <rect
                className={`agreement-band agreement-band-${at % 2}`}
                x={x(from)}
                y={TOP - 6}
                width={x(to) - x(from)}
                height={height - TOP + 2}
              />
              <text className="agreement-bound" x={x(from)} y={TOP - 12} textAnchor={x(to) - x(from) < NARROW ? "end" : "middle"}>
                {from === 0 ? "0" : from.toString().replace("0.", ".")}
              </text>
            </g>
          )
        })}
        {lowest < 0 && (
          <text className="agreement-bound" x={x(-1)} y={TOP - 12} textAnchor="middle">
            −1
          </text>
        )}
        <text className="agreement-bound" x={x(1)} y={TOP - 12} textAnchor="middle">
          1
        </text>
        {known.map(({ name, value }, at) => {
          const y = TOP + at * ROW + ROW / 2 - 4
          return (
            <g key={name}>
              <text className="agreement-name" x={LEFT - 12} y={y + 4} textAnchor="end">
                {shortened(name)}
                <title>{name}</title>
              </text>
              <line className="agreement-line" x1={x(lowest)} x2={x(1)} y1={y} y2={y} />
              <circle className="agreement-dot" cx={x(value)} cy={y} r={5} />
              <text className="agreement-value" x={WIDTH} y={y + 4} textAnchor="end">
                {agreementNumber(value)}
              </text>
            </g>
          )
        })}
      </svg>
    </figure>
  )
}

const MAX_NAME = 20

function shortened(name: string): string {
  return name.length <= MAX_NAME ? name : `${cutText(name, MAX_NAME - 1)}…`
}
