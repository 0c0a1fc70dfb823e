import type { LaneRow } from "./version-lanes.ts"

/** Pixels from lane to lane, from the top of a row to its dot, and to where lines that change lanes have done so. */
const LANE = 12
const DOT = 20
const TURN = 36
const RADIUS = 4

/** The lines of one row of a history, and its dot. They say nothing that the row does not say in words. */
export function LaneCell({ row, lanes }: { readonly row: LaneRow; readonly lanes: number }) {
  const x = (lane: number): number => lane * LANE + LANE / 2
  const at = x(row.lane)
  return (
    <div className="lane-cell" style={{ inlineSize: lanes * LANE }}>
      <svg aria-hidden="true">
        {row.passing.map((lane) => (
          <line key={`p${lane}`} x1={x(lane)} y1={0} x2={x(lane)} y2="100%" />
        ))}
        {row.fromAbove && <line x1={at} y1={0} x2={at} y2={DOT} />}
        {row.joining.map((lane) => (
          <line key={`j${lane}`} x1={x(lane)} y1={0} x2={at} y2={DOT} />
        ))}
        {row.leading.map((lane) => (
          <g key={`l${lane}`}>
            {lane !== row.lane && <line x1={at} y1={DOT} x2={x(lane)} y2={TURN} />}
            <line x1={x(lane)} y1={lane === row.lane ? DOT : TURN} x2={x(lane)} y2="100%" />
          </g>
        ))}
        <circle cx={at} cy={DOT} r={RADIUS} />
      </svg>
    </div>
  )
}
